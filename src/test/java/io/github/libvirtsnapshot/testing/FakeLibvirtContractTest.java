package io.github.libvirtsnapshot.testing;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;

class FakeLibvirtContractTest extends FakeLibvirtContract {
  private final FakeLibvirt libvirt = new FakeLibvirt();
  private final FakeDomain web01 = libvirt.addDomain(DOMAIN, DomainState.RUNNING);

  @Override
  Connect connect() throws LibvirtException {
    return libvirt.connect();
  }

  @Override
  void remove(Domain removed) {
    web01.remove();
  }
}
