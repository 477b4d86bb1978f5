package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.HotpluggedCpu;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.images.Qcow2Snapshot;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.rules.SnapshotNames;
import io.github.libvirtsnapshot.plan.rules.Versions;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The conditions under which libvirt or QEMU takes no snapshot of a QEMU domain, or none that could
 * be reverted to. The target of the facts is the snapshot that would be taken, and the status is
 * that of the domain when it is taken. An unknown condition is an obstacle.
 */
final class TakingObstacles {
  private static final ImmutableSet<StateReason> RESTORABLE =
      ImmutableSet.of(
          StateReason.PAUSED_UNKNOWN, StateReason.PAUSED_USER, StateReason.PAUSED_FROM_SNAPSHOT);

  private static final String WITHOUT_MANAGED_SAVE =
      "start the domain first (create(), or: virsh start DOMAIN), or remove that image and with it"
          + " the memory of the guest (managedSaveRemove(), or: virsh managedsave-remove DOMAIN)";

  private static final ImmutableList<Obstacle> OF_ANY =
      ImmutableList.of(
          new Obstacle(
              facts -> !facts.domainFacts().snapshotsKnown(),
              "the snapshots of the domain could not be read"),
          new Obstacle(
              facts -> !facts.before().isActive() && !facts.domainFacts().checkpoints().isEmpty(),
              "the domain is shut off and has checkpoints, and libvirt takes no snapshot of such a"
                  + " domain",
              "delete the checkpoints first (virsh checkpoint-delete DOMAIN CHECKPOINT --metadata)"),
          new Obstacle(
              facts -> !facts.before().isActive() && hasEncryptedImage(facts),
              "the domain is shut off and an image is encrypted: libvirt takes no internal snapshot of"
                  + " such a domain, and starts no guest on an overlay that it created for such a"
                  + " domain",
              "start the domain first (create(), or: virsh start DOMAIN)"),
          new Obstacle(
              facts ->
                  facts.snapshot().hasMemory() && HotpluggedCpu.isIn(facts.definitions().now()),
              "a virtual CPU was added to the running guest, and libvirt cannot load the memory of"
                  + " such a guest",
              "remove the CPU first (virsh setvcpus DOMAIN COUNT --live)"),
          new Obstacle(
              facts -> hasImage(facts, Qcow2Image::corrupt),
              "QEMU marked an image of a disk as corrupt, and opens it only for reading",
              "shut the domain off and repair the image first (qemu-img check -r all IMAGE)"),
          new Obstacle(
              TakingObstacles::lacksImage,
              "an image of a disk, or one of its backing images, does not exist, or libvirt cannot"
                  + " open it",
              "restore that image first"),
          new Obstacle(
              facts -> !canRestoreState(facts),
              "no snapshot can restore the present state of the guest",
              "first resume it (resume(), or: virsh resume DOMAIN), start it (create(), or: virsh"
                  + " start DOMAIN) or shut it off (destroy(), or: virsh destroy DOMAIN)"));

  private static final Obstacle WITHOUT_MEMORY =
      new Obstacle(
          facts -> facts.before().isActive() && !facts.snapshot().hasMemory(),
          "libvirt takes no internal snapshot of an active guest without its memory",
          "include the memory (withMemory()), or shut the domain off first (shutdown(), or: virsh"
              + " shutdown DOMAIN)");

  private static final ImmutableList<Obstacle> OF_INTERNAL =
      ImmutableList.of(
          new Obstacle(
              facts -> leftOut(facts).findAny().isPresent(),
              "libvirt includes each writable disk in an internal snapshot",
              "leave out no disk (without leavingOut(...))"),
          WITHOUT_MEMORY,
          new Obstacle(
              TakingObstacles::hasEncryptedImage,
              "an image is encrypted, and QEMU crashes if it saves memory in such an image"),
          new Obstacle(
              facts -> hasImage(facts, Qcow2Image::externalData),
              "QEMU cannot take an internal snapshot in an image whose data is in another file"),
          new Obstacle(
              TakingObstacles::savesMemoryInLaterDisk,
              "the stored definition of the domain does not contain the first disk; if that disk was"
                  + " attached to the running guest, QEMU saves the memory in another disk, and this"
                  + " version of libvirt loads the memory only from the first disk",
              "detach that disk and attach it under a later name (virsh attach-disk DOMAIN IMAGE"
                  + " NAME)"),
          new Obstacle(
              TakingObstacles::hasInactiveImages,
              "an external revert left the guest paused, and this version of libvirt saves no"
                  + " memory in the images of such a guest",
              "first resume it (resume(), or: virsh resume DOMAIN)"),
          new Obstacle(
              facts -> nvram(facts).filter(nvram -> !nvram.isQcow2()).isPresent(),
              "an internal snapshot does not include the NVRAM unless the NVRAM is a qcow2 image"),
          new Obstacle(
              facts -> nvram(facts).isPresent() && facts.isOlderThan(Versions.UEFI_SEEN),
              "this version of libvirt cannot take internal snapshots of guests with UEFI"));

  private static final ImmutableList<Obstacle> OF_EXTERNAL =
      ImmutableList.of(
          new Obstacle(
              facts -> !facts.before().persistent(),
              "an external snapshot requires a persistent domain"),
          new Obstacle(
              TakingObstacles::hasManagedSave,
              "the domain has a managed save image, and its next start would continue the guest on"
                  + " the present images instead of the overlays",
              WITHOUT_MANAGED_SAVE));

  /** The conditions that another name of the snapshot ends. */
  private static final ImmutableList<Obstacle> OF_INTERNAL_NAME =
      ImmutableList.of(
          new Obstacle(
              facts -> Qcow2Snapshot.canBeId(facts.target().name()),
              "QEMU reads a numeric name as a snapshot ID, and could load another snapshot instead"
                  + " of this one",
              "choose a name with a letter"),
          new Obstacle(
              facts -> disks(facts).anyMatch(disk -> hasSnapshotInImage(facts, disk.image())),
              "an image of a disk has a snapshot of this name already, which libvirt does not know,"
                  + " and QEMU could load that snapshot",
              "choose another name, or delete that snapshot (qemu-img snapshot -l IMAGE; qemu-img"
                  + " snapshot -d ID IMAGE)"),
          new Obstacle(
              facts ->
                  facts.snapshot().hasMemory()
                      && !facts.isOlderThan(Versions.SNAPSHOT_JOBS_SINCE)
                      && !SnapshotNames.isJobId(facts.target().name()),
              "QEMU cannot load the memory of a snapshot whose name has characters other than"
                  + " letters, digits, \".\", \"_\" and \"-\"",
              "choose a name of these characters"),
          new Obstacle(
              facts ->
                  facts.snapshot().hasMemory()
                      && facts.isOlderThan(Versions.SNAPSHOT_JOBS_SINCE)
                      && !SnapshotNames.isKeptByMonitor(facts.target().name()),
              "with this version of libvirt, QEMU would give the snapshot another name, because of"
                  + " the quotation mark (\") or the backslash in this one, and libvirt could not"
                  + " find the snapshot again",
              "choose a name without these characters"));

  private static final Obstacle OF_NEXT_ID =
      new Obstacle(
          TakingObstacles::takesNameAsId,
          "the name of a snapshot is a number, and could be the ID of the new snapshot: QEMU"
              + " would then load the new snapshot instead of that snapshot",
          "delete that snapshot first (virsh snapshot-delete DOMAIN NUMBER)");

  private TakingObstacles() {}

  /** Returns what prevents any snapshot. */
  static Optional<Obstacle> ofAny(Facts facts) {
    return migrationBlocker(facts).or(() -> Obstacle.first(OF_ANY, facts));
  }

  /** Returns what prevents an internal snapshot. */
  static Optional<Obstacle> ofInternal(Facts facts) {
    return DiskObstacles.ofInternal(disks(facts)).or(() -> Obstacle.first(OF_INTERNAL, facts));
  }

  /** Returns what prevents an external snapshot. */
  static Optional<Obstacle> ofExternal(Facts facts) {
    return Obstacle.first(OF_EXTERNAL, facts).or(() -> DiskObstacles.ofExternal(included(facts)));
  }

  /** Returns what prevents a snapshot of another driver, which only takes internal ones. */
  static Optional<Obstacle> ofOtherDriver(Facts facts) {
    return Obstacle.first(ImmutableList.of(WITHOUT_MEMORY), facts);
  }

  /** Returns whether QEMU would load an internal snapshot instead of an existing one. */
  static Optional<Obstacle> ofNextId(Facts facts) {
    return Obstacle.first(ImmutableList.of(OF_NEXT_ID), facts);
  }

  /** Returns why an internal snapshot needs another name. */
  static Optional<Obstacle> ofInternalName(Facts facts) {
    return Obstacle.first(OF_INTERNAL_NAME, facts);
  }

  /**
   * Returns what to do before the snapshot is taken, so that a revert to it does not fail. libvirt
   * reverts a domain with a managed save image only with force, which a snapshot does not have.
   *
   * @param revert the facts of the revert
   */
  static String wayOut(Facts revert, Refusal refusal) {
    return hasManagedSave(revert) ? WITHOUT_MANAGED_SAVE : refusal.wayOut();
  }

  private static boolean hasManagedSave(Facts facts) {
    return !facts.before().isActive() && facts.before().managedSave();
  }

  private static Optional<Obstacle> migrationBlocker(Facts facts) {
    return Optional.of(facts)
        .filter(taking -> taking.snapshot().hasMemory())
        .flatMap(MigrationBlockers::certain)
        .map(
            blocker ->
                new Obstacle(
                    any -> true,
                    "the guest has "
                        + blocker
                        + ", and QEMU cannot save the memory of such a guest",
                    "shut the domain off first (destroy(), or: virsh destroy DOMAIN)"));
  }

  private static ImageGraph images(Facts facts) {
    return facts.domainFacts().images();
  }

  /** Returns the writable disks of the domain, also those that the snapshot does not include. */
  private static Stream<Disk> disks(Facts facts) {
    return images(facts).disks().stream().filter(Disk::isWritable);
  }

  private static Stream<Disk> leftOut(Facts facts) {
    SnapshotDescription taken = facts.target();
    return taken.disks().stream()
        .filter(Disk::isWritable)
        .filter(disk -> !taken.isInternal(disk) && !taken.isExternal(disk));
  }

  private static Stream<Disk> included(Facts facts) {
    Set<String> leftOut = leftOut(facts).map(Disk::target).collect(Collectors.toSet());
    return disks(facts).filter(disk -> !leftOut.contains(disk.target()));
  }

  private static boolean hasImage(Facts facts, Predicate<Qcow2Image> condition) {
    return disks(facts)
        .flatMap(disk -> images(facts).readings().qcow2(disk.image()).stream())
        .anyMatch(condition);
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

  private static boolean lacksImage(Facts facts) {
    Set<String> gone = images(facts).readings().gone();
    return disks(facts)
        .anyMatch(
            disk -> !Sets.intersection(images(facts).andBeneath(disk.image()), gone).isEmpty());
  }

  /** QEMU takes the name of a snapshot for an ID first. */
  static boolean takesNameAsId(Facts facts) {
    return disks(facts).map(Disk::image).anyMatch(image -> takesNameAsId(facts, image));
  }

  private static boolean takesNameAsId(Facts facts, String image) {
    Optional<Qcow2Image> read = images(facts).readings().qcow2(image);
    return images(facts).snapshots().stream()
        .filter(snapshot -> !snapshot.isSameAs(facts.target()))
        .filter(
            snapshot ->
                read.map(known -> known.nextId().equals(snapshot.name()))
                    .orElseGet(() -> Qcow2Snapshot.canBeId(snapshot.name())))
        .anyMatch(snapshot -> snapshot.rewritten().contains(image));
  }

  private static boolean hasSnapshotInImage(Facts facts, String image) {
    String name = facts.target().name();
    return images(facts).readings().qcow2(image).stream()
        .flatMap(read -> read.snapshots().stream())
        .anyMatch(snapshot -> snapshot.name().equals(name) || snapshot.id().equals(name));
  }

  private static boolean savesMemoryInLaterDisk(Facts facts) {
    Optional<XmlNode> active = facts.definitions().active();
    Optional<XmlNode> persistent = facts.definitions().persistent();
    if (!facts.snapshot().hasMemory()
        || active.isEmpty()
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
  static boolean keepsImagesInactive(Facts facts) {
    return !facts.isOlderThan(Versions.SNAPSHOT_JOBS_SINCE)
        && facts.isOlderThan(Versions.PAUSED_FROM_FILE_SEEN);
  }
}
