package io.github.libvirtsnapshot.archive;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Multimap;
import com.google.common.collect.MultimapBuilder;
import com.google.common.graph.Traverser;
import com.google.common.primitives.Longs;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.flags.SnapshotXmlFlag;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the metadata of a domain's snapshots. */
final class ArchiveReader {
  private static final Comparator<ArchivedSnapshot> BY_TIME =
      Comparator.comparing(ArchiveReader::creationTime).thenComparing(ArchivedSnapshot::name);

  private final Domain domain;

  ArchiveReader(Domain domain) {
    this.domain = domain;
  }

  /**
   * A snapshot has another name or parent in the XML if the snapshots change during the reading.
   */
  SnapshotArchive read() throws LibvirtException {
    List<ArchivedSnapshot> read = readAll();
    Map<String, String> images =
        ImageCheck.images(XmlNode.parse(domain.getXMLDesc(DomainXmlFlag.INACTIVE)));
    Map<String, Optional<String>> parents = domain.listSnapshotParents();
    Optional<String> current = domain.snapshotCurrentName();
    List<ArchivedSnapshot> ordered = parentsFirst(read);
    boolean isConsistent =
        parents(read).equals(parents)
            && ordered.size() == read.size()
            && current.map(parents::containsKey).orElse(true);
    if (!isConsistent) {
      throw new LibvirtException(
          LibvirtError.none(
              "the snapshots of domain \"%s\" changed while they were read, or their XML does not"
                      .formatted(domain.getName())
                  + " match libvirt's list; call this method again"));
    }
    return new SnapshotArchive(domain.getName(), domain.getUUIDString(), images, ordered, current);
  }

  private List<ArchivedSnapshot> readAll() throws LibvirtException {
    List<DomainSnapshot> listed = domain.listAllSnapshots();
    try {
      List<ArchivedSnapshot> read = new ArrayList<>(listed.size());
      for (DomainSnapshot snapshot : listed) {
        read.add(ArchivedSnapshot.of(snapshot, SnapshotXmlFlag.SECURE));
      }
      return read;
    } finally {
      listed.forEach(DomainSnapshot::close);
    }
  }

  private static Map<String, Optional<String>> parents(List<ArchivedSnapshot> read) {
    ImmutableMap.Builder<String, Optional<String>> parents = ImmutableMap.builder();
    read.forEach(snapshot -> parents.put(snapshot.name(), snapshot.parent()));
    return parents.buildKeepingLast();
  }

  /** Returns the snapshots that are roots or descendants of roots. */
  private static List<ArchivedSnapshot> parentsFirst(List<ArchivedSnapshot> read) {
    Multimap<Optional<String>, ArchivedSnapshot> children =
        MultimapBuilder.hashKeys().arrayListValues().build();
    read.stream().sorted(BY_TIME).forEach(each -> children.put(each.parent(), each));
    return ImmutableList.copyOf(
        Traverser.<ArchivedSnapshot>forTree(each -> children.get(Optional.of(each.name())))
            .depthFirstPreOrder(children.get(Optional.empty())));
  }

  private static long creationTime(ArchivedSnapshot snapshot) {
    Long time = Longs.tryParse(snapshot.xml().text("creationTime"));
    return time == null ? 0 : time;
  }
}
