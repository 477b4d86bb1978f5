package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The domain of libvirt's test driver in this process. */
abstract class OnTestDriver {
  Connect connect;
  Domain domain;

  @BeforeEach
  void open() throws LibvirtException {
    connect = new Connect("test:///default");
    domain = connect.domainLookupByName("test");
  }

  @AfterEach
  void close() {
    domain.close();
    connect.close();
  }
}
