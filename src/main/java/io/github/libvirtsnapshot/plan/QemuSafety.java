package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.images.Images;
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
  /** The oldest libvirt that external snapshots were seen to be reverted to and deleted on. */
  private static final long EXTERNAL_SEEN = 11_003_000;

  /** The oldest libvirt that was seen to take internal snapshots of guests with UEFI. */
  private static final long UEFI_SEEN = 11_003_000;

  private static final ImmutableSet<StateReason> RESTORABLE =
      ImmutableSet.of(
          StateReason.PAUSED_UNKNOWN, StateReason.PAUSED_USER, StateReason.PAUSED_FROM_SNAPSHOT);

  /**
   * Something that makes a safety snapshot impossible, or no promise.
   *
   * @param condition when it is there
   * @param words what it is and what would help
   */
  private record Obstacle(Predicate<Situation> condition, String words) {}

  private static final ImmutableList<Obstacle> OF_ANY =
      ImmutableList.of(
          new Obstacle(
              situation -> !situation.surroundings().snapshotsKnown(),
              "the snapshots of the domain could not be read"),
          new Obstacle(
              situation -> !canComeBack(situation),
              "no snapshot takes a guest back to the state that it is in; start, resume or shut it"
                  + " off first"),
          new Obstacle(
              situation -> !situation.surroundings().checkpoints().isEmpty(),
              "the domain has checkpoints, and QEMU goes back to no snapshot within an image that"
                  + " has them; delete them first"),
          new Obstacle(
              situation -> !writesOnlyToDisksOfNow(situation),
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
              situation -> !disks(situation).allMatch(QemuSafety::takesInternal),
              "an internal snapshot needs each disk in a qcow2 image"),
          new Obstacle(
              situation -> nvram(situation).filter(nvram -> !nvram.isQcow2()).isPresent(),
              "an internal snapshot does not have the NVRAM unless that is in a qcow2 image"),
          new Obstacle(
              situation -> nvram(situation).isPresent() && situation.isOlderThan(UEFI_SEEN),
              "this libvirt takes no internal snapshots of guests with UEFI"),
          new Obstacle(
              situation ->
                  nvram(situation).isPresent()
                      && situation.resetsNvram()
                      && !situation.before().isActive(),
              "RESET_NVRAM takes an internal snapshot out of the NVRAM"),
          new Obstacle(
              situation -> canBeRewritten(situation, images(situation)::beneath),
              "another snapshot is in an image beneath a disk, and a revert to it would change what"
                  + " the safety snapshot is based on"));

  private static final ImmutableList<Obstacle> OF_EXTERNAL =
      ImmutableList.of(
          new Obstacle(
              situation -> situation.isOlderThan(EXTERNAL_SEEN),
              "this libvirt can't go back to an external one"),
          new Obstacle(
              situation -> !situation.before().persistent(),
              "an external one needs a persistent domain"),
          new Obstacle(
              situation -> !situation.target().rewritten().isEmpty(),
              "an external one does not outlast a revert that writes to the image it is in"),
          new Obstacle(
              situation -> !allDisks(situation).allMatch(QemuSafety::takesExternal),
              "an external one needs each disk in a file, and no medium in a drive"),
          new Obstacle(
              situation -> OverlayNames.collide(situation.surroundings().images().disks()),
              "the files of an external one would have one name"),
          new Obstacle(
              situation -> !canBeMergedAgain(situation),
              "libvirt can't merge an external one back where an internal one was taken before"),
          new Obstacle(
              situation ->
                  nvram(situation).isPresent() && situation.before().state() != DomainState.RUNNING,
              "an external one has the NVRAM only with the memory of a running guest"),
          new Obstacle(
              situation -> canBeRewritten(situation, images(situation)::andBeneath),
              "a revert to another snapshot in the same image would change an external one"));

  private QemuSafety() {}

  static Safety of(Situation situation) {
    Optional<String> any = first(OF_ANY, situation);
    if (any.isPresent()) {
      return Safety.none(any.get());
    }
    Optional<String> internal = first(OF_INTERNAL, situation);
    if (internal.isEmpty()) {
      return Safety.with(Safety.Kind.INTERNAL);
    }
    return first(OF_EXTERNAL, situation)
        .map(external -> Safety.none(internal.get() + "; " + external))
        .orElseGet(() -> Safety.with(Safety.Kind.EXTERNAL));
  }

  private static Optional<String> first(List<Obstacle> obstacles, Situation situation) {
    return obstacles.stream()
        .filter(obstacle -> obstacle.condition().test(situation))
        .findFirst()
        .map(Obstacle::words);
  }

  private static Images images(Situation situation) {
    return situation.surroundings().images();
  }

  private static Stream<Disk> allDisks(Situation situation) {
    return images(situation).disks().stream();
  }

  private static Stream<Disk> disks(Situation situation) {
    return allDisks(situation).filter(Disk::isWritable);
  }

  private static Optional<Nvram> nvram(Situation situation) {
    return situation.surroundings().nvram();
  }

  /** A crash, an I/O error or a sleep is in no snapshot. */
  private static boolean canComeBack(Situation situation) {
    return switch (situation.before().state()) {
      case RUNNING, SHUTOFF -> true;
      case PAUSED -> RESTORABLE.contains(situation.before().reason());
      default -> false;
    };
  }

  private static boolean writesOnlyToDisksOfNow(Situation situation) {
    Set<String> rewritten = situation.target().rewritten();
    return images(situation).written().containsAll(rewritten)
        && disks(situation)
            .noneMatch(
                disk ->
                    !Sets.intersection(images(situation).beneath(disk.image()), rewritten)
                        .isEmpty());
  }

  /**
   * Taking a snapshot makes libvirt forget the files of the last revert to the current one; when it
   * is deleted, the current one's first files are the ones that libvirt deletes at the next revert.
   */
  private static boolean forgetsOverlays(Situation situation) {
    return images(situation)
        .current()
        .filter(current -> !current.revertOverlays().isEmpty())
        .filter(
            current ->
                images(situation).snapshots().stream()
                    .anyMatch(other -> needsOneOf(situation, other, current)))
        .isPresent();
  }

  private static boolean needsOneOf(
      Situation situation, SnapshotDescription other, SnapshotDescription current) {
    return other.disks().stream()
        .flatMap(disk -> images(situation).andBeneath(disk.image()).stream())
        .anyMatch(current.overlays()::containsValue);
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
  private static boolean canBeRewritten(
      Situation situation, Function<String, Set<String>> imagesOfDisk) {
    Set<String> needed =
        disks(situation)
            .flatMap(disk -> imagesOfDisk.apply(disk.image()).stream())
            .collect(ImmutableSet.toImmutableSet());
    return images(situation).snapshots().stream()
        .anyMatch(other -> !Sets.intersection(other.rewritten(), needed).isEmpty());
  }

  /** libvirt looks at the nearest snapshot before it that has the disk. */
  private static boolean canBeMergedAgain(Situation situation) {
    Images images = images(situation);
    return disks(situation)
        .allMatch(
            disk ->
                images.lineage().stream()
                    .filter(earlier -> earlier.has(disk.target()))
                    .findFirst()
                    .map(SnapshotDescription::isExternal)
                    .orElse(true));
  }
}
