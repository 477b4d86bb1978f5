package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ElementTable;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.definition.Treatment;
import io.github.libvirtsnapshot.images.BackingChains;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption.Kind;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.NewSnapshot;
import io.github.libvirtsnapshot.plan.rules.BlockingBitmap;
import io.github.libvirtsnapshot.plan.rules.DriverRules;
import io.github.libvirtsnapshot.plan.rules.Versions;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Determines the kind of safety snapshot that restores a QEMU domain exactly, if one does. An
 * unknown condition is an obstacle.
 */
final class QemuSafety {
  private static final String WITHOUT =
      "revert without a safety snapshot (without"
          + " withSafetySnapshot(), or: without --safety-snapshot)";

  private static final ImmutableList<Obstacle> OF_ANY =
      ImmutableList.of(
          new Obstacle(
              facts -> !facts.unknownElements().isEmpty(),
              "the definition of the domain has an element of which this release does not know what"
                  + " a revert does with it",
              WITHOUT),
          new Obstacle(
              QemuSafety::changesStateOutsideDisks,
              "the domain is shut off and has a TPM, an NVDIMM, shared memory or a UEFI variable"
                  + " store, which only a snapshot with memory includes",
              "start the domain first (create(), or: virsh start DOMAIN), or " + WITHOUT),
          new Obstacle(
              facts -> !writesOnlyToPresentDisks(facts),
              "the revert writes to an image that the domain does not use now, or uses only as a"
                  + " backing image, and a safety snapshot would not include that image",
              "copy the images first, or " + WITHOUT),
          new Obstacle(
              facts -> facts.replacedNvramOutside().isPresent(),
              "the revert writes to an NVRAM that the domain does not use now, and a safety snapshot"
                  + " would not include that file",
              "copy the file first, or " + WITHOUT),
          new Obstacle(
              facts -> !facts.replacedStatesOutside().isEmpty(),
              "the revert replaces the state of a TPM, an NVDIMM, shared memory or a UEFI variable"
                  + " store that the domain does not use now, and a safety snapshot would not include"
                  + " that state",
              "copy its file first, or " + WITHOUT),
          new Obstacle(
              QemuSafety::forgetsOverlays,
              "after a safety snapshot, libvirt would no longer know the overlay files of the last"
                  + " revert, and a later revert would delete the images of other snapshots",
              "first take a snapshot and keep it (snapshotCreateXML(...), or: virsh"
                  + " snapshot-create-as DOMAIN NAME), or "
                  + WITHOUT));

  private static final ImmutableList<Obstacle> OF_INTERNAL =
      ImmutableList.of(
          new Obstacle(
              facts -> TakingObstacles.takesNameAsId(taking(facts, Kind.INTERNAL)),
              "the name of a snapshot is a number, and could be the ID of the safety snapshot: QEMU"
                  + " would then load the safety snapshot instead of that snapshot",
              WITHOUT),
          new Obstacle(
              facts ->
                  nvram(facts).isPresent() && facts.resetsNvram() && !facts.before().isActive(),
              "RESET_NVRAM replaces the NVRAM and thereby deletes an internal snapshot from it"),
          new Obstacle(
              facts -> canBeRewritten(facts, images(facts)::beneath),
              "another snapshot is stored in a backing image of a disk, and a revert to that"
                  + " snapshot would change the backing image of the safety snapshot"));

  private static final ImmutableList<Obstacle> OF_EXTERNAL =
      ImmutableList.of(
          new Obstacle(
              facts -> facts.isOlderThan(Versions.EXTERNAL_SEEN),
              "this version of libvirt cannot revert to external snapshots"),
          new Obstacle(
              facts -> !facts.target().rewritten().isEmpty(),
              "the revert writes to an image, and would change an external snapshot of that image"),
          new Obstacle(
              QemuSafety::hasMedium,
              "an external safety snapshot requires that no drive contains a medium"),
          new Obstacle(
              facts -> !canBeMerged(facts),
              "libvirt cannot merge an external snapshot of a disk whose previous snapshot is"
                  + " internal"),
          new Obstacle(
              facts -> nvram(facts).isPresent() && facts.before().state() != DomainState.RUNNING,
              "an external snapshot includes the NVRAM only with the memory of a running guest"),
          new Obstacle(
              facts -> canBeRewritten(facts, images(facts)::andBeneath),
              "a revert to another snapshot in the same image would change an external snapshot"),
          new Obstacle(
              facts ->
                  facts.before().state() == DomainState.PAUSED
                      && TakingObstacles.keepsImagesInactive(facts),
              "this version of libvirt merges no external snapshot of a guest that a revert left"
                  + " paused",
              "first resume it (resume(), or: virsh resume DOMAIN)"));

  private QemuSafety() {}

  static SafetySnapshotOption of(Facts facts) {
    Optional<String> any =
        TakingObstacles.ofAny(taking(facts, Kind.INTERNAL))
            .map(QemuSafety::orWithout)
            .or(() -> Obstacle.first(OF_ANY, facts).map(Obstacle::words))
            .or(() -> cannotStartAgain(facts))
            .or(() -> bitmap(facts));
    if (any.isPresent()) {
      return SafetySnapshotOption.impossible(any.get());
    }
    Optional<String> internal = internal(facts);
    if (internal.isEmpty()) {
      return new SafetySnapshotOption(
          Optional.of(Kind.INTERNAL),
          "",
          BackingChains.hashes(facts.presentDisks(), images(facts).readings()));
    }
    return external(facts)
        .map(
            external ->
                SafetySnapshotOption.impossible(
                    Stream.of(internal.get(), external)
                        .distinct()
                        .collect(Collectors.joining("; "))))
        .orElseGet(() -> SafetySnapshotOption.possible(Kind.EXTERNAL));
  }

  private static Optional<String> internal(Facts facts) {
    return TakingObstacles.ofInternal(taking(facts, Kind.INTERNAL))
        .map(QemuSafety::orWithout)
        .or(() -> Obstacle.first(OF_INTERNAL, facts).map(Obstacle::words))
        .or(() -> undo(facts, Kind.INTERNAL));
  }

  private static Optional<String> external(Facts facts) {
    return TakingObstacles.ofExternal(taking(facts, Kind.EXTERNAL))
        .or(() -> Obstacle.first(OF_EXTERNAL, facts))
        .map(Obstacle::words)
        .or(() -> undo(facts, Kind.EXTERNAL));
  }

  /** Returns the facts of the domain of which the safety snapshot is taken. */
  private static Facts taking(Facts facts, Kind kind) {
    return facts.with(
        facts.before(),
        NewSnapshot.ofEverything("before-revert", kind)
            .describe(
                facts.before(), facts.definitions().now(), facts.presentDisks(), Instant.now()));
  }

  private static String orWithout(Obstacle obstacle) {
    return obstacle.wayOut().isEmpty() ? obstacle.reason() : obstacle.words() + ", or " + WITHOUT;
  }

  /** Returns why the undo would not restore the domain exactly, as its plan will find. */
  private static Optional<String> undo(Facts facts, Kind kind) {
    Facts undo = UndoFacts.of(facts, kind);
    return DriverRules.of(undo.driver().name())
        .predict(undo)
        .refusal()
        .map(refusal -> "the undo would fail: " + refusal.reason())
        .or(
            () ->
                FidelityAnalysis.of(undo).stream()
                    .filter(part -> !part.isKept())
                    .findFirst()
                    .map(part -> "the undo would not restore " + part));
  }

  private static Optional<String> bitmap(Facts facts) {
    return BlockingBitmap.in(facts, images(facts).written())
        .map(bitmap -> bitmap.reason() + "; " + bitmap.wayOut());
  }

  /** A rollback and an undo start the guest that is active now. */
  private static Optional<String> cannotStartAgain(Facts facts) {
    return facts
        .blockers()
        .host()
        .missingForPresentGuest()
        .map(
            missing ->
                "the host cannot start the present guest again: "
                    + missing
                    + "; provide the missing resource on the host, or "
                    + WITHOUT);
  }

  private static ImageGraph images(Facts facts) {
    return facts.domainFacts().images();
  }

  private static Stream<Disk> allDisks(Facts facts) {
    return images(facts).disks().stream();
  }

  private static Stream<Disk> disks(Facts facts) {
    return allDisks(facts).filter(Disk::isWritable);
  }

  private static Optional<Nvram> nvram(Facts facts) {
    return facts.domainFacts().nvram();
  }

  /** A guest that is started from a snapshot changes the state. */
  private static boolean changesStateOutsideDisks(Facts facts) {
    return !facts.before().isActive()
        && !facts.hasTargetState(DomainState.SHUTOFF)
        && !ElementTable.states(facts.definitions().now(), Treatment.WITH_MEMORY).isEmpty();
  }

  private static boolean writesOnlyToPresentDisks(Facts facts) {
    Set<String> rewritten = facts.target().rewritten();
    return facts.presentImages().containsAll(rewritten)
        && disks(facts)
            .noneMatch(
                disk ->
                    !Sets.intersection(images(facts).beneath(disk.image()), rewritten).isEmpty());
  }

  /**
   * When a snapshot is taken, libvirt forgets the overlay files of the last revert to the current
   * snapshot. When the new snapshot is deleted, the next revert deletes the original overlay files
   * of the current snapshot instead.
   */
  private static boolean forgetsOverlays(Facts facts) {
    Set<String> overlays =
        images(facts)
            .current()
            .filter(current -> !current.revertOverlays().isEmpty())
            .map(current -> ImmutableSet.copyOf(current.overlays().values()))
            .orElse(ImmutableSet.of());
    return !overlays.isEmpty()
        && images(facts).snapshots().stream().anyMatch(other -> needsOneOf(facts, other, overlays));
  }

  private static boolean needsOneOf(Facts facts, SnapshotDescription other, Set<String> overlays) {
    return other.disks().stream()
        .flatMap(disk -> images(facts).andBeneath(disk.image()).stream())
        .anyMatch(overlays::contains);
  }

  private static boolean hasMedium(Facts facts) {
    return allDisks(facts).anyMatch(disk -> disk.readOnly() && !disk.image().isEmpty());
  }

  /**
   * Returns whether another snapshot is stored in one of these images: a revert to it changes the
   * image.
   */
  private static boolean canBeRewritten(Facts facts, Function<String, Set<String>> imagesOfDisk) {
    Set<String> needed =
        disks(facts)
            .flatMap(disk -> imagesOfDisk.apply(disk.image()).stream())
            .collect(ImmutableSet.toImmutableSet());
    return images(facts).snapshots().stream()
        .anyMatch(other -> !Sets.intersection(other.rewritten(), needed).isEmpty());
  }

  /** libvirt checks the nearest earlier snapshot that includes the disk. */
  private static boolean canBeMerged(Facts facts) {
    ImageGraph images = images(facts);
    return disks(facts)
        .allMatch(
            disk ->
                images.lineage().stream()
                    .filter(earlier -> earlier.has(disk.target()))
                    .findFirst()
                    .map(SnapshotDescription::isExternal)
                    .orElse(true));
  }
}
