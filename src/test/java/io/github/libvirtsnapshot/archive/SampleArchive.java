package io.github.libvirtsnapshot.archive;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.util.List;

/** A domain with a tree of snapshots, and another host with the same domain without snapshots. */
final class SampleArchive {
  static final String DOMAIN = "web01";
  static final String CURRENT = "db";

  /** The parent of the last two is "base"; the name of the last one sorts before that of "web". */
  static final List<String> NAMES = List.of("base", "db", "web", "z\r&\n<patched> ");

  private SampleArchive() {}

  /** Reads the archive of a domain whose current snapshot is not the last one. */
  static SnapshotArchive read() throws LibvirtException {
    FakeLibvirt libvirt = new FakeLibvirt();
    FakeDomain fake = libvirt.addDomain(DOMAIN, DomainState.RUNNING);
    fake.addSnapshot(NAMES.get(0), DomainState.SHUTOFF);
    fake.addSnapshot(NAMES.get(2), DomainState.RUNNING);
    fake.addSnapshot(NAMES.get(3), DomainState.PAUSED);
    try (Connect connect = libvirt.connect();
        Domain domain = connect.domainLookupByName(DOMAIN);
        DomainSnapshot base = domain.snapshotLookupByName(NAMES.get(0))) {
      base.revert();
      fake.addSnapshot(CURRENT, DomainState.RUNNING);
      return SnapshotArchive.of(domain);
    }
  }

  /** Returns a host with the domain. */
  static FakeLibvirt otherHost() {
    FakeLibvirt libvirt = new FakeLibvirt();
    libvirt.addDomain(DOMAIN, DomainState.SHUTOFF);
    return libvirt;
  }
}
