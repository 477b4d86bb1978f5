package io.github.libvirtsnapshot.integration;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;

/** The table on the test driver behind a real libvirtd. */
class RemoteTableIT extends TestDriverTable {
  private final PrivateLibvirtd libvirtd;

  RemoteTableIT() throws IOException {
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
