package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.DomainCreateFlag;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.flags.SnapshotXmlFlag;
import java.util.List;

/**
 * What libvirt forgets of a transient domain when it stops: its configuration, and that it has
 * snapshots. Their data stays in the disk images.
 */
record TransientDomain(String xml, List<String> snapshots) {
  static TransientDomain of(Domain domain) throws LibvirtException {
    List<DomainSnapshot> handles = domain.listAllSnapshots(SnapshotListFlag.TOPOLOGICAL);
    try {
      ImmutableList.Builder<String> snapshots = ImmutableList.builder();
      for (DomainSnapshot snapshot : handles) {
        snapshots.add(snapshot.getXMLDesc(SnapshotXmlFlag.SECURE));
      }
      return new TransientDomain(
          domain.getXMLDesc(DomainXmlFlag.INACTIVE, DomainXmlFlag.SECURE), snapshots.build());
    } finally {
      handles.forEach(DomainSnapshot::close);
    }
  }

  /** Starts it again, paused, with its snapshots. */
  void create(Domain gone) throws LibvirtException {
    try (Connect connect = gone.getConnect();
        Domain created = connect.domainCreateXML(xml, DomainCreateFlag.PAUSED)) {
      for (String snapshot : snapshots) {
        created.snapshotCreateXML(snapshot, SnapshotCreateFlag.REDEFINE).close();
      }
    }
  }
}
