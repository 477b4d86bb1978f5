package io.github.libvirtsnapshot.plan.rules;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.HotpluggedCpu;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.images.LoadedSnapshot;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** How libvirt's QEMU driver reverts, for QEMU and KVM. */
final class QemuRules {
  private static final int ALL_FLAGS = 15;

  /** The greatest number of overlays with which a start was observed to succeed. */
  private static final int MAX_OVERLAYS = 24;

  static final String SHUT_OFF_FIRST =
      "shut that domain off first (shutdown(), or: virsh shutdown OTHER_DOMAIN)";

  private static final String[] SINCE_CHECKPOINTS = {"9.0.0", "11.3.0", "12.8.0"};
  private static final String[] SINCE_EXTERNAL = {"11.3.0", "12.8.0"};

  /** The folders below {@code /dev} that can contain regular files. */
  private static final ImmutableSet<String> FILE_SYSTEMS_IN_DEV =
      ImmutableSet.of("/dev/shm/", "/dev/hugepages/");

  static final ImmutableList<Rule> ALL =
      ImmutableList.of(
          CommonRules.READ_ONLY,
          CommonRules.UNKNOWN_TARGET,
          CommonRules.CONTRADICTORY_FLAGS,
          CommonRules.unknownFlags(QemuRules::knownFlags),
          Rule.refuses(
              "something that is going on in the domain",
              facts -> facts.blockers().blocked().map(QemuRules::withRetry)),
          CommonRules.TRANSIENT_TO_SHUT_OFF,
          Rule.refuses(
                  "an external snapshot, before libvirt could revert to those",
                  facts -> facts.snapshot().external(),
                  Refusal.untouched(
                      ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
                      "the snapshot is external, and this version of libvirt cannot revert to"
                          + " external snapshots",
                      "upgrade libvirt on the host, for example to 11.3"))
              .before(Versions.EXTERNAL_SINCE)
              .seenOn("7.0.0", "9.0.0"),
          CommonRules.NO_DOMAIN_DESCRIBED,
          CommonRules.MANAGED_SAVE_WITHOUT_MEMORY,
          Rule.refuses(
                  "an external snapshot of the disks of a running guest, before libvirt could"
                      + " revert to those",
                  facts -> facts.snapshot().external() && isOfDisksOnly(facts),
                  Refusal.untouched(
                      ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                      "the snapshot contains only the disks of a running guest, and this version"
                          + " of libvirt cannot revert to such snapshots",
                      "upgrade libvirt on the host, for example to 11.3"))
              .before(Versions.DISK_SNAPSHOT_SEEN)
              .seenOn("10.0.0"),
          CommonRules.OTHER_PROCESS,
          Rule.refuses(
                  "an external snapshot, and a disk that is not in a file",
                  facts -> facts.snapshot().external() && hasDiskOutsideFiles(facts),
                  Refusal.untouched(
                      ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED,
                      "the snapshot is external, and one of its disks is not a file",
                      "revert to an internal snapshot"))
              .seenOn(SINCE_EXTERNAL),
          Rule.refuses("an external snapshot, and a shareable disk", QemuRules::sharedOverlay)
              .seenOn(SINCE_EXTERNAL),
          Rule.refuses(
                  "an external snapshot, and a device that the definition calls a file",
                  QemuRules::deviceAsFile)
              .seenOn(SINCE_EXTERNAL),
          Rule.refuses(
                  "an internal snapshot without memory, and a disk that is a volume, before libvirt"
                      + " could revert to those",
                  QemuRules::appliesToVolume,
                  new Refusal(
                      ErrorNumber.VIR_ERR_OPERATION_INVALID,
                      true,
                      "the snapshot has no memory, and this version of libvirt cannot revert a disk"
                          + " whose image is named by a storage pool and a volume",
                      "upgrade libvirt on the host, for example to 9.0; for the next snapshot, name"
                          + " the image by its path first (virsh edit DOMAIN)"))
              .before(HypervisorDriver.RESTART_SINCE)
              .seenOn("7.0.0"),
          Rule.refuses(
                  "an external snapshot of an encrypted disk", QemuRules::encryptedBelowOverlay)
              .seenOn("11.3.0"),
          Rule.refuses(
              "a guest that the host can't start", facts -> facts.blockers().host().missing()),
          Rule.refuses("an internal snapshot, and a bitmap in its image", QemuRules::bitmaps)
              .seenOn(SINCE_CHECKPOINTS),
          Rule.refuses(
              "an image that another guest has open", facts -> new LockedImages(facts).inUse()),
          Rule.refuses("an image that no longer contains the snapshot", QemuRules::snapshotGone),
          Rule.refuses(
                  "memory in another disk than the first, before libvirt could find it",
                  QemuRules::memoryInOtherDisk)
              .before(Versions.SNAPSHOT_JOBS_SINCE)
              .seenOn("9.0.0"),
          Rule.refuses("an image or a file that is gone", facts -> new RequiredFiles(facts).gone()),
          Rule.refuses(
                  "an image that is not in the stated format",
                  facts -> new RequiredFiles(facts).notQcow2())
              .seenOn("9.0.0", "11.3.0", "12.8.0"),
          Rule.refuses("an image that can't be opened", QemuRules::unreadable),
          Rule.refuses(
              "an image that QEMU marked as corrupt", facts -> new RequiredFiles(facts).corrupt()),
          Rule.refuses(
                  "an external snapshot, and images that differ in their extension only",
                  facts ->
                      facts.snapshot().external() && OverlayNames.collide(facts.target().disks()),
                  new Refusal(
                      ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
                      true,
                      "the overlay files of two disks or media would have the same name, because"
                          + " the names of their images differ only in the extension",
                      "eject the medium before you take the snapshot (virsh change-media DOMAIN"
                          + " TARGET --eject), or rename an image"))
              .seenOn(SINCE_EXTERNAL),
          Rule.refuses(
                  "a new NVRAM in another format than its template",
                  QemuRules::nvramIsConverted,
                  new Refusal(
                      ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED,
                      true,
                      "the NVRAM is in another format than its template, and libvirt does not"
                          + " convert it",
                      "restore the NVRAM if it no longer exists, and revert without RESET_NVRAM"
                          + " (without resetNvram(), or: without --reset-nvram); from libvirt 12.8"
                          + " on, use the same format for the NVRAM as for its template"))
              .since(Versions.CONVERSION_SEEN)
              .seenOn(SINCE_EXTERNAL),
          Rule.refuses("memory in a snapshot whose name is not a job ID", QemuRules::nameIsNoJobId)
              .since(Versions.SNAPSHOT_JOBS_SINCE)
              .seenOn(SINCE_EXTERNAL),
          Rule.refuses("a guest on a long chain of overlays", QemuRules::chainTooLong)
              .since(Versions.SHORT_CHAINS_SINCE)
              .before(Versions.LONG_CHAINS_SINCE)
              .seenOn("11.3.0"),
          Rule.refuses(
                  "memory of a guest with an added CPU, before libvirt could load it",
                  QemuRules::loadsAddedCpu,
                  new Refusal(
                      ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                      true,
                      "a virtual CPU was added to the running guest before the snapshot was taken,"
                          + " and this version of libvirt cannot load the memory of such a guest",
                      "upgrade libvirt on the host, for example to 11.3"))
              .before(Versions.SNAPSHOT_JOBS_SINCE)
              .seenOn("9.0.0"),
          Rule.refuses("a port that another guest listens on", QemuRules::portInUse),
          Rule.refuses(
                  "an external snapshot, and no current one",
                  facts ->
                      facts.snapshot().external() && facts.before().currentSnapshot().isEmpty(),
                  new Refusal(
                      ErrorNumber.VIR_ERR_SYSTEM_ERROR,
                      true,
                      "the domain has no current snapshot, and such a revert crashes libvirtd",
                      "make a snapshot current: virsh snapshot-current DOMAIN NAME"))
              .seenOn(SINCE_EXTERNAL),
          Rule.ends(
              "from memory to paused",
              facts -> facts.snapshot().hasMemory() && facts.hasTargetState(DomainState.PAUSED),
              facts -> PredictedResult.success(StateReason.PAUSED_FROM_SNAPSHOT)),
          Rule.ends(
              "from memory to running",
              facts -> facts.snapshot().hasMemory(),
              facts -> PredictedResult.success(StateReason.RUNNING_FROM_SNAPSHOT)),
          Rule.ends(
              "from disks to running",
              facts -> facts.hasTargetState(DomainState.RUNNING),
              facts -> PredictedResult.success(StateReason.RUNNING_BOOTED)),
          Rule.ends(
              "from disks to paused",
              facts -> facts.hasTargetState(DomainState.PAUSED),
              facts -> PredictedResult.success(StateReason.PAUSED_USER)),
          Rule.ends(
              "from disks to shut off",
              facts -> true,
              facts -> PredictedResult.shutOff(facts.before())));

  private QemuRules() {}

  private static Refusal withRetry(Refusal blocked) {
    return Refusal.duringJob(
        blocked.code(),
        blocked.reason(),
        blocked.wayOut()
            + "; to let the revert wait, use retrying(...), or: revert-domain --retry");
  }

  private static boolean isOfDisksOnly(Facts facts) {
    return facts.snapshot().state().equals(Optional.of(SnapshotState.DISK_SNAPSHOT));
  }

  private static boolean hasDiskOutsideFiles(Facts facts) {
    return facts.target().disks().stream().anyMatch(disk -> !disk.type().equals("file"));
  }

  private static Optional<Refusal> sharedOverlay(Facts facts) {
    return withoutOverlay(
        facts,
        Disk::isShareable,
        disk ->
            "disk "
                + LogEscaper.escape(disk.target())
                + " is shareable, and libvirt cannot create an overlay for such a disk",
        "revert to a snapshot of the domain without this disk");
  }

  /**
   * No query of libvirt returns whether a path is that of a device, so the folder has to show it.
   */
  private static Optional<Refusal> deviceAsFile(Facts facts) {
    return withoutOverlay(
        facts,
        disk -> disk.type().equals("file") && isDevice(disk.image()),
        disk ->
            "the image of disk "
                + LogEscaper.escape(disk.target())
                + " is the device "
                + LogEscaper.quote(disk.image())
                + ", and libvirt creates overlays only for regular files",
        "revert to an internal snapshot");
  }

  /** libvirt creates an overlay also for a disk that the snapshot omits. */
  private static Optional<Refusal> withoutOverlay(
      Facts facts, Predicate<Disk> condition, Function<Disk, String> reason, String wayOut) {
    return facts.target().isExternal()
        ? facts.target().disks().stream()
            .filter(disk -> disk.isWritable() && condition.test(disk))
            .findFirst()
            .map(
                disk ->
                    new Refusal(
                        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, true, reason.apply(disk), wayOut))
        : Optional.empty();
  }

  private static boolean isDevice(String path) {
    return path.startsWith("/dev/") && FILE_SYSTEMS_IN_DEV.stream().noneMatch(path::startsWith);
  }

  private static boolean appliesToVolume(Facts facts) {
    return !facts.snapshot().external()
        && !facts.snapshot().hasMemory()
        && facts.target().disks().stream()
            .anyMatch(disk -> facts.target().isInternal(disk) && disk.type().equals("volume"));
  }

  /** The definition of a disk on an overlay does not state how the backing image is encrypted. */
  private static Optional<Refusal> encryptedBelowOverlay(Facts facts) {
    return facts.hasTargetState(DomainState.SHUTOFF)
        ? Optional.empty()
        : facts.target().disks().stream()
            .filter(disk -> facts.target().isExternal(disk))
            .filter(disk -> lacksEncryption(facts, disk))
            .findFirst()
            .map(
                disk ->
                    new Refusal(
                        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                        true,
                        "the image of disk "
                            + LogEscaper.escape(disk.target())
                            + " is encrypted, and libvirt cannot start a guest on an overlay of"
                            + " such an image",
                        "revert to an internal snapshot"));
  }

  /**
   * Returns whether the guest would be started from a definition that does not state the encryption
   * of an image. The definition of a guest with memory states that of the image and of its backing
   * images; any other revert takes that of the image out of the definition.
   */
  private static boolean lacksEncryption(Facts facts, Disk disk) {
    return disk.isEncrypted()
        ? !facts.snapshot().hasMemory()
        : !disk.isOnEncrypted() && facts.domainFacts().images().isOnEncryptedImage(disk.image());
  }

  private static boolean nvramIsConverted(Facts facts) {
    return !facts.hasTargetState(DomainState.SHUTOFF)
        && facts
            .nvramThen()
            .filter(nvram -> !nvram.canBeReset() && needsTemplate(facts, nvram))
            .isPresent();
  }

  /**
   * From 12.8 on, libvirt checks the format of the template at each start. If the NVRAM that
   * contains the snapshot is gone, the revert fails before the start.
   */
  private static boolean needsTemplate(Facts facts, Nvram nvram) {
    Set<String> gone = facts.domainFacts().images().readings().gone();
    return facts.has(RevertFlag.RESET_NVRAM)
        || (gone.contains(nvram.image()) && facts.nvramWithSnapshot().isEmpty())
        || !facts.isOlderThan(Versions.CONVERSION_ALWAYS);
  }

  private static Optional<Refusal> bitmaps(Facts facts) {
    return BlockingBitmap.in(facts, facts.target().rewritten())
        .map(bitmap -> new Refusal(codeOfLoading(facts), true, bitmap.reason(), bitmap.wayOut()));
  }

  private static Optional<Refusal> snapshotGone(Facts facts) {
    return Stream.concat(facts.target().rewritten().stream(), facts.nvramWithSnapshot().stream())
        .filter(image -> isMissing(facts, image))
        .findFirst()
        .map(image -> LogEscaper.quote(image) + " no longer contains the snapshot")
        .or(() -> memoryGone(facts))
        .map(
            reason ->
                new Refusal(
                    codeOfLoading(facts),
                    true,
                    reason,
                    "revert to another snapshot; to forget this one: virsh snapshot-delete DOMAIN"
                        + " SNAPSHOT --metadata"));
  }

  /**
   * QEMU loads another snapshot if the ID of that snapshot is the name, or if an older snapshot has
   * the same name. A newer libvirt first looks for the memory in the newest snapshot of that name.
   */
  private static Optional<String> memoryGone(Facts facts) {
    Set<String> images = facts.target().rewritten();
    List<Qcow2Image> read =
        images.stream()
            .flatMap(image -> facts.domainFacts().images().readings().qcow2(image).stream())
            .toList();
    boolean isInImage = facts.snapshot().hasMemory() && facts.snapshot().memory().file().isEmpty();
    if (!isInImage || images.isEmpty() || read.size() < images.size()) {
      return Optional.empty();
    }
    String name = facts.target().name();
    if (read.stream().noneMatch(image -> image.loadsMemory(name))) {
      return Optional.of(
          "the snapshot that QEMU would load instead of this one does not contain the memory of a"
              + " guest");
    }
    return facts.isOlderThan(Versions.SNAPSHOT_JOBS_SINCE)
            || read.stream().anyMatch(image -> image.showsMemory(name))
        ? Optional.empty()
        : Optional.of(
            "the image has a newer snapshot of this name, which does not contain the memory of a"
                + " guest");
  }

  /**
   * QEMU saves the memory in the disk that was attached first, and a new process looks for it in
   * the first disk of the definition.
   */
  private static Optional<Refusal> memoryInOtherDisk(Facts facts) {
    boolean isLoaded = facts.snapshot().memory().kind() == StorageLocation.Kind.INTERNAL;
    return isLoaded && facts.startsProcess()
        ? facts.target().disks().stream()
            .filter(facts.target()::isInternal)
            .findFirst()
            .filter(first -> lacksMemory(facts, first))
            .map(
                first ->
                    new Refusal(
                        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                        true,
                        "disk "
                            + LogEscaper.escape(first.target())
                            + " does not contain the memory of the snapshot, and this version of"
                            + " libvirt loads the memory only from the first disk",
                        "upgrade libvirt on the host, for example to 11.3, or revert to another"
                            + " snapshot"))
        : Optional.empty();
  }

  private static boolean lacksMemory(Facts facts, Disk disk) {
    return facts
        .domainFacts()
        .images()
        .readings()
        .qcow2(disk.image())
        .filter(image -> !image.loadsMemory(facts.target().name()))
        .isPresent();
  }

  private static boolean isMissing(Facts facts, String image) {
    return facts
        .domainFacts()
        .images()
        .readings()
        .loaded(facts.target(), image)
        .filter(loaded -> loaded.outcome() == LoadedSnapshot.Outcome.MISSING)
        .isPresent();
  }

  /** Returns the error of a revert if QEMU cannot load the snapshot. */
  private static ErrorNumber codeOfLoading(Facts facts) {
    boolean loadsByJob =
        facts.snapshot().hasMemory() && !facts.isOlderThan(Versions.SNAPSHOT_JOBS_SINCE);
    return loadsByJob ? ErrorNumber.VIR_ERR_OPERATION_FAILED : ErrorNumber.VIR_ERR_INTERNAL_ERROR;
  }

  private static Optional<Refusal> nameIsNoJobId(Facts facts) {
    boolean isLoaded = facts.snapshot().hasMemory() && !facts.snapshot().external();
    return isLoaded && !SnapshotNames.isJobId(facts.target().name())
        ? Optional.of(
            new Refusal(
                ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                true,
                "QEMU cannot load the memory of a snapshot whose name has characters other than"
                    + " letters, digits, \".\", \"_\" and \"-\"",
                "revert to a snapshot with another name"))
        : Optional.empty();
  }

  private static Optional<Refusal> chainTooLong(Facts facts) {
    return facts.hasTargetState(DomainState.SHUTOFF)
        ? Optional.empty()
        : facts.target().disks().stream()
            .filter(Disk::isWritable)
            .filter(disk -> overlaysAfter(facts, disk) > MAX_OVERLAYS)
            .findFirst()
            .map(
                disk ->
                    new Refusal(
                        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                        true,
                        "disk "
                            + LogEscaper.escape(disk.target())
                            + " would be on "
                            + overlaysAfter(facts, disk)
                            + " overlays, and this version of libvirt cannot start a guest with"
                            + " more than "
                            + MAX_OVERLAYS,
                        "merge overlays (virsh blockcommit DOMAIN DISK), or upgrade libvirt on the"
                            + " host, for example to 12.8"));
  }

  /** A revert to an external snapshot adds an overlay. */
  private static int overlaysAfter(Facts facts, Disk disk) {
    int now = facts.domainFacts().images().beneath(disk.image()).size();
    return facts.target().isExternal(disk) ? now + 1 : now;
  }

  private static Optional<Refusal> portInUse(Facts facts) {
    Map<String, String> listening = facts.domainFacts().listening();
    return facts.blockers().host().ports().stream()
        .filter(listening::containsKey)
        .findFirst()
        .map(
            port ->
                new Refusal(
                    ErrorNumber.VIR_ERR_INTERNAL_ERROR,
                    true,
                    "the guest of domain "
                        + LogEscaper.quote(requireNonNull(listening.get(port)))
                        + " listens on port "
                        + LogEscaper.escape(port),
                    SHUT_OFF_FIRST));
  }

  private static Optional<Refusal> unreadable(Facts facts) {
    return facts.domainFacts().unreadable().values().stream()
        .findFirst()
        .map(
            why ->
                new Refusal(
                    codeOfOpening(facts),
                    true,
                    "an image cannot be opened: " + why,
                    "restore the image file, or allow libvirt's user to read and write it"));
  }

  private static ErrorNumber codeOfOpening(Facts facts) {
    boolean opensFirst =
        facts.snapshot().hasMemory()
            && (!facts.isOlderThan(Versions.OPENS_FIRST_SINCE)
                || isUnreadableOnBackingImage(facts));
    return opensFirst ? ErrorNumber.VIR_ERR_SYSTEM_ERROR : ErrorNumber.VIR_ERR_INTERNAL_ERROR;
  }

  /** Each libvirt opens the images of such a disk, to complete the list of its backing images. */
  private static boolean isUnreadableOnBackingImage(Facts facts) {
    Set<String> unreadable = facts.domainFacts().unreadable().keySet();
    return facts.target().disks().stream()
        .anyMatch(disk -> !disk.beneath().isEmpty() && unreadable.contains(disk.image()));
  }

  private static boolean loadsAddedCpu(Facts facts) {
    return facts.snapshot().memory().kind() == StorageLocation.Kind.INTERNAL
        && facts.startsProcess()
        && facts.target().domain().filter(HotpluggedCpu::isIn).isPresent();
  }

  private static int knownFlags(Facts facts) {
    return facts.isOlderThan(Versions.RESET_NVRAM_SINCE)
        ? ALL_FLAGS & ~RevertFlag.RESET_NVRAM.value()
        : ALL_FLAGS;
  }
}
