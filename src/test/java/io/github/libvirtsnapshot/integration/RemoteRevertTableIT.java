package io.github.libvirtsnapshot.integration;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;

/** The revert table on the test driver of a real libvirtd. */
class RemoteRevertTableIT extends TestDriverRevertTable {
  private final PrivateLibvirtd libvirtd;

  RemoteRevertTableIT() throws IOException {
    libvirtd = PrivateLibvirtd.started();
  }

  @Override
  String uri() {
    return libvirtd.uri("test+unix:///default");
  }

  @AfterAll
  void stop() throws IOException {
    libvirtd.close();
  }
}
