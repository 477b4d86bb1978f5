package io.github.libvirtsnapshot.archive;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Compares an archive with a domain and its host. */
final class ArchivePlanner {
  private static final String PARENT = "parent";

  /** The parts that are the same as long as a name is that of the same snapshot. */
  private static final ImmutableMap<String, Function<SnapshotDescription, Object>> IDENTITY =
      ImmutableMap.<String, Function<SnapshotDescription, Object>>builder()
          .put("creation time", snapshot -> snapshot.details().creationTime())
          .put("state", snapshot -> snapshot.details().state())
          .put(PARENT, snapshot -> snapshot.details().parent())
          .put("description", snapshot -> snapshot.details().description())
          .put("place of the memory", snapshot -> snapshot.details().memory())
          .put("places of the disks", snapshot -> snapshot.details().disks())
          .put("images", ArchivePlanner::images)
          .buildOrThrow();

  private final SnapshotArchive archive;
  private final Domain domain;
  private final Connect connect;
  private final Map<String, SnapshotDescription> archived = new LinkedHashMap<>();
  private final Map<String, SnapshotDescription> existing = new LinkedHashMap<>();
  private final List<String> refusals = new ArrayList<>();
  private final List<String> unknowns = new ArrayList<>();

  ArchivePlanner(SnapshotArchive archive, Domain domain, Connect connect) {
    this.archive = archive;
    this.domain = domain;
    this.connect = connect;
  }

  private static Object images(SnapshotDescription snapshot) {
    return snapshot.disks().stream()
        .collect(Collectors.toMap(Disk::target, Disk::image, (first, second) -> second));
  }

  ArchivePlan plan() throws LibvirtException {
    archive.snapshots().forEach(each -> archived.put(each.name(), each.description()));
    List<String> others = readExisting();
    Optional<String> current = domain.snapshotCurrentName();
    checkIdentity();
    existing.forEach(this::checkSame);
    Map<String, SnapshotDescription> added = new LinkedHashMap<>(archived);
    added.keySet().removeAll(existing.keySet());
    if (!added.isEmpty()) {
      XmlNode definition = XmlNode.parse(domain.getXMLDesc(DomainXmlFlag.INACTIVE));
      refusals.addAll(MachineCheck.of(definition, archived.values()).refusals());
      ImageCheck images = new ImageCheck(definition, archive.images(), archived.values());
      refusals.addAll(images.refusals());
      unknowns.addAll(images.unknowns());
      FileCheck files = FileCheck.of(connect, definition, added.values());
      refusals.addAll(files.refusals());
      unknowns.addAll(files.unknowns());
    }
    return new ArchivePlan(
        domain.getName(),
        List.copyOf(added.keySet()),
        List.copyOf(existing.keySet()),
        others,
        current.isPresent() ? Optional.empty() : archive.current(),
        refusals,
        unknowns);
  }

  /** Reads the domain's snapshots that are in the archive, and returns the names of the others. */
  private List<String> readExisting() throws LibvirtException {
    List<String> others = new ArrayList<>();
    List<DomainSnapshot> listed = domain.listAllSnapshots();
    try {
      for (DomainSnapshot snapshot : listed) {
        if (archived.containsKey(snapshot.getName())) {
          existing.put(snapshot.getName(), ArchivedSnapshot.of(snapshot).description());
        } else {
          others.add(snapshot.getName());
        }
      }
    } finally {
      listed.forEach(DomainSnapshot::close);
    }
    return others;
  }

  private void checkIdentity() {
    boolean isSame =
        archive.domainUuid().equals(domain.getUUIDString())
            && archive.domainName().equals(domain.getName());
    if (!isSame) {
      refusals.add(
          "the archive is of domain %s (UUID %s), and this is domain %s (UUID %s); to restore it to"
                  .formatted(
                      LogEscaper.quote(archive.domainName()),
                      archive.domainUuid(),
                      LogEscaper.quote(domain.getName()),
                      domain.getUUIDString())
              + " this domain, use the result of forDomain()");
    }
  }

  private void checkSame(String name, SnapshotDescription present) {
    SnapshotDescription same = requireNonNull(archived.get(name));
    List<String> different =
        IDENTITY.entrySet().stream()
            .filter(part -> !part.getValue().apply(present).equals(part.getValue().apply(same)))
            .map(Map.Entry::getKey)
            .toList();
    Optional<String> parent = same.details().parent();
    if (different.equals(List.of(PARENT)) && parent.isPresent()) {
      refuse(
          "the domain has the snapshot %s without the parent %s; to keep it so"
              .formatted(LogEscaper.quote(name), LogEscaper.quote(parent.get())),
          parent.get());
    } else if (!different.isEmpty()) {
      refuse(
          "the domain has another snapshot %s (different: %s); to keep it"
              .formatted(LogEscaper.quote(name), String.join(", ", different)),
          name);
    }
  }

  private void refuse(String reason, String removed) {
    refusals.add(
        "%s, use the result of without(%s); to replace it, delete the metadata of it and its"
                .formatted(reason, LogEscaper.quote(removed))
            + " descendants with METADATA_ONLY and CHILDREN");
  }
}
