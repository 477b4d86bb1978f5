package io.github.libvirtsnapshot.archive;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Tried;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Adds the snapshots of an archive to a domain. */
final class ArchiveRestore {
  private final SnapshotArchive archive;
  private final Domain domain;
  private final ArchivePlan plan;
  private final Set<String> toAdd;
  private final Set<String> done = new HashSet<>();

  ArchiveRestore(SnapshotArchive archive, Domain domain, ArchivePlan plan) {
    this.archive = archive;
    this.domain = domain;
    this.plan = plan;
    this.toAdd = ImmutableSet.copyOf(plan.toAdd());
  }

  void run() throws ArchiveException {
    if (!plan.refusals().isEmpty()) {
      throw new ArchiveException(
          "no snapshot was added to domain "
              + LogEscaper.quote(plan.domain())
              + ": "
              + String.join("; ", plan.refusals()),
          plan,
          List.of(),
          plan.toAdd(),
          null);
    }
    for (ArchivedSnapshot snapshot : archive.snapshots()) {
      if (toAdd.contains(snapshot.name()) || becomesCurrent(snapshot)) {
        Optional<Throwable> failure = Tried.failure(() -> redefine(snapshot));
        if (failure.isPresent()) {
          throw stopped(snapshot.name(), failure.get());
        }
        done.add(snapshot.name());
      }
    }
  }

  private boolean becomesCurrent(ArchivedSnapshot snapshot) {
    return plan.current().equals(Optional.of(snapshot.name()));
  }

  private void redefine(ArchivedSnapshot snapshot) throws LibvirtException {
    SnapshotCreateFlag[] flags =
        becomesCurrent(snapshot)
            ? new SnapshotCreateFlag[] {SnapshotCreateFlag.REDEFINE, SnapshotCreateFlag.CURRENT}
            : new SnapshotCreateFlag[] {SnapshotCreateFlag.REDEFINE};
    domain.snapshotCreateXML(snapshot.xml().exactXml(), flags).close();
  }

  /** The call that failed may have added the snapshot, as when the connection is lost after it. */
  private ArchiveException stopped(String failed, Throwable failure) {
    Tried<Set<String>> listed = Tried.of(() -> domain.listSnapshotParents().keySet());
    Set<String> certain = listed.value().orElse(done);
    List<String> added = plan.toAdd().stream().filter(certain::contains).toList();
    List<String> notAdded =
        plan.toAdd().stream()
            .filter(name -> !certain.contains(name))
            .filter(name -> listed.value().isPresent() || !name.equals(failed))
            .toList();
    ArchiveException stopped =
        new ArchiveException(
            "adding snapshot %s to domain %s failed: %s; %sadded: %s; not added: %s; to continue, call"
                    .formatted(
                        LogEscaper.quote(failed),
                        LogEscaper.quote(plan.domain()),
                        message(failure),
                        listed.failure().isPresent() ? "whether it was added is unknown; " : "",
                        ExistingNames.quoted(added),
                        ExistingNames.quoted(notAdded))
                + " restoreTo() again",
            plan,
            added,
            notAdded,
            failure);
    listed.failure().ifPresent(stopped::addSuppressed);
    return stopped;
  }

  private static String message(Throwable failure) {
    return failure instanceof LibvirtException e
        ? e.getMessage()
        : LogEscaper.escapeForeign(failure.toString());
  }
}
