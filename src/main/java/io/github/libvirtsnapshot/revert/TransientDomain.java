package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.DomainCreateFlag;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.flags.SnapshotXmlFlag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The data that libvirt drops when a transient domain stops: the definition and the metadata of the
 * snapshots. The data of the snapshots stays in the disk images.
 *
 * @param snapshots the XML of each snapshot by its name, parents first
 * @param current the name of the current snapshot
 */
record TransientDomain(String xml, Map<String, String> snapshots, String current) {
  private static final int MAX_ATTEMPTS = 50;
  private static final Duration DELAY = Duration.ofMillis(100);

  static TransientDomain of(Domain domain, String current) throws LibvirtException {
    List<DomainSnapshot> handles = domain.listAllSnapshots(SnapshotListFlag.TOPOLOGICAL);
    try {
      ImmutableMap.Builder<String, String> snapshots = ImmutableMap.builder();
      for (DomainSnapshot snapshot : handles) {
        snapshots.put(snapshot.getName(), snapshot.getXMLDesc(SnapshotXmlFlag.SECURE));
      }
      return new TransientDomain(
          domain.getXMLDesc(DomainXmlFlag.INACTIVE, DomainXmlFlag.SECURE),
          snapshots.buildOrThrow(),
          current);
    } finally {
      handles.forEach(DomainSnapshot::close);
    }
  }

  /**
   * Writes the definition and the XML of the snapshots, which can contain passwords, to files in a
   * new folder that only the user of this process can read.
   */
  Path write() throws IOException {
    Path folder = Files.createTempDirectory("libvirt-snapshot-");
    Files.writeString(folder.resolve("domain.xml"), xml);
    int number = 0;
    for (String snapshot : snapshots.values()) {
      number++;
      Files.writeString(folder.resolve("snapshot-%06d.xml".formatted(number)), snapshot);
    }
    return folder;
  }

  /** Creates the domain again, paused, with its snapshots. */
  void create(Domain gone) throws LibvirtException {
    try (Connect connect = gone.getConnect();
        Domain created = create(connect)) {
      for (Map.Entry<String, String> snapshot : snapshots.entrySet()) {
        if (snapshot.getKey().equals(current)) {
          created
              .snapshotCreateXML(
                  snapshot.getValue(), SnapshotCreateFlag.REDEFINE, SnapshotCreateFlag.CURRENT)
              .close();
        } else {
          created.snapshotCreateXML(snapshot.getValue(), SnapshotCreateFlag.REDEFINE).close();
        }
      }
    }
  }

  /** libvirt can still be removing a domain that it no longer finds. */
  private Domain create(Connect connect) throws LibvirtException {
    for (int attempt = 1; ; attempt++) {
      try {
        return connect.domainCreateXML(xml, DomainCreateFlag.PAUSED);
      } catch (LibvirtException e) {
        if (attempt == MAX_ATTEMPTS || !RetryPolicy.isBeingRemoved(e.getError())) {
          throw e;
        }
      }
      Uninterruptibles.sleepUninterruptibly(DELAY);
    }
  }
}
