package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.Qcow2Snapshot;
import io.github.libvirtsnapshot.images.SampleQcow2;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.HostRequirements;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QemuSafetyTest {
  private static final String BASE = disk("vda", "/i");
  private static final String OVERLAY = disk("vda", "/o");
  private static final String RAW_DISK = disk("vda", "/i").replace("qcow2", "raw");

  private static PlanningContextBuilder internal() {
    return new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE);
  }

  /** Returns a domain of which only an external safety snapshot is possible. */
  private static PlanningContextBuilder external() {
    return new PlanningContextBuilder()
        .external("before-update", "/o", RAW_DISK)
        .disks(disk("vda", "/o").replace("qcow2", "raw"));
  }

  private static void assertKind(
      SafetySnapshotOption.Kind kind, PlanningContextBuilder context, String target) {
    SafetySnapshotOption safety = QemuSafety.of(context.revertingTo(target));
    assertEquals(Optional.of(kind), safety.kind(), safety::obstacle);
    assertEquals("", safety.obstacle());
  }

  private static void assertNone(String obstacle, PlanningContextBuilder context, String target) {
    SafetySnapshotOption safety = QemuSafety.of(context.revertingTo(target));
    assertEquals(Optional.empty(), safety.kind());
    assertTrue(safety.obstacle().contains(obstacle), safety::obstacle);
  }

  @Test
  void internalSnapshotIsPreferred() {
    assertKind(SafetySnapshotOption.Kind.INTERNAL, internal(), "clean-install");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL, internal().onLibvirt(9_000_000), "clean-install");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        internal().isTransient().in(StateReason.RUNNING_BOOTED),
        "clean-install");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        new PlanningContextBuilder().external("before-update", "/o", BASE).disks(OVERLAY),
        "before-update");
  }

  /** The revert puts the omitted disk on a new overlay, and keeps its image as it is. */
  @Test
  void externalSnapshot_targetOmitsDisk() {
    String data = disk("vdb", "/b").replace("qcow2", "raw");
    assertKind(
        SafetySnapshotOption.Kind.EXTERNAL,
        new PlanningContextBuilder()
            .snapshot(
                "before-update",
                "shutoff",
                "<disk name='vda' snapshot='external'><source file='/o'/></disk>"
                    + "<disk name='vdb' snapshot='no'/>",
                "<devices>" + RAW_DISK + data + "</devices>")
            .disks(OVERLAY, data),
        "before-update");
  }

  /** A safety snapshot of the running guest does not include the detached disk. */
  @Test
  void noSafetySnapshot_runningGuestLacksDiskThatRevertWritesTo() {
    assertNone(
        "writes to an image that the domain does not use now",
        internal().active("<devices/>").in(StateReason.RUNNING_BOOTED),
        "clean-install");
  }

  @Test
  void externalSnapshot_ifInternalIsImpossible() {
    assertKind(SafetySnapshotOption.Kind.EXTERNAL, external(), "before-update");
    assertNone(
        "cannot revert to external snapshots", external().onLibvirt(9_000_000), "before-update");
    assertNone("requires a persistent domain", external().isTransient(), "before-update");
  }

  @Test
  void noSafetySnapshot_externalRevertLeftGuestPaused() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", BASE)
            .disks(OVERLAY)
            .in(StateReason.PAUSED_FROM_SNAPSHOT);
    for (String current : Arrays.asList("before-update", null)) {
      context.current(current);
      assertNone(
          "an external revert left the guest paused",
          context.onLibvirt(11_003_000),
          "before-update");
      assertKind(
          SafetySnapshotOption.Kind.INTERNAL, context.onLibvirt(12_008_000), "before-update");
    }
  }

  @Test
  void noExternalSnapshot_guestIsPausedAndSnapshotCannotBeMerged() {
    PlanningContextBuilder paused = external().in(StateReason.PAUSED_USER);
    assertNone("merges no external snapshot", paused.onLibvirt(11_003_000), "before-update");
    assertKind(SafetySnapshotOption.Kind.EXTERNAL, paused.onLibvirt(12_008_000), "before-update");
  }

  private static PlanningContextBuilder running(String elements, String devices) {
    return internal()
        .active(elements + "<devices>" + BASE + devices + "</devices>")
        .in(StateReason.RUNNING_BOOTED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "shared memory of the role \"peer\" | <shmem name='m'/>",
        "shared memory of the role \"peer\" | <shmem name='m' role='peer'/>",
        "the model \"ivshmem-doorbell\" | <shmem name='m' role='master'>"
            + "<model type='ivshmem-doorbell'/></shmem>",
        "a vhost-scsi host device | <hostdev type='scsi_host'/>",
      })
  void noSafetySnapshot_memoryOfGuestWithDeviceCannotBeSaved(String device, String xml) {
    assertNone(device, running("", xml), "clean-install");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        running("", xml).in(StateReason.SHUTOFF_SAVED),
        "clean-install");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "encrypted by SEV | <launchSecurity type='sev'/>",
        "encrypted by SEV | <launchSecurity type='sev-snp'/>",
        "\"invtsc\" | <cpu><feature name='invtsc' policy='require'/></cpu>",
        "\"invtsc\" | <cpu><feature name='invtsc' policy='force'/></cpu>"
            + "<clock><timer name='tsc'/></clock>",
      })
  void noSafetySnapshot_memoryOfGuestWithElementCannotBeSaved(String element, String xml) {
    assertNone(element, running(xml, ""), "clean-install");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<devices><shmem name='m' role='master'/></devices>",
        "<devices><filesystem type='mount'><driver type='path'/></filesystem></devices>",
        "<devices><hostdev type='usb'/></devices>",
        "<devices><hostdev type='pci'/></devices>",
        "<cpu><feature name='invtsc' policy='disable'/></cpu>",
        "<cpu><feature name='invtsc' policy='require'/></cpu>"
            + "<clock><timer name='tsc' frequency='2000000000'/></clock>",
      })
  void internalSnapshot_memoryOfGuestCanOrMayBeSaved(String xml) {
    assertKind(SafetySnapshotOption.Kind.INTERNAL, running(xml, ""), "clean-install");
  }

  @Test
  void internalSnapshot_newerQemuMaySaveMemoryOfGuestWithVirtiofs() {
    PlanningContextBuilder context =
        running("", "<filesystem type='mount'><driver type='virtiofs'/></filesystem>");
    assertNone("a virtiofs folder", context.onLibvirt(9_000_000), "clean-install");
    assertKind(SafetySnapshotOption.Kind.INTERNAL, context.onLibvirt(11_003_000), "clean-install");
  }

  @Test
  void noInternalSnapshot_firstDiskWasAttachedToRunningGuest() {
    String vdb = disk("vdb", "/data.qcow2");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", vdb)
            .disks(vdb)
            .active("<devices>" + BASE + vdb + "</devices>")
            .in(StateReason.RUNNING_BOOTED);
    assertNone("if that disk was attached", context.onLibvirt(9_000_000), "clean-install");
    assertKind(SafetySnapshotOption.Kind.INTERNAL, context.onLibvirt(11_003_000), "clean-install");
    String vdc = disk("vdc", "/more.qcow2");
    context.active("<devices>" + vdb + vdc + "</devices>");
    assertKind(SafetySnapshotOption.Kind.INTERNAL, context.onLibvirt(9_000_000), "clean-install");
    PlanningContextBuilder alone =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .disks(disk("vdb", "/i"))
            .active("<devices>" + BASE + "</devices>")
            .in(StateReason.RUNNING_BOOTED);
    assertKind(SafetySnapshotOption.Kind.INTERNAL, alone.onLibvirt(9_000_000), "clean-install");
  }

  @Test
  void internalSnapshot_internalRevertLeftGuestPaused() {
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        internal()
            .current("clean-install")
            .in(StateReason.PAUSED_FROM_SNAPSHOT)
            .onLibvirt(11_003_000),
        "clean-install");
  }

  /** An image with two snapshots gives the ID 3 to the next one. */
  @Test
  void noInternalSnapshot_itsIdWouldBeTheNameOfTheTarget() {
    for (String name : List.of("2", "3", "4")) {
      PlanningContextBuilder context =
          new PlanningContextBuilder().internal(name, BASE).disks(BASE);
      assertNone("could be the ID of the safety snapshot", context, name);
      context.read(
          "/i", SampleQcow2.reading(SampleQcow2.image(List.of(id("1"), id("2")), List.of())));
      if (name.equals("3")) {
        assertNone("could be the ID of the safety snapshot", context, name);
      } else {
        String obstacle = QemuSafety.of(context.revertingTo(name)).obstacle();
        assertFalse(obstacle.contains("could be the ID"), obstacle);
      }
    }
  }

  /** QEMU would load the safety snapshot for that snapshot until the safety snapshot is deleted. */
  @Test
  void noInternalSnapshot_itsIdWouldBeTheNameOfAnotherSnapshot() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .internal("3", BASE)
            .disks(BASE);
    assertNone("could be the ID of the safety snapshot", context, "clean-install");
    context.read(
        "/i", SampleQcow2.reading(SampleQcow2.image(List.of(id("1"), id("2")), List.of())));
    assertNone("could be the ID of the safety snapshot", context, "clean-install");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .internal("1700000000", BASE)
            .internal("03", BASE)
            .disks(BASE),
        "clean-install");
  }

  private static Qcow2Snapshot id(String id) {
    return new Qcow2Snapshot(id, "s" + id, Instant.EPOCH, Duration.ZERO, 0, OptionalLong.empty());
  }

  @Test
  void noExternalSafetySnapshot_diskIsShareable() {
    String shared = disk("vdb", "/shared", "<shareable/>").replace("qcow2", "raw");
    String overlay = disk("vda", "/o").replace("qcow2", "raw");
    PlanningContextBuilder context =
        new PlanningContextBuilder().external("before-update", "/o", RAW_DISK);
    assertKind(SafetySnapshotOption.Kind.EXTERNAL, context.disks(overlay), "before-update");
    assertNone("disk vdb is shareable", context.disks(overlay, shared), "before-update");
  }

  @Test
  void noExternalSafetySnapshot_managedSaveNeedsPresentImages() {
    PlanningContextBuilder saved = external().withManagedSave();
    assertNone("the domain has a managed save image", saved, "before-update");
    assertKind(
        SafetySnapshotOption.Kind.EXTERNAL, saved.in(StateReason.RUNNING_BOOTED), "before-update");
  }

  @Test
  void noSafetySnapshot_imageIsCorrupt() {
    assertNone(
        "marked an image of a disk as corrupt",
        internal().read("/i", SampleQcow2.reading(SampleQcow2.corrupt())),
        "clean-install");
  }

  @Test
  void noSafetySnapshot_imageOrBackingImageIsGone() {
    String overlay = disk("vda", "/i", "<backingStore><source file='/golden'/></backingStore>");
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", overlay).disks(overlay);
    assertKind(SafetySnapshotOption.Kind.INTERNAL, context, "clean-install");
    assertNone("does not exist", context.gone("/golden"), "clean-install");
    assertNone("does not exist", internal().gone("/i"), "clean-install");
  }

  @Test
  void noSafetySnapshot_snapshotsUnreadable() {
    assertNone("could not be read", internal().withUnreadableSnapshots(), "clean-install");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "PAUSED_IOERROR",
        "PAUSED_CRASHED",
        "PAUSED_MIGRATION",
        "PAUSED_SAVE",
        "PAUSED_STARTING_UP",
        "CRASHED_PANICKED",
        "PMSUSPENDED_UNKNOWN"
      })
  void noSafetySnapshot_stateNotRestorable(StateReason reason) {
    assertNone(
        "no snapshot can restore the present state of the guest",
        internal().in(reason),
        "clean-install");
  }

  @ParameterizedTest
  @EnumSource(names = {"RUNNING_BOOTED", "PAUSED_USER", "PAUSED_FROM_SNAPSHOT", "SHUTOFF_FAILED"})
  void safetySnapshot_forEachRestorableState(StateReason reason) {
    assertKind(SafetySnapshotOption.Kind.INTERNAL, internal().in(reason), "clean-install");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<disk type='file'><driver type='qcow2'/><source file='/i'><encryption format='luks'/>"
            + "</source><target dev='vda'/></disk>",
        "<disk type='file'><driver type='qcow2'/><source file='/i'/><encryption/>"
            + "<target dev='vda'/></disk>",
      })
  void noSafetySnapshot_encryptedImage(String disk) {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", BASE).disks(disk);
    assertNone("is encrypted", context, "clean-install");
    assertNone("is encrypted", context.in(StateReason.RUNNING_BOOTED), "clean-install");
  }

  @Test
  void safetySnapshot_ofActiveGuestWithEncryptedImage_isExternal() {
    String encrypted =
        "<disk type='file'><driver type='qcow2'/><source file='/i'><encryption format='luks'/>"
            + "</source><target dev='vda'/></disk>";
    // The definition of an active guest states the encryption of backing images.
    String overlay =
        "<disk type='file'><driver type='qcow2'/><source file='/o'/><backingStore type='file'>"
            + "<source file='/i'><encryption format='luks'/></source><backingStore/></backingStore>"
            + "<target dev='vda'/></disk>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", encrypted)
            .disks(overlay)
            .in(StateReason.RUNNING_BOOTED);
    assertKind(SafetySnapshotOption.Kind.EXTERNAL, context, "before-update");
  }

  @Test
  void noSafetySnapshot_encryptedBackingImageOfSnapshot() {
    String encrypted =
        "<disk type='file'><driver type='qcow2'/><source file='/i'><encryption format='luks'/>"
            + "</source><target dev='vda'/></disk>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", encrypted)
            .disks(disk("vda", "/o"));
    assertNone("is encrypted", context, "before-update");
  }

  @Test
  void noSafetySnapshot_hostCannotStartThePresentGuestAgain() {
    HostRequirements needs =
        new HostRequirements(
            Optional.empty(), Optional.of("Secret not found"), Set.of(), List.of());
    assertNone(
        "the host cannot start the present guest again: Secret not found; provide the missing"
            + " resource on the host, or revert without a safety snapshot",
        internal().needing(needs),
        "clean-install");
  }

  @Test
  void noSafetySnapshot_unknownElement() {
    assertNone(
        "has an element of which this release does not know",
        internal().domain("<devices>" + BASE + "<teleporter/></devices>"),
        "clean-install");
  }

  @Test
  void noSafetySnapshot_tpmOfGuestThatIsShutOff() {
    PlanningContextBuilder context =
        internal().domain("<devices>" + BASE + "<tpm><backend type='emulator'/></tpm></devices>");
    assertNone("the undo would not restore TPM", context, "clean-install");
    assertNone("has a TPM", context.flags(1), "clean-install");
    context.flags(0);
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        context.in(StateReason.RUNNING_BOOTED),
        "clean-install");
  }

  @Test
  void noSafetySnapshot_cpuWasAddedToRunningGuest() {
    String cpus =
        "<vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/>"
            + "<vcpu id='1' enabled='%s' hotpluggable='yes'/></vcpus><devices>"
            + BASE
            + "</devices>";
    PlanningContextBuilder context =
        internal().in(StateReason.RUNNING_BOOTED).domain(cpus.formatted("yes"));
    assertNone("virtual CPU was added", context.onLibvirt(9_000_000), "clean-install");
    assertNone("virtual CPU was added", context.onLibvirt(11_003_000), "clean-install");
    assertNone(
        "virtual CPU was added",
        context.domain(cpus.formatted("yes").replace(" hotpluggable='yes'", "")),
        "clean-install");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL, context.domain(cpus.formatted("no")), "clean-install");
  }

  @Test
  void noSafetySnapshot_transientDiskOfRunningGuest() {
    PlanningContextBuilder context = internal().disks(BASE, disk("vdb", "/b", "<transient/>"));
    assertNone("a transient disk", context.in(StateReason.RUNNING_BOOTED), "clean-install");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL, context.in(StateReason.SHUTOFF_SAVED), "clean-install");
  }

  @Test
  void internalSnapshot_volumeOfStoragePool() {
    String volume =
        "<disk type='volume'><driver type='qcow2'/><source pool='p' volume='v'/>"
            + "<target dev='vdb'/></disk>";
    assertKind(SafetySnapshotOption.Kind.INTERNAL, internal().disks(BASE, volume), "clean-install");
  }

  @Test
  void noSafetySnapshot_checkpoints() {
    PlanningContextBuilder running = internal().in(StateReason.RUNNING_BOOTED);
    assertNone("has checkpoints", running.checkpointIn("/i"), "clean-install");
  }

  @Test
  void internalSnapshot_checkpointOfAnotherImage() {
    PlanningContextBuilder running = internal().in(StateReason.RUNNING_BOOTED);
    assertKind(SafetySnapshotOption.Kind.INTERNAL, running.checkpointIn("/x"), "clean-install");
  }

  @Test
  void noSafetySnapshot_checkpointOfDomainThatIsShutOff() {
    assertNone(
        "has checkpoints, and libvirt takes no snapshot",
        internal().in(StateReason.SHUTOFF_SAVED).checkpointIn("/x"),
        "clean-install");
  }

  @Test
  void noSafetySnapshot_revertWritesToBackingImage() {
    assertNone(
        "a safety snapshot would not include that image",
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .external("after-update", "/o", BASE)
            .disks(OVERLAY),
        "clean-install");
  }

  @Test
  void noSafetySnapshot_revertWritesToRemovedDisk() {
    assertNone(
        "a safety snapshot would not include that image",
        new PlanningContextBuilder()
            .snapshot(
                "clean-install",
                "shutoff",
                "<disk name='vda' snapshot='internal'/><disk name='vdb' snapshot='internal'/>",
                "<devices>" + BASE + disk("vdb", "/b") + "</devices>")
            .disks(BASE),
        "clean-install");
  }

  @Test
  void noSafetySnapshot_revertWritesToNvramThatTheDomainNoLongerUses() {
    String then = "<os><nvram>/nvram/web01.fd</nvram></os>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("m", "running", "", then, "<memory snapshot='external' file='/m'/>")
            .in(StateReason.RUNNING_BOOTED);

    assertKind(SafetySnapshotOption.Kind.EXTERNAL, context.domain(then), "m");
    assertNone(
        "the revert writes to an NVRAM that the domain does not use now",
        context.domain(then.replace("web01", "new")),
        "m");
  }

  /** The stored definition is that of the next start. */
  @Test
  void noSafetySnapshot_revertWritesToNvramThatTheRunningGuestLacks() {
    String then = "<os><nvram>/nvram/web01.fd</nvram></os>";
    assertNone(
        "the revert writes to an NVRAM that the domain does not use now",
        new PlanningContextBuilder()
            .snapshot("m", "running", "", then, "<memory snapshot='external' file='/m'/>")
            .in(StateReason.RUNNING_BOOTED)
            .domain(then)
            .active(then.replace("web01", "new")),
        "m");
  }

  @Test
  void noSafetySnapshot_revertReplacesTpmThatTheRunningGuestLacks() {
    String then =
        "<devices>" + BASE + "<tpm><backend type='emulator' version='2.0'/></tpm></devices>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "s",
                "running",
                "<disk name='vda' snapshot='internal'/>",
                then,
                "<memory snapshot='internal'/>")
            .in(StateReason.RUNNING_BOOTED)
            .domain(then);
    assertKind(SafetySnapshotOption.Kind.INTERNAL, context, "s");
    assertNone(
        "the revert replaces the state of a TPM",
        context.active("<devices>" + BASE + "</devices>"),
        "s");
  }

  @Test
  void noSafetySnapshot_libvirtWouldForgetOverlays() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "before-update",
                "shutoff",
                "<disk name='vda' snapshot='external'><source file='/o'/></disk>",
                "<devices>" + BASE + "</devices>",
                "<revertDisks><disk name='vda' snapshot='external'><source file='/r'/></disk>"
                    + "</revertDisks>")
            .external("after-update", "/p", OVERLAY)
            .current("before-update")
            .disks(disk("vda", "/r"));
    assertNone("libvirt would no longer know the overlay files", context, "after-update");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<disk type='file'><driver type='raw'/><source file='/b'/><target dev='vdb'/></disk>"
            + " | each disk is a qcow2 image: the format of disk vdb is raw",
        "<disk type='network'><driver type='qcow2'/><source protocol='nbd'/><target dev='vdb'/></disk>"
            + " | each disk is a qcow2 image: the type of disk vdb is network",
        "<disk type='file' device='floppy'><driver type='qcow2'/><source file='/b'/>"
            + "<target dev='fda'/></disk> | each disk is a qcow2 image: disk fda is a floppy",
        "<disk type='file' snapshot='no'><driver type='qcow2'/><source file='/b'/>"
            + "<target dev='vdb'/></disk> | the definition of disk vdb has snapshot='no'",
      })
  void noInternalSnapshot_unsupportedDisk(String disk, String reason) {
    assertNone(
        reason,
        new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE, disk),
        "clean-install");
  }

  @Test
  void readOnlyDiskIsIgnored() {
    PlanningContextBuilder context = new PlanningContextBuilder().internal("clean-install", BASE);
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        context.disks(BASE, RAW_DISK.replace("vda", "vdb").replace("/>", "/><readonly/>")),
        "clean-install");
  }

  @ParameterizedTest
  @CsvSource({
    "raw,   11003000, the NVRAM unless the NVRAM is a qcow2 image",
    "qcow2, 9000000,  cannot take internal snapshots of guests with UEFI",
    "qcow2, 11003000, ",
  })
  void nvramMustBeIncluded(String format, long version, String obstacle) {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .domain(
                "<os><nvram format='" + format + "'>/n</nvram></os><devices>" + BASE + "</devices>")
            .onLibvirt(version);
    if (obstacle == null) {
      assertKind(SafetySnapshotOption.Kind.INTERNAL, context, "clean-install");
    } else {
      assertNone(obstacle, context, "clean-install");
    }
  }

  @Test
  void internalSnapshot_imageOfNvramIsRead() {
    ImageReading nvram = SampleQcow2.reading(SampleQcow2.image(List.of(), List.of()));
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .domain("<os><nvram format='qcow2'>/n</nvram></os><devices>" + BASE + "</devices>")
            .onLibvirt(11_003_000)
            .read("/n", nvram),
        "clean-install");
  }

  @Test
  void noInternalSnapshot_nvramIsReset() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .domain("<os><nvram format='qcow2'/></os><devices>" + BASE + "</devices>")
            .flags(9);
    assertNone(
        "replaces the NVRAM and thereby deletes an internal snapshot from it",
        context,
        "clean-install");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        context.in(StateReason.RUNNING_BOOTED),
        "clean-install");
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        context.in(StateReason.SHUTOFF_SAVED).flags(8),
        "clean-install");
  }

  @Test
  void externalSnapshotIncludesNvramOfRunningGuestOnly() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", BASE)
            .domain("<os firmware='efi'/><devices>" + OVERLAY + "</devices>");
    assertKind(
        SafetySnapshotOption.Kind.EXTERNAL,
        context.in(StateReason.RUNNING_BOOTED),
        "before-update");
    assertNone(
        "the memory of a running guest", context.in(StateReason.PAUSED_USER), "before-update");
    assertNone(
        "the memory of a running guest", context.in(StateReason.SHUTOFF_SAVED), "before-update");
  }

  @Test
  void noInternalSnapshot_backingImageCanBeRewritten() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .external("after-update", "/o", BASE)
            .external("before-upgrade", "/p", OVERLAY)
            .disks(disk("vda", "/p"));
    assertNone("would change the backing image of the safety snapshot", context, "before-upgrade");
  }

  @Test
  void noExternalSnapshot_revertWritesToImage() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .disks(BASE, RAW_DISK.replace("vda", "vdb").replace("/i", "/b"));
    assertNone("would change an external snapshot of that image", context, "clean-install");
  }

  @Test
  void noExternalSnapshot_mediumInDrive() {
    String drive =
        RAW_DISK.replace("'disk'", "'cdrom'").replace("vda", "hdc").replace("/i", "/iso");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", RAW_DISK)
            .disks(RAW_DISK.replace("/i", "/o"), drive);
    assertNone("no drive contains a medium", context, "before-update");
  }

  @Test
  void noExternalSnapshot_overlayNamesCollide() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", RAW_DISK)
            .disks(
                RAW_DISK.replace("/i", "/o.img"),
                RAW_DISK.replace("/i", "/o.raw").replace("vda", "vdb"));
    assertNone("would have the same name", context, "before-update");
  }

  @Test
  void noExternalSnapshot_mergeUnsupported() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", RAW_DISK)
            .internal("before-tests", OVERLAY)
            .disks(OVERLAY, RAW_DISK.replace("/i", "/b").replace("vda", "vdb"));
    assertNone("cannot merge an external snapshot", context, "before-update");
  }

  /** The undo could not tell what the present image is based on. */
  @Test
  void noSafetySnapshot_undoWouldNotKnowBackingImage() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .internal("after-tests", OVERLAY)
            .disks(OVERLAY);
    assertNone("the undo would not restore disk vda: at risk", context, "after-tests");
    context.read("/o", reading(Optional.of("/j"))).read("/j", reading(Optional.empty()));
    assertKind(SafetySnapshotOption.Kind.INTERNAL, context, "after-tests");
  }

  private static ImageReading reading(Optional<String> backing) {
    return new ImageReading(
        Optional.of(Instant.EPOCH), Optional.empty(), Optional.empty(), backing, Optional.empty());
  }

  @Test
  void noSafetySnapshot_backingImageWrittenByOtherDomain() {
    String clone = disk("vda", "/c", LossesTest.backedBy("/golden"));
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", clone).disks(clone);
    assertKind(SafetySnapshotOption.Kind.INTERNAL, context, "clean-install");
    assertNone(
        "domain \"golden\" writes to \"/golden\"",
        context.other("golden", false, disk("vda", "/golden")),
        "clean-install");
  }

  /** Neither kind of safety snapshot is possible, for the same reason. */
  @Test
  void noSafetySnapshot_sameObstacleForBothKinds_isNamedOnce() {
    String clone = disk("vda", "/c", LossesTest.backedBy("/golden"));
    Facts facts =
        new PlanningContextBuilder()
            .external("before-update", "/e", clone)
            .disks(disk("vda", "/o", LossesTest.backedBy("/golden")))
            .other("golden", true, disk("vda", "/golden"))
            .revertingTo("before-update");
    assertEquals(
        "the undo would not restore disk vda: at risk: domain \"golden\" writes to \"/golden\"",
        QemuSafety.of(facts).obstacle());
  }

  /** The plan of the undo contains a safety snapshot with a name of its own. */
  @Test
  void safetySnapshot_nameOfSnapshotDoesNotMatter() {
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        new PlanningContextBuilder().internal("before-revert", BASE).disks(BASE),
        "before-revert");
  }

  /** The clock of this program is behind the clock of the host. */
  @Test
  void safetySnapshot_imageModifiedInTheFuture() {
    Instant later = Instant.now().plusSeconds(3_600);
    ImageReading reading =
        new ImageReading(
            Optional.of(later),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    String clone = disk("vda", "/c", LossesTest.backedBy("/golden"));
    assertKind(
        SafetySnapshotOption.Kind.INTERNAL,
        new PlanningContextBuilder()
            .internal("clean-install", clone)
            .disks(clone)
            .read("/golden", reading),
        "clean-install");
  }
}
