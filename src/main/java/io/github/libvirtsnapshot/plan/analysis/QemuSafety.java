package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.rules.OverlayNames;
import io.github.libvirtsnapshot.plan.rules.Versions;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which kind of safety snapshot takes a domain of QEMU back to the last bit, if one does. What
 * can't be known is an obstacle.
 */
final class QemuSafety {
  private static final ImmutableSet<StateReason> RESTORABLE =
      ImmutableSet.of(
          StateReason.PAUSED_UNKNOWN, StateReason.PAUSED_USER, StateReason.PAUSED_FROM_SNAPSHOT);

  /**
   * Something that makes a safety snapshot impossible, or no promise.
   *
   * @param condition when it is there
   * @param words what it is and what would help
   */
  private record Obstacle(Predicate<Facts> condition, String words) {}

  private static final ImmutableList<Obstacle> OF_ANY =
      ImmutableList.of(
          new Obstacle(
              facts -> !facts.domainFacts().snapshotsKnown(),
              "the snapshots of the domain could not be read"),
          new Obstacle(
              facts -> !canComeBack(facts),
              "no snapshot takes a guest back to the state that it is in; start, resume or shut it"
                  + " off first"),
          new Obstacle(
              facts -> !facts.domainFacts().checkpoints().isEmpty(),
              "the domain has checkpoints, and QEMU goes back to no snapshot within an image that"
                  + " has them; delete them first"),
          new Obstacle(
              facts -> !writesOnlyToDisksOfNow(facts),
              "the revert writes to an image that is not a disk of the domain now, or that lies"
                  + " beneath one, which no snapshot of the present covers; go without a safety"
                  + " snapshot, or copy the images first"),
          new Obstacle(
              QemuSafety::forgetsOverlays,
              "libvirt would forget which files the domain went on in after its last revert, and"
                  + " delete the images of other snapshots at a later one; take a snapshot of the"
                  + " present that stays, or go without a safety snapshot"));

  private static final ImmutableList<Obstacle> OF_INTERNAL =
      ImmutableList.of(
          new Obstacle(
              facts -> !disks(facts).allMatch(QemuSafety::takesInternal),
              "an internal snapshot needs each disk in a qcow2 image"),
          new Obstacle(
              facts -> nvram(facts).filter(nvram -> !nvram.isQcow2()).isPresent(),
              "an internal snapshot does not have the NVRAM unless that is in a qcow2 image"),
          new Obstacle(
              facts -> nvram(facts).isPresent() && facts.isOlderThan(Versions.UEFI_SEEN),
              "this libvirt takes no internal snapshots of guests with UEFI"),
          new Obstacle(
              facts ->
                  nvram(facts).isPresent() && facts.resetsNvram() && !facts.before().isActive(),
              "RESET_NVRAM takes an internal snapshot out of the NVRAM"),
          new Obstacle(
              facts -> canBeRewritten(facts, images(facts)::beneath),
              "another snapshot is in an image beneath a disk, and a revert to it would change what"
                  + " the safety snapshot is based on"));

  private static final ImmutableList<Obstacle> OF_EXTERNAL =
      ImmutableList.of(
          new Obstacle(
              facts -> facts.isOlderThan(Versions.EXTERNAL_SEEN),
              "this libvirt can't go back to an external one"),
          new Obstacle(
              facts -> !facts.before().persistent(), "an external one needs a persistent domain"),
          new Obstacle(
              facts -> !facts.target().rewritten().isEmpty(),
              "an external one does not outlast a revert that writes to the image it is in"),
          new Obstacle(
              facts -> !allDisks(facts).allMatch(QemuSafety::takesExternal),
              "an external one needs each disk in a file, and no medium in a drive"),
          new Obstacle(
              facts -> OverlayNames.collide(facts.domainFacts().images().disks()),
              "the files of an external one would have one name"),
          new Obstacle(
              facts -> !canBeMergedAgain(facts),
              "libvirt can't merge an external one back where an internal one was taken before"),
          new Obstacle(
              facts -> nvram(facts).isPresent() && facts.before().state() != DomainState.RUNNING,
              "an external one has the NVRAM only with the memory of a running guest"),
          new Obstacle(
              facts -> canBeRewritten(facts, images(facts)::andBeneath),
              "a revert to another snapshot in the same image would change an external one"));

  private QemuSafety() {}

  static SafetySnapshotOption of(Facts facts) {
    Optional<String> any = first(OF_ANY, facts);
    if (any.isPresent()) {
      return none(any.get());
    }
    Optional<String> internal = first(OF_INTERNAL, facts);
    if (internal.isEmpty()) {
      return with(SafetySnapshotOption.Kind.INTERNAL);
    }
    return first(OF_EXTERNAL, facts)
        .map(external -> none(internal.get() + "; " + external))
        .orElseGet(() -> with(SafetySnapshotOption.Kind.EXTERNAL));
  }

  private static SafetySnapshotOption with(SafetySnapshotOption.Kind kind) {
    return new SafetySnapshotOption(Optional.of(kind), "");
  }

  private static SafetySnapshotOption none(String obstacle) {
    return new SafetySnapshotOption(Optional.empty(), obstacle);
  }

  private static Optional<String> first(List<Obstacle> blockers, Facts facts) {
    return blockers.stream()
        .filter(obstacle -> obstacle.condition().test(facts))
        .findFirst()
        .map(Obstacle::words);
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

  /** A crash, an I/O error or a sleep is in no snapshot. */
  private static boolean canComeBack(Facts facts) {
    return switch (facts.before().state()) {
      case RUNNING, SHUTOFF -> true;
      case PAUSED -> RESTORABLE.contains(facts.before().reason());
      default -> false;
    };
  }

  private static boolean writesOnlyToDisksOfNow(Facts facts) {
    Set<String> rewritten = facts.target().rewritten();
    return images(facts).written().containsAll(rewritten)
        && disks(facts)
            .noneMatch(
                disk ->
                    !Sets.intersection(images(facts).beneath(disk.image()), rewritten).isEmpty());
  }

  /**
   * Taking a snapshot makes libvirt forget the files of the last revert to the current one; when it
   * is deleted, the current one's first files are the ones that libvirt deletes at the next revert.
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

  private static boolean takesInternal(Disk disk) {
    return disk.format().equals("qcow2")
        && !disk.device().equals("floppy")
        && (disk.type().equals("file") || disk.type().equals("block"))
        && (disk.snapshotMode().isEmpty() || disk.snapshotMode().equals("internal"));
  }

  private static boolean takesExternal(Disk disk) {
    return disk.isWritable()
        ? disk.type().equals("file")
            && disk.device().equals("disk")
            && (disk.snapshotMode().isEmpty() || disk.snapshotMode().equals("external"))
        : disk.image().isEmpty();
  }

  /** A revert to a snapshot in one of these images of a disk changes it. */
  private static boolean canBeRewritten(Facts facts, Function<String, Set<String>> imagesOfDisk) {
    Set<String> needed =
        disks(facts)
            .flatMap(disk -> imagesOfDisk.apply(disk.image()).stream())
            .collect(ImmutableSet.toImmutableSet());
    return images(facts).snapshots().stream()
        .anyMatch(other -> !Sets.intersection(other.rewritten(), needed).isEmpty());
  }

  /** libvirt looks at the nearest snapshot before it that has the disk. */
  private static boolean canBeMergedAgain(Facts facts) {
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
