package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.descriptions.SafetySnapshotNote;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The snapshot to revert to, which each run selects again.
 *
 * @param words names the target in a text, as in {@code current snapshot}
 * @param name the name, if it is known before a run
 * @param selection finds the name in a run
 */
record SnapshotTarget(String words, Optional<String> name, Selection selection) {
  static final SnapshotTarget CURRENT =
      new SnapshotTarget("current snapshot", Optional.empty(), SnapshotTarget::current);

  static final SnapshotTarget PARENT =
      new SnapshotTarget(
          "parent of the current snapshot", Optional.empty(), SnapshotTarget::parent);

  static final SnapshotTarget NEWEST =
      new SnapshotTarget(
          "newest snapshot",
          Optional.empty(),
          (snapshots, before) -> newest(snapshots, details -> true, ""));

  private static final String WAY_OUT =
      "; name a snapshot: to(name), or: revert-domain URI DOMAIN SNAPSHOT";

  /** Selects a snapshot of a domain. */
  interface Selection {
    /**
     * Returns the name of the snapshot.
     *
     * @param before the domain before the revert
     * @throws SelectionException if no snapshot can be selected
     */
    String select(SnapshotCache snapshots, DomainStatus before)
        throws LibvirtException, SelectionException;
  }

  static SnapshotTarget named(String name) {
    return new SnapshotTarget(
        "snapshot " + LogEscaper.quote(name), Optional.of(name), (snapshots, before) -> name);
  }

  static SnapshotTarget newest(Predicate<SnapshotDetails> condition) {
    return new SnapshotTarget(
        "newest snapshot that meets a condition",
        Optional.empty(),
        (snapshots, before) ->
            newest(
                snapshots,
                details -> SnapshotRequirement.test("the condition", condition, details),
                " that meets the condition"));
  }

  @Override
  public String toString() {
    return words;
  }

  private static String current(SnapshotCache snapshots, DomainStatus before)
      throws SelectionException {
    return before
        .currentSnapshot()
        .orElseThrow(() -> failure(name(snapshots) + " has no current snapshot" + WAY_OUT));
  }

  private static String parent(SnapshotCache snapshots, DomainStatus before)
      throws LibvirtException, SelectionException {
    String current = current(snapshots, before);
    return snapshots
        .find(current)
        .getParentName()
        .orElseThrow(
            () ->
                failure(
                    "the current snapshot "
                        + LogEscaper.quote(current)
                        + " of "
                        + name(snapshots)
                        + " has no parent"
                        + WAY_OUT));
  }

  /** A safety snapshot has the state that an earlier revert discarded, so it is left out. */
  private static String newest(
      SnapshotCache snapshots, SnapshotCache.Condition<SelectionException> condition, String words)
      throws LibvirtException, SelectionException {
    List<String> newest =
        snapshots.newest(
            details -> !SafetySnapshotNote.isName(details.name()) && condition.test(details));
    if (newest.size() == 1) {
      return newest.get(0);
    }
    throw failure(
        newest.isEmpty()
            ? name(snapshots)
                + " has no snapshot"
                + words
                + ", apart from safety snapshots; "
                + ExistingNames.ofSnapshots(snapshots.names())
                + WAY_OUT
            : name(snapshots)
                + " has no single newest snapshot: some have the same creation time, which libvirt"
                + " counts in whole seconds, and none of these descends from all others; "
                + ExistingNames.ofSnapshots(newest)
                + WAY_OUT);
  }

  private static String name(SnapshotCache snapshots) {
    Domain domain = snapshots.domain();
    return "domain " + LogEscaper.quote(domain.getName());
  }

  private static SelectionException failure(String message) {
    return new SelectionException(message, null);
  }
}
