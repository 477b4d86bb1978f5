package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ElementTable;
import io.github.libvirtsnapshot.definition.HotpluggedCpu;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.definition.Treatment;
import io.github.libvirtsnapshot.images.BackingChains;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.images.Qcow2Snapshot;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.rules.BlockingBitmap;
import io.github.libvirtsnapshot.plan.rules.DriverRules;
import io.github.libvirtsnapshot.plan.rules.Versions;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
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

  private static final ImmutableSet<StateReason> RESTORABLE =
      ImmutableSet.of(
          StateReason.PAUSED_UNKNOWN, StateReason.PAUSED_USER, StateReason.PAUSED_FROM_SNAPSHOT);

  /** The types of disks of which libvirt takes internal snapshots, active and shut off. */
  private static final ImmutableSet<String> TAKING_INTERNAL =
      ImmutableSet.of("file", "block", "volume");

  /**
   * A condition under which a safety snapshot is impossible or not certain to restore the domain.
   *
   * @param condition whether the obstacle exists
   * @param words the description of the obstacle and of the way out
   */
  private record Obstacle(Predicate<Facts> condition, String words) {}

  private static final ImmutableList<Obstacle> OF_ANY =
      ImmutableList.of(
          new Obstacle(
              facts -> !facts.domainFacts().snapshotsKnown(),
              "the snapshots of the domain could not be read"),
          new Obstacle(
              facts -> !facts.unknownElements().isEmpty(),
              "the definition of the domain has an element of which this release does not know what"
                  + " a revert does with it; "
                  + WITHOUT),
          new Obstacle(
              QemuSafety::changesStateOutsideDisks,
              "the domain is shut off and has a TPM, an NVDIMM, shared memory or a UEFI variable"
                  + " store, which only a snapshot with memory includes; start the domain first"
                  + " (create(), or: virsh start DOMAIN), or "
                  + WITHOUT),
          new Obstacle(
              facts -> !facts.before().isActive() && !facts.domainFacts().checkpoints().isEmpty(),
              "the domain is shut off and has checkpoints, and libvirt takes no snapshot of such a"
                  + " domain; delete the checkpoints first (virsh checkpoint-delete DOMAIN"
                  + " CHECKPOINT --metadata), or "
                  + WITHOUT),
          new Obstacle(
              facts -> !facts.before().isActive() && hasEncryptedImage(facts),
              "the domain is shut off and an image is encrypted: libvirt takes no internal snapshot of"
                  + " such a domain, and starts no guest on an overlay that it created for such a"
                  + " domain; "
                  + WITHOUT),
          new Obstacle(
              facts -> facts.before().isActive() && HotpluggedCpu.isIn(facts.definitions().now()),
              "a virtual CPU was added to the running guest, and libvirt cannot load the memory of"
                  + " such a guest; remove the CPU first (virsh setvcpus DOMAIN COUNT"
                  + " --live), or "
                  + WITHOUT),
          new Obstacle(
              facts -> hasImage(facts, Qcow2Image::corrupt),
              "QEMU marked an image of a disk as corrupt, and opens it only for reading; shut the"
                  + " domain off and repair the image first (qemu-img check -r all IMAGE)"),
          new Obstacle(
              QemuSafety::lacksImage,
              "an image of a disk, or one of its backing images, does not exist, or libvirt cannot"
                  + " open it; restore that image first"),
          new Obstacle(
              facts -> !canRestoreState(facts),
              "no snapshot can restore the present state of the guest; first resume it (resume(),"
                  + " or: virsh resume DOMAIN), start it (create(), or: virsh start DOMAIN)"
                  + " or shut it off (destroy(), or: virsh destroy DOMAIN)"),
          new Obstacle(
              facts -> !writesOnlyToPresentDisks(facts),
              "the revert writes to an image that the domain does not use now, or uses only as a"
                  + " backing image, and a safety snapshot would not include that image;"
                  + " copy the images first, or "
                  + WITHOUT),
          new Obstacle(
              facts -> facts.replacedNvramOutside().isPresent(),
              "the revert writes to an NVRAM that the domain does not use now, and a safety snapshot"
                  + " would not include that file; copy the file first, or "
                  + WITHOUT),
          new Obstacle(
              facts -> !facts.replacedStatesOutside().isEmpty(),
              "the revert replaces the state of a TPM, an NVDIMM, shared memory or a UEFI variable"
                  + " store that the domain does not use now, and a safety snapshot would not include"
                  + " that state; copy its file first, or "
                  + WITHOUT),
          new Obstacle(
              QemuSafety::forgetsOverlays,
              "after a safety snapshot, libvirt would no longer know the overlay files of the last"
                  + " revert, and a later revert would delete the images of other snapshots;"
                  + " first take a snapshot and keep it (snapshotCreateXML(...), or: virsh"
                  + " snapshot-create-as DOMAIN NAME), or "
                  + WITHOUT));

  private static final ImmutableList<Obstacle> OF_INTERNAL =
      ImmutableList.of(
          new Obstacle(
              QemuSafety::takesNameAsId,
              "the name of a snapshot is a number, and could be the ID of the safety snapshot: QEMU"
                  + " would then load the safety snapshot instead of that snapshot; "
                  + WITHOUT),
          new Obstacle(
              facts -> !disks(facts).allMatch(QemuSafety::takesInternal),
              "an internal snapshot requires that each disk is a qcow2 image"),
          new Obstacle(
              QemuSafety::hasEncryptedImage,
              "an image is encrypted, and QEMU crashes if it saves memory in such an image"),
          new Obstacle(
              facts -> hasImage(facts, Qcow2Image::externalData),
              "QEMU cannot take an internal snapshot in an image whose data is in another file"),
          new Obstacle(
              QemuSafety::savesMemoryInLaterDisk,
              "the stored definition of the domain does not contain the first disk; if that disk was"
                  + " attached to the running guest, QEMU saves the memory in another disk, and this"
                  + " version of libvirt loads the memory only from the first disk; detach that disk"
                  + " and attach it under a later name (virsh attach-disk DOMAIN IMAGE NAME), or "
                  + WITHOUT),
          new Obstacle(
              QemuSafety::hasInactiveImages,
              "an external revert left the guest paused, and this version of libvirt saves no"
                  + " memory in the images of such a guest; first resume it (resume(), or: virsh resume"
                  + " DOMAIN)"),
          new Obstacle(
              facts -> nvram(facts).filter(nvram -> !nvram.isQcow2()).isPresent(),
              "an internal snapshot does not include the NVRAM unless the NVRAM is a qcow2 image"),
          new Obstacle(
              facts -> nvram(facts).isPresent() && facts.isOlderThan(Versions.UEFI_SEEN),
              "this version of libvirt cannot take internal snapshots of guests with UEFI"),
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
              facts -> !facts.before().persistent(),
              "an external snapshot requires a persistent domain"),
          new Obstacle(
              facts -> !facts.target().rewritten().isEmpty(),
              "the revert writes to an image, and would change an external snapshot of that image"),
          new Obstacle(
              facts -> !allDisks(facts).allMatch(QemuSafety::takesExternal),
              "an external snapshot requires that each disk is a file and that no drive contains a"
                  + " medium"),
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
              facts -> facts.before().state() == DomainState.PAUSED && keepsImagesInactive(facts),
              "this version of libvirt merges no external snapshot of a guest that a revert left"
                  + " paused; first resume it (resume(), or: virsh resume DOMAIN)"));

  private QemuSafety() {}

  static SafetySnapshotOption of(Facts facts) {
    Optional<String> any =
        migrationBlocker(facts)
            .or(() -> first(OF_ANY, facts))
            .or(() -> cannotStartAgain(facts))
            .or(() -> bitmap(facts));
    if (any.isPresent()) {
      return SafetySnapshotOption.impossible(any.get());
    }
    Optional<String> internal =
        first(OF_INTERNAL, facts).or(() -> undo(facts, SafetySnapshotOption.Kind.INTERNAL));
    if (internal.isEmpty()) {
      return new SafetySnapshotOption(
          Optional.of(SafetySnapshotOption.Kind.INTERNAL),
          "",
          BackingChains.hashes(facts.presentDisks(), images(facts).readings()));
    }
    return first(OF_EXTERNAL, facts)
        .or(() -> undo(facts, SafetySnapshotOption.Kind.EXTERNAL))
        .map(
            external ->
                SafetySnapshotOption.impossible(
                    Stream.of(internal.get(), external)
                        .distinct()
                        .collect(Collectors.joining("; "))))
        .orElseGet(() -> SafetySnapshotOption.possible(SafetySnapshotOption.Kind.EXTERNAL));
  }

  /** Returns why the undo would not restore the domain exactly, as its plan will find. */
  private static Optional<String> undo(Facts facts, SafetySnapshotOption.Kind kind) {
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

  private static Optional<String> migrationBlocker(Facts facts) {
    return MigrationBlockers.certain(facts)
        .map(
            blocker ->
                "the guest has "
                    + blocker
                    + ", and QEMU cannot save the memory of such a guest; shut the domain off first"
                    + " (destroy(), or: virsh destroy DOMAIN), or "
                    + WITHOUT);
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

  private static boolean hasImage(Facts facts, Predicate<Qcow2Image> condition) {
    return disks(facts)
        .flatMap(disk -> images(facts).readings().qcow2(disk.image()).stream())
        .anyMatch(condition);
  }

  /** QEMU takes the name of a snapshot for an ID first. */
  private static boolean takesNameAsId(Facts facts) {
    return disks(facts).map(Disk::image).anyMatch(image -> takesNameAsId(facts, image));
  }

  private static boolean takesNameAsId(Facts facts, String image) {
    Optional<Qcow2Image> read = images(facts).readings().qcow2(image);
    return Stream.concat(images(facts).snapshots().stream(), Stream.of(facts.target()))
        .filter(
            snapshot ->
                read.map(known -> known.nextId().equals(snapshot.name()))
                    .orElseGet(() -> Qcow2Snapshot.canBeId(snapshot.name())))
        .anyMatch(snapshot -> snapshot.rewritten().contains(image));
  }

  private static boolean hasEncryptedImage(Facts facts) {
    return disks(facts).anyMatch(disk -> images(facts).isOnEncryptedImage(disk.image()));
  }

  private static Optional<Nvram> nvram(Facts facts) {
    return facts.domainFacts().nvram();
  }

  /** A snapshot does not contain a crash, an I/O error or a suspend of the guest. */
  private static boolean canRestoreState(Facts facts) {
    return switch (facts.before().state()) {
      case RUNNING, SHUTOFF -> true;
      case PAUSED -> RESTORABLE.contains(facts.before().reason());
      default -> false;
    };
  }

  private static boolean savesMemoryInLaterDisk(Facts facts) {
    Optional<XmlNode> active = facts.definitions().active();
    Optional<XmlNode> persistent = facts.definitions().persistent();
    if (active.isEmpty()
        || persistent.isEmpty()
        || !facts.isOlderThan(Versions.SNAPSHOT_JOBS_SINCE)) {
      return false;
    }
    List<Disk> disks = Disk.of(active.get()).stream().filter(Disk::isWritable).toList();
    return disks.size() > 1
        && Disk.of(persistent.get()).stream()
            .noneMatch(disk -> disk.target().equals(disks.get(0).target()));
  }

  /**
   * Returns whether an external revert left the guest paused, and QEMU keeps its images inactive.
   */
  private static boolean hasInactiveImages(Facts facts) {
    return keepsImagesInactive(facts)
        && facts.before().reason() == StateReason.PAUSED_FROM_SNAPSHOT
        && images(facts).current().filter(current -> !current.isExternal()).isEmpty();
  }

  /**
   * Returns whether QEMU activates the images of a paused guest whose memory came from a file only
   * when the guest resumes.
   */
  private static boolean keepsImagesInactive(Facts facts) {
    return !facts.isOlderThan(Versions.SNAPSHOT_JOBS_SINCE)
        && facts.isOlderThan(Versions.PAUSED_FROM_FILE_SEEN);
  }

  /** A guest that is started from a snapshot changes the state. */
  private static boolean changesStateOutsideDisks(Facts facts) {
    return !facts.before().isActive()
        && !facts.hasTargetState(DomainState.SHUTOFF)
        && !ElementTable.states(facts.definitions().now(), Treatment.WITH_MEMORY).isEmpty();
  }

  private static boolean lacksImage(Facts facts) {
    Set<String> gone = images(facts).readings().gone();
    return disks(facts)
        .anyMatch(
            disk -> !Sets.intersection(images(facts).andBeneath(disk.image()), gone).isEmpty());
  }

  private static boolean writesOnlyToPresentDisks(Facts facts) {
    Set<String> rewritten = facts.target().rewritten();
    return images(facts).written().containsAll(rewritten)
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

  private static boolean takesInternal(Disk disk) {
    return disk.format().equals("qcow2")
        && !disk.device().equals("floppy")
        && TAKING_INTERNAL.contains(disk.type())
        && (disk.snapshotMode().isEmpty() || disk.snapshotMode().equals("internal"));
  }

  private static boolean takesExternal(Disk disk) {
    return disk.isWritable()
        ? disk.type().equals("file")
            && disk.device().equals("disk")
            && (disk.snapshotMode().isEmpty() || disk.snapshotMode().equals("external"))
        : disk.image().isEmpty();
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
