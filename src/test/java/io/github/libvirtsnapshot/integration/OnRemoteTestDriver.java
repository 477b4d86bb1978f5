package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A domain with snapshots on the test driver of a libvirtd, which other processes can use too. */
abstract class OnRemoteTestDriver {
  private PrivateLibvirtd libvirtd;
  String uri;
  Connect connect;
  Domain domain;

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    uri = libvirtd.uri("test+unix:///default");
    connect = new Connect(uri);
    domain = connect.domainLookupByName("test");
    Guests.takeSnapshots(domain);
  }

  @AfterEach
  void stop() throws IOException {
    domain.close();
    connect.close();
    libvirtd.close();
  }
}
