package io.github.libvirtsnapshot.plan.rules;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.Qcow2Bitmap;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.images.Qcow2Snapshot;
import io.github.libvirtsnapshot.images.SampleQcow2;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Blockers;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the rules that depend on facts which the table of measured reverts does not vary. */
class QemuRulesTest {
  private static final long V9 = 9_000_000;
  private static final long V11 = 11_003_000;
  private static final long V12 = 12_008_000;
  private static final String IMAGE = disk("vda", "/i.qcow2");
  private static final String INTERNAL = "<disk name='vda' snapshot='internal'/>";

  private static Optional<Refusal> refusal(PlanningContextBuilder context, String target) {
    return DriverRules.of("QEMU").predict(context.revertingTo(target)).refusal();
  }

  private static void assertFails(ErrorNumber code, PlanningContextBuilder context, String target) {
    Refusal refusal = refusal(context, target).orElseThrow();
    assertEquals(code, refusal.code());
    assertTrue(refusal.guestStopped());
  }

  private static void assertSucceeds(PlanningContextBuilder context, String target) {
    assertEquals(Optional.empty(), refusal(context, target));
  }

  private static PlanningContextBuilder withMemory() {
    return new PlanningContextBuilder()
        .snapshot("clean-install", "running", INTERNAL, "<devices>" + IMAGE + "</devices>")
        .disks(IMAGE);
  }

  @Test
  void externalSnapshot_diskOutsideFile_isRefused() {
    String network = "<disk type='network'><source name='x'/><target dev='vdb'/></disk>";
    Refusal refusal =
        refusal(
                new PlanningContextBuilder()
                    .external("before-update", "/o", IMAGE, network)
                    .disks(IMAGE),
                "before-update")
            .orElseThrow();
    assertEquals(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, refusal.code());
    assertFalse(refusal.guestStopped());
    assertSucceeds(
        new PlanningContextBuilder().internal("clean-install", IMAGE, network).disks(IMAGE),
        "clean-install");
  }

  @Test
  void internalSnapshot_checkpointInImage_fails() {
    assertFails(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        withMemory().checkpointIn("/i.qcow2").onLibvirt(V9),
        "clean-install");
    assertFails(
        ErrorNumber.VIR_ERR_OPERATION_FAILED,
        withMemory().checkpointIn("/i.qcow2").onLibvirt(V11),
        "clean-install");
    assertFails(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        new PlanningContextBuilder()
            .internal("clean-install", IMAGE)
            .disks(IMAGE)
            .checkpointIn("/i.qcow2")
            .onLibvirt(V12),
        "clean-install");
    assertSucceeds(withMemory().checkpointIn("/other"), "clean-install");
    assertSucceeds(
        new PlanningContextBuilder()
            .external("before-update", "/o", IMAGE)
            .disks(IMAGE)
            .checkpointIn("/i.qcow2"),
        "before-update");
  }

  @ParameterizedTest
  @CsvSource({"'', true", "mandatory, true", "optional, false", "requisite, false"})
  void medium_goneFromPool_preventsStartIfRequired(String policy, boolean fails) {
    String drive =
        "<disk type='file' device='cdrom'><source file='/tools.iso' startupPolicy='"
            + policy
            + "'/><target dev='hdc'/></disk>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "clean-install", "shutoff", INTERNAL, "<devices>" + IMAGE + drive + "</devices>")
            .disks(IMAGE)
            .gone("/tools.iso");
    assertSucceeds(context, "clean-install");
    context.flags(RevertFlag.RUNNING.value());
    if (fails) {
      assertFails(ErrorNumber.VIR_ERR_SYSTEM_ERROR, context, "clean-install");
    } else {
      assertSucceeds(context, "clean-install");
    }
  }

  private static ImageReading qcow2(String backing, Qcow2Image image) {
    return new ImageReading(
        Optional.empty(),
        Optional.empty(),
        Optional.of(image.virtualSize()),
        Optional.of(backing).filter(name -> !name.isEmpty()),
        Optional.of(image));
  }

  private static Qcow2Image image(List<Qcow2Snapshot> snapshots, String... bitmaps) {
    return SampleQcow2.image(
        snapshots, Arrays.stream(bitmaps).map(name -> new Qcow2Bitmap(name, false, true)).toList());
  }

  private static List<Qcow2Snapshot> stored(String name) {
    return List.of(
        new Qcow2Snapshot("1", name, Instant.EPOCH, Duration.ZERO, 4096, OptionalLong.of(1 << 26)));
  }

  @Test
  void internalSnapshot_bitmapInImage_fails() {
    PlanningContextBuilder context =
        withMemory()
            .onLibvirt(V9)
            .read("/i.qcow2", qcow2("", image(stored("clean-install"), "nightly")));
    Refusal refusal = refusal(context, "clean-install").orElseThrow();
    assertEquals(
        "\"/i.qcow2\" contains the bitmap \"nightly\", and QEMU cannot revert internal snapshots in"
            + " images with bitmaps",
        refusal.reason());
    assertEquals(
        "delete the checkpoint: virsh checkpoint-delete DOMAIN CHECKPOINT --metadata, if there is"
            + " one; then remove the bitmap: qemu-img bitmap --remove /i.qcow2 nightly",
        refusal.wayOut());
  }

  @Test
  void newerSnapshotOfSameNameWithoutMemory_failsWhereLibvirtLooksForTheMemory() {
    List<Qcow2Snapshot> both =
        List.of(
            stored("clean-install").get(0),
            new Qcow2Snapshot(
                "2", "clean-install", Instant.EPOCH, Duration.ZERO, 0, OptionalLong.of(1 << 26)));
    assertSucceeds(
        withMemory().onLibvirt(V9).read("/i.qcow2", qcow2("", image(both))), "clean-install");
    assertEquals(
        "the image has a newer snapshot of this name, which does not contain the memory of a guest",
        refusal(
                withMemory().onLibvirt(V11).read("/i.qcow2", qcow2("", image(both))),
                "clean-install")
            .orElseThrow()
            .reason());
  }

  /** libvirt prepares the start before QEMU loads the snapshot. */
  @Test
  void hostLacksResourceAndBitmapInImage_failsBecauseOfTheHost() {
    Refusal missing =
        new Refusal(ErrorNumber.VIR_ERR_SYSTEM_ERROR, true, "the host lacks the emulator", "");
    PlanningContextBuilder context =
        withMemory()
            .onLibvirt(V9)
            .read("/i.qcow2", qcow2("", image(stored("clean-install"), "nightly")))
            .needing(
                new HostRequirements(Optional.of(missing), Optional.empty(), Set.of(), List.of()));
    assertEquals(Optional.of(missing), refusal(context, "clean-install"));
  }

  @Test
  void internalSnapshot_goneFromImageOfNvram_fails() {
    String nvram = "<os><nvram format='qcow2'>/nvram.qcow2</nvram></os>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("off", "shutoff", "", nvram)
            .snapshot("on", "running", "", nvram, "<memory snapshot='internal'/>")
            .onLibvirt(V11)
            .read("/nvram.qcow2", qcow2("", image(stored("other"))));
    assertEquals(
        "\"/nvram.qcow2\" no longer contains the snapshot",
        refusal(context, "off").orElseThrow().reason());
    assertEquals(Optional.empty(), refusal(context, "on"));
  }

  @Test
  void bitmapInVolume_imageIsNotInTheCommand() {
    String volume =
        "<disk type='volume'><driver type='qcow2'/><source pool='p' volume='v'/>"
            + "<target dev='vda'/></disk>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", volume)
            .disks(volume)
            .read("p/v", qcow2("", image(stored("clean-install"), "nightly")));
    String wayOut = refusal(context, "clean-install").orElseThrow().wayOut();
    assertTrue(wayOut.endsWith("--remove IMAGE nightly"), wayOut);
  }

  /** The names of bitmaps are written by the owner of the image. */
  @Test
  void bitmapWithBlank_isQuotedInTheCommand() {
    PlanningContextBuilder context =
        withMemory()
            .onLibvirt(V9)
            .read("/i.qcow2", qcow2("", image(stored("clean-install"), "$(reboot) 1")));
    String wayOut = refusal(context, "clean-install").orElseThrow().wayOut();
    assertTrue(wayOut.endsWith("--remove /i.qcow2 '$(reboot) 1'"), wayOut);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-x", "", "\n", "back\\slash"})
  void bitmapWithUnusualName_isNotInTheCommand(String name) {
    PlanningContextBuilder context =
        withMemory()
            .onLibvirt(V9)
            .read("/i.qcow2", qcow2("", image(stored("clean-install"), name)));
    String wayOut = refusal(context, "clean-install").orElseThrow().wayOut();
    assertTrue(wayOut.endsWith("--remove /i.qcow2 BITMAP"), wayOut);
  }

  /** The bitmap of a checkpoint is lost if the guest is killed. */
  @Test
  void internalSnapshot_checkpointWithoutBitmap_succeeds() {
    PlanningContextBuilder context =
        withMemory()
            .onLibvirt(V9)
            .read("/i.qcow2", qcow2("", image(stored("clean-install"))))
            .checkpointIn("/i.qcow2");
    assertSucceeds(context, "clean-install");
    assertFails(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        context.in(StateReason.RUNNING_BOOTED),
        "clean-install");
  }

  @Test
  void internalSnapshot_goneFromImage_fails() {
    PlanningContextBuilder context =
        withMemory().onLibvirt(V9).read("/i.qcow2", qcow2("", image(stored("other"))));
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context, "clean-install");
    assertSucceeds(
        context.read("/i.qcow2", qcow2("", image(stored("clean-install")))), "clean-install");
  }

  @Test
  void internalSnapshot_qemuWouldLoadSnapshotWithoutMemory_fails() {
    Qcow2Snapshot withoutMemory =
        new Qcow2Snapshot(
            "clean-install", "clean", Instant.EPOCH, Duration.ZERO, 0, OptionalLong.empty());
    List<Qcow2Snapshot> snapshots =
        Stream.concat(stored("clean-install").stream(), Stream.of(withoutMemory)).toList();
    PlanningContextBuilder context =
        withMemory().onLibvirt(V9).read("/i.qcow2", qcow2("", image(snapshots)));
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context, "clean-install");
  }

  @Test
  void memoryInAnotherDiskThanTheFirst_failsBeforeJobs() {
    String vdb = disk("vdb", "/data.qcow2");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "clean-install",
                "running",
                INTERNAL + "<disk name='vdb' snapshot='internal'/>",
                "<devices>" + IMAGE + vdb + "</devices>",
                "<memory snapshot='internal'/>")
            .disks(IMAGE, vdb)
            .read("/i.qcow2", qcow2("", image(withoutMemory("clean-install"))))
            .read("/data.qcow2", qcow2("", image(stored("clean-install"))));
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context.onLibvirt(V9), "clean-install");
    assertSucceeds(context.onLibvirt(V11), "clean-install");
    assertSucceeds(context.onLibvirt(7_000_000).in(StateReason.RUNNING_BOOTED), "clean-install");
    context.read("/i.qcow2", qcow2("", image(stored("clean-install"))));
    context.read("/data.qcow2", qcow2("", image(withoutMemory("clean-install"))));
    assertSucceeds(context.onLibvirt(V9).in(StateReason.SHUTOFF_SAVED), "clean-install");
  }

  private static List<Qcow2Snapshot> withoutMemory(String name) {
    return List.of(
        new Qcow2Snapshot("1", name, Instant.EPOCH, Duration.ZERO, 0, OptionalLong.of(1 << 26)));
  }

  @ParameterizedTest
  @CsvSource({"clean install", "büro", "a:b", "''"})
  void memory_nameIsNoJobId_failsSinceJobs(String name) {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                name,
                "running",
                "<disk name='vda' snapshot='internal'/>",
                "<devices>" + IMAGE + "</devices>")
            .disks(IMAGE);
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context.onLibvirt(V11), name);
    assertSucceeds(context.onLibvirt(V9), name);
  }

  @Test
  void memory_nameIsJobId_succeeds() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "-1.a_B",
                "running",
                "<disk name='vda' snapshot='internal'/>",
                "<devices>" + IMAGE + "</devices>")
            .disks(IMAGE);
    assertSucceeds(context.onLibvirt(V11), "-1.a_B");
    assertSucceeds(new PlanningContextBuilder().internal("a b", IMAGE).onLibvirt(V11), "a b");
  }

  @Test
  void start_onLongChain_fails() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", disk("vda", "/i24"))
            .disks(disk("vda", "/o"))
            .flags(RevertFlag.RUNNING.value());
    for (int i = 1; i <= 24; i++) {
      context.read("/i" + i, qcow2("/i" + (i - 1), image(List.of())));
    }
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context.onLibvirt(V11), "before-update");
    assertSucceeds(context.onLibvirt(V12), "before-update");
    assertSucceeds(context.onLibvirt(V11).flags(0), "before-update");
    context.read("/i24", qcow2("/i22", image(List.of()))).flags(RevertFlag.RUNNING.value());
    assertSucceeds(context.onLibvirt(V11), "before-update");
  }

  @Test
  void image_openInAnotherGuest_fails() {
    assertFails(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR, withMemory().other("o", true, IMAGE), "clean-install");
    assertSucceeds(withMemory().other("o", false, IMAGE), "clean-install");
    assertSucceeds(withMemory().other("o", true, disk("vda", "/x")), "clean-install");
  }

  /** Returns a domain with an external snapshot that has a second disk. */
  private static PlanningContextBuilder external(String state, String data, String... memory) {
    return new PlanningContextBuilder()
        .snapshot(
            "before-update",
            state,
            "<disk name='vda' snapshot='external'><source file='/o'/></disk>",
            "<devices>" + IMAGE + data + "</devices>",
            memory)
        .disks(disk("vda", "/o"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/i.qcow2", "/data.qcow2", "/debian.qcow2"})
  void imageOfExternalSnapshot_anotherGuestWritesToIt_failsAtStart(String image) {
    String data =
        disk(
            "vdb",
            "/data.qcow2",
            "<backingStore type='file'><source file='/debian.qcow2'/></backingStore>");
    PlanningContextBuilder context =
        external("shutoff", data).other("web02", true, disk("vda", image));
    assertSucceeds(context, "before-update");
    assertFails(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        context.flags(RevertFlag.RUNNING.value()),
        "before-update");
    assertEquals(
        "the guest of domain \"web02\" writes to \"" + image + "\", an image of the snapshot",
        refusal(context, "before-update").orElseThrow().reason());
  }

  @Test
  void imageOfExternalSnapshotWithMemory_anotherGuestWritesToIt_failsUnlessLeftPaused() {
    PlanningContextBuilder context =
        external("running", "", "<memory snapshot='external' file='/web01.memory'/>")
            .other("web02", true, IMAGE);
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context, "before-update");
    assertSucceeds(context.flags(RevertFlag.PAUSED.value()), "before-update");
  }

  @ParameterizedTest
  @ValueSource(strings = {"<readonly/>", "<transient/>"})
  void imageOfExternalSnapshot_anotherGuestOnlyReadsIt_succeeds(String element) {
    assertSucceeds(
        external("shutoff", "")
            .other("web02", true, disk("vda", "/i.qcow2", element))
            .flags(RevertFlag.RUNNING.value()),
        "before-update");
  }

  @Test
  void imageOfExternalSnapshot_linkedCloneOfAnotherGuest_succeeds() {
    assertSucceeds(
        external("shutoff", "")
            .other(
                "web02",
                true,
                disk(
                    "vda",
                    "/clone.qcow2",
                    "<backingStore type='file'><source file='/i.qcow2'/></backingStore>"))
            .flags(RevertFlag.RUNNING.value()),
        "before-update");
  }

  @Test
  void externalSnapshot_shareableDisk_fails() {
    String data = disk("vdb", "/data.img", "<shareable/>").replace("type='qcow2'", "type='raw'");
    PlanningContextBuilder context = external("shutoff", data);
    assertFails(ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, context, "before-update");
    assertEquals(
        "disk vdb is shareable, and libvirt cannot create an overlay for such a disk",
        refusal(context, "before-update").orElseThrow().reason());
    assertSucceeds(
        external("shutoff", data.replace("<shareable/>", "<shareable/><readonly/>")),
        "before-update");
    assertSucceeds(
        new PlanningContextBuilder().internal("clean-install", IMAGE, data).disks(IMAGE),
        "clean-install");
  }

  @Test
  void externalSnapshot_deviceThatTheDefinitionCallsFile_fails() {
    PlanningContextBuilder context = external("shutoff", disk("vdb", "/dev/vg/data"));
    assertFails(ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, context, "before-update");
    assertEquals(
        "the image of disk vdb is the device \"/dev/vg/data\", and libvirt creates overlays only for"
            + " regular files",
        refusal(context, "before-update").orElseThrow().reason());
    assertSucceeds(external("shutoff", disk("vdb", "/dev/shm/data.qcow2")), "before-update");
    assertSucceeds(
        external("shutoff", disk("vdb", "/dev/vg/data", "<readonly/>")), "before-update");
  }

  @Test
  void mediumThatAnotherGuestWritesTo_failsAtStart() {
    String medium = disk("vdb", "/tools.img", "<readonly/>").replace("type='qcow2'", "type='raw'");
    assertFails(
        ErrorNumber.VIR_ERR_INTERNAL_ERROR,
        new PlanningContextBuilder()
            .internal("clean-install", IMAGE, medium)
            .disks(IMAGE)
            .other("web02", true, medium.replace("<readonly/>", ""))
            .flags(RevertFlag.RUNNING.value()),
        "clean-install");
  }

  @Test
  void diskSnapshotOfRunningGuest_oldLibvirt_isRefused() {
    String modes = "<disk name='vda' snapshot='external'><source file='/o'/></disk>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("before-update", "disk-snapshot", modes, "<devices>" + IMAGE + "</devices>")
            .disks(disk("vda", "/o"));
    Refusal refusal = refusal(context.onLibvirt(10_000_000), "before-update").orElseThrow();
    assertEquals(ErrorNumber.VIR_ERR_INTERNAL_ERROR, refusal.code());
    assertFalse(refusal.guestStopped());
    assertSucceeds(context.onLibvirt(V11), "before-update");
  }

  private static final String ENCRYPTED =
      "<disk type='file'><driver type='qcow2'/><source file='/i'><encryption format='luks'/>"
          + "</source><target dev='vda'/></disk>";

  @Test
  void externalSnapshot_ofEncryptedDisk_cannotBeStarted() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", ENCRYPTED)
            .disks(disk("vda", "/o"));
    assertSucceeds(context.onLibvirt(V11), "before-update");
    context.flags(RevertFlag.RUNNING.value());
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context, "before-update");
  }

  @Test
  void externalSnapshot_ofEncryptedDiskWithMemory_isStarted() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "before-update",
                "running",
                "<disk name='vda' snapshot='external'><source file='/o'/></disk>",
                "<devices>" + ENCRYPTED + "</devices>",
                "<memory snapshot='external' file='/before-update.memory'/>")
            .disks(disk("vda", "/o"));
    assertSucceeds(context.onLibvirt(V11), "before-update");
  }

  @Test
  void externalSnapshot_definitionStatesEncryptionOfBackingImage_isStarted() {
    String overlay =
        "<disk type='file'><driver type='qcow2'/><source file='/o1'/><backingStore type='file'>"
            + "<source file='/i'><encryption format='luks'/></source><backingStore/></backingStore>"
            + "<target dev='vda'/></disk>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("after-update", "/o2", overlay)
            .disks(disk("vda", "/o2"))
            .onLibvirt(V11)
            .flags(RevertFlag.RUNNING.value())
            .read("/i", SampleQcow2.reading(SampleQcow2.encrypted(Qcow2Image.Encryption.LUKS)));
    assertSucceeds(context, "after-update");
  }

  /** The images can't be read, and the first snapshot states the encryption of its image. */
  @Test
  void externalSnapshot_onOverlayOfEarlierSnapshotOfEncryptedDisk_cannotBeStarted() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o1", ENCRYPTED)
            .external("after-update", "/o2", disk("vda", "/o1"))
            .disks(disk("vda", "/o2"))
            .onLibvirt(V11)
            .flags(RevertFlag.RUNNING.value());
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context, "after-update");
  }

  /** After the first external snapshot, the definition states no encryption. */
  @Test
  void externalSnapshot_onOverlayOfEncryptedImage_cannotBeStarted() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("after-update", "/o2", disk("vda", "/o1"))
            .disks(disk("vda", "/o2"))
            .onLibvirt(V11)
            .flags(RevertFlag.RUNNING.value());
    context.read(
        "/o1",
        SampleQcow2.reading(Optional.of("/i"), SampleQcow2.encrypted(Qcow2Image.Encryption.NONE)));
    assertSucceeds(context, "after-update");
    context.read("/i", SampleQcow2.reading(SampleQcow2.encrypted(Qcow2Image.Encryption.LUKS)));
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context, "after-update");
  }

  @Test
  void image_notReadable_fails() {
    PlanningContextBuilder context =
        withMemory().unreadable("/i.qcow2", "Failed to open file '/i.qcow2'");
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context.onLibvirt(V9), "clean-install");
    assertFails(ErrorNumber.VIR_ERR_SYSTEM_ERROR, context.onLibvirt(10_000_000), "clean-install");
    assertFails(ErrorNumber.VIR_ERR_SYSTEM_ERROR, context.onLibvirt(V11), "clean-install");
    PlanningContextBuilder withoutMemory =
        new PlanningContextBuilder()
            .internal("clean-install", IMAGE)
            .disks(IMAGE)
            .unreadable("/i.qcow2", "no");
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, withoutMemory.onLibvirt(V11), "clean-install");
  }

  @Test
  void image_onBackingImageAndNotReadable_failsWithCodeOfOpening() {
    String overlay =
        disk(
            "vda",
            "/o.qcow2",
            "<backingStore type='file'><format type='qcow2'/><source file='/i.qcow2'/></backingStore>");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("clean-install", "running", INTERNAL, "<devices>" + overlay + "</devices>")
            .disks(overlay)
            .unreadable("/o.qcow2", "Failed to open file '/o.qcow2'");
    assertFails(ErrorNumber.VIR_ERR_SYSTEM_ERROR, context.onLibvirt(V9), "clean-install");
  }

  @Test
  void graphicsPort_inUse_fails() {
    HostRequirements needs =
        new HostRequirements(Optional.empty(), Optional.empty(), Set.of("5901"), List.of());
    PlanningContextBuilder context = withMemory().needing(needs).listening("5901", "web02");
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context, "clean-install");
    assertSucceeds(withMemory().listening("5901", "web02"), "clean-install");
    assertSucceeds(withMemory().needing(needs).listening("5902", "web02"), "clean-install");
  }

  @Test
  void externalSnapshot_overlayNamesCollide_fails() {
    String medium = disk("hdc", "/i.iso").replace("'disk'", "'cdrom'");
    assertFails(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
        new PlanningContextBuilder().external("before-update", "/o", IMAGE, medium).disks(IMAGE),
        "before-update");
    assertSucceeds(
        new PlanningContextBuilder()
            .external("before-update", "/o", IMAGE, medium.replace("/i.iso", "/j.iso"))
            .disks(IMAGE),
        "before-update");
    assertFails(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
        new PlanningContextBuilder()
            .external("before-update", "/o", IMAGE, medium.replace("/i.iso", "/i"))
            .disks(IMAGE),
        "before-update");
    assertSucceeds(
        new PlanningContextBuilder().internal("clean-install", IMAGE, medium).disks(IMAGE),
        "clean-install");
  }

  @ParameterizedTest
  @CsvSource({
    "qcow2, raw,   9, 11003000, true",
    "qcow2, raw,   8, 11003000, false",
    "qcow2, raw,   1, 11003000, false",
    "qcow2, raw,   1, 12008000, true",
    "qcow2, raw,   9, 9000000,  false",
    "qcow2, qcow2, 9, 12008000, false",
    "raw,   raw,   9, 12008000, false",
  })
  void nvram_formatDiffersFromTemplate_failsOnReset(
      String format, String template, int flags, long version, boolean fails) {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "clean-install",
                "shutoff",
                INTERNAL,
                "<os><nvram format='" + format + "' templateFormat='" + template + "'/></os>")
            .flags(flags)
            .onLibvirt(version);
    if (fails) {
      assertFails(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, context, "clean-install");
    } else {
      assertSucceeds(context, "clean-install");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "raw,   11003000, true",
    "qcow2, 11003000, false",
    "raw,   9000000,  false",
  })
  void nvramIsGone_failsIfItsFormatDiffersFromTheTemplate(
      String template, long version, boolean fails) {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "clean-install",
                "running",
                INTERNAL,
                "<os><nvram format='qcow2' templateFormat='"
                    + template
                    + "'>/web01.fd</nvram></os>",
                "<memory snapshot='internal'/>")
            .gone("/web01.fd")
            .onLibvirt(version);
    if (fails) {
      assertFails(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, context, "clean-install");
    } else {
      assertSucceeds(context, "clean-install");
    }
  }

  @Test
  void externalSnapshot_noCurrentSnapshot_fails() {
    assertFails(
        ErrorNumber.VIR_ERR_SYSTEM_ERROR,
        new PlanningContextBuilder()
            .external("before-update", "/o", IMAGE)
            .current(null)
            .disks(IMAGE),
        "before-update");
    assertSucceeds(withMemory().current(null), "clean-install");
  }

  @Test
  void job_onDomain_isRefused() {
    Facts known = withMemory().in(StateReason.RUNNING_BOOTED).revertingTo("clean-install");
    Refusal busy = Refusal.duringJob(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "busy", "wait");
    Facts facts =
        new Facts(
            known.driver(),
            known.before(),
            known.request(),
            known.target(),
            known.definitions(),
            known.path(),
            known.domainFacts(),
            new Blockers(false, Optional.of(busy), false, known.blockers().host()),
            known.unknowns());
    assertEquals(
        Optional.of(
            Refusal.duringJob(
                ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
                "busy",
                "wait; to let the revert wait, use retrying(...), or: revert-domain --retry")),
        DriverRules.of("QEMU").predict(facts).refusal());
  }

  @Test
  void memoryOfGuestWithAddedCpu_failsBeforeLibvirtLoadsIt() {
    String cpu = "<vcpus><vcpu id='1' enabled='%s' hotpluggable='yes'/></vcpus>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "added", "running", INTERNAL, cpu.formatted("yes"), "<memory snapshot='internal'/>")
            .snapshot(
                "absent", "running", INTERNAL, cpu.formatted("no"), "<memory snapshot='internal'/>")
            .snapshot("off", "shutoff", INTERNAL, cpu.formatted("yes"));
    context.onLibvirt(V9);
    assertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, context, "added");
    assertSucceeds(context, "absent");
    assertSucceeds(context, "off");
    assertSucceeds(context.onLibvirt(V11), "added");
  }
}
