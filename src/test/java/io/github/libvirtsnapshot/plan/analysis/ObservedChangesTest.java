package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.images.BackingChains;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.images.Qcow2Snapshot;
import io.github.libvirtsnapshot.images.SampleQcow2;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import io.github.libvirtsnapshot.snapshots.descriptions.SafetySnapshotNote;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The snapshots of these tests are taken at second 0, 1, and so on. */
class ObservedChangesTest {
  private static final String UNLESS_COPIED =
      "; if the file is only a copy with the same content (qemu-img compare ORIGINAL COPY), give it"
          + " the time of the snapshot: touch -d 1970-01-01T00:00:00Z COPY";

  private static final String BASE = disk("vda", "/i");
  private static final String OVERLAY = disk("vda", "/o");
  private static final String MEMORY_FILE = "<memory snapshot='external' file='/m'/>";
  private static final String VDA_EXTERNAL =
      "<disk name='vda' snapshot='external'><source file='/o'/></disk>";

  private static Qcow2Image image(Qcow2Snapshot... snapshots) {
    return SampleQcow2.image(List.of(snapshots), List.of());
  }

  private static Qcow2Snapshot stored(String name, long second, long memory) {
    return new Qcow2Snapshot(
        "1", name, Instant.ofEpochSecond(second), Duration.ZERO, memory, OptionalLong.empty());
  }

  private static ImageReading modified(double seconds) {
    return reading(seconds, Optional.empty(), Optional.empty());
  }

  private static ImageReading reading(
      double seconds, Optional<String> backing, Optional<Qcow2Image> image) {
    return new ImageReading(
        Optional.of(Instant.ofEpochMilli(Math.round(seconds * 1000))),
        Optional.empty(),
        Optional.empty(),
        backing,
        image);
  }

  private static ImageReading containing(Qcow2Snapshot... snapshots) {
    return reading(100, Optional.empty(), Optional.of(image(snapshots)));
  }

  private static List<String> contents(PlanningContextBuilder context, String target) {
    return FidelityAnalysis.of(context.revertingTo(target)).stream()
        .map(RestoredPart::toString)
        .toList();
  }

  /** Returns a guest with UEFI, whose snapshot was taken shut off. */
  private static PlanningContextBuilder withNvram() {
    String nvram = "<os><nvram format='qcow2'>/n</nvram></os>";
    return new PlanningContextBuilder()
        .snapshot("clean-install", "shutoff", "", nvram)
        .domain(nvram);
  }

  @Test
  void snapshotInImageOfNvram_isReadLikeThatOfADisk() {
    assertEquals(
        List.of("NVRAM: certain"),
        contents(
            withNvram().read("/n", containing(stored("clean-install", 0, 0))), "clean-install"));
    assertEquals(
        List.of("NVRAM: changed: \"/n\" no longer contains the snapshot"),
        contents(withNvram().read("/n", containing()), "clean-install"));
    assertEquals(
        List.of(
            "NVRAM: presumed: the library could not read \"/n\": no active storage pool has its"
                + " folder"),
        contents(
            withNvram().unread("/n", "no active storage pool has its folder"), "clean-install"));
  }

  private static PlanningContextBuilder running(String... more) {
    return new PlanningContextBuilder()
        .snapshot("on", "running", VDA_EXTERNAL, "<devices>" + BASE + "</devices>", more)
        .disks(OVERLAY);
  }

  @Test
  void internalSnapshot_inImage_isCertain() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE);
    context.read("/i", containing(stored("clean-install", 0, 0)));
    assertEquals(List.of("disk vda: certain"), contents(context, "clean-install"));
  }

  @Test
  void internalSnapshot_notInImage_isChanged() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE);
    context.read("/i", containing());
    assertEquals(
        List.of("disk vda: changed: \"/i\" no longer contains the snapshot"),
        contents(context, "clean-install"));
  }

  @Test
  void internalSnapshot_anotherIsLoaded_isChanged() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE);
    context.read("/i", containing(stored("clean-install", 3_600, 0)));
    assertEquals(
        List.of(
            "disk vda: changed: \"/i\": the snapshot in the image was taken 1970-01-01T01:00:00Z,"
                + " and the snapshot of libvirt 1970-01-01T00:00:00Z"),
        contents(context, "clean-install"));
  }

  @Test
  void internalSnapshot_imageUnread_isPresumed() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE);
    context.unread("/i", "no active storage pool has its folder");
    assertEquals(
        List.of(
            "disk vda: presumed: the library could not read \"/i\": no active storage pool has its"
                + " folder"),
        contents(context, "clean-install"));
  }

  @Test
  void internalMemory_isInOneOfTheImages() {
    String domain = "<devices>" + BASE + disk("vdb", "/b") + "</devices>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "clean-install",
                "running",
                "<disk name='vda' snapshot='internal'/><disk name='vdb' snapshot='internal'/>",
                domain)
            .domain(domain);
    context
        .read("/i", containing(stored("clean-install", 0, 0)))
        .read("/b", containing(stored("clean-install", 0, 4096)));
    assertEquals(
        List.of("disk vda: certain", "disk vdb: certain", "memory: certain"),
        contents(context, "clean-install"));

    context.read("/b", containing(stored("clean-install", 0, 0)));
    assertEquals(
        "memory: changed: QEMU would load it from no image",
        contents(context, "clean-install").get(2));

    context.read("/b", containing());
    assertEquals(
        List.of(
            "disk vda: certain",
            "disk vdb: changed: \"/b\" no longer contains the snapshot",
            "memory: changed: QEMU would load it from no image"),
        contents(context, "clean-install"));
  }

  @Test
  void frozenImage_isComparedWithTimeOfSnapshot() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().external("before-update", "/o", BASE).disks(OVERLAY);
    context.read("/i", modified(0));
    assertEquals(List.of("disk vda: certain"), contents(context, "before-update"));

    context.read("/i", modified(0.9));
    assertEquals(
        List.of(
            "disk vda: unverified: \"/i\" was modified in the second in which the snapshot was"
                + " taken"),
        contents(context, "before-update"));

    context.read("/i", modified(1.1));
    assertEquals(
        List.of(
            "disk vda: changed: \"/i\" was modified 1970-01-01T00:00:01.100Z, after the snapshot"
                + " was taken 1970-01-01T00:00:00Z"
                + UNLESS_COPIED),
        contents(context, "before-update"));
  }

  @Test
  void baseOfInternalSnapshot_isComparedWithTimeInImage() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE);
    Qcow2Snapshot exact =
        new Qcow2Snapshot(
            "1",
            "clean-install",
            Instant.ofEpochMilli(500),
            Duration.ZERO,
            0,
            OptionalLong.empty());
    context.read("/i", reading(100, Optional.of("/golden"), Optional.of(image(exact))));
    context.read("/golden", modified(0.5));
    assertEquals(List.of("disk vda: certain"), contents(context, "clean-install"));
    context.read("/golden", modified(0.6));
    assertEquals("disk vda: changed", contents(context, "clean-install").get(0).substring(0, 17));
  }

  /** The clock of the host was ahead when the snapshot was taken. */
  @Test
  void snapshotInTheFuture_isUnverified() {
    int future = (int) Instant.now().plusSeconds(7_200).getEpochSecond();
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .takenAt(future)
            .external("before-update", "/o", BASE)
            .disks(OVERLAY);
    context.read("/i", modified(0));
    assertEquals(
        "disk vda: unverified", contents(context, "before-update").get(0).substring(0, 20));
  }

  /** QEMU opens the backing image of the definition, not that of the header. */
  @Test
  void backingImageInDefinition_isReadBesideThatOfTheHeader() {
    String disk = disk("vda", "/i", LossesTest.backedBy("/v2"));
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", disk).disks(disk);
    context.read(
        "/i", reading(100, Optional.of("/v1"), Optional.of(image(stored("clean-install", 1, 0)))));
    context.read("/v1", modified(0));
    context.read("/v2", modified(0));
    assertEquals(List.of("disk vda: certain"), contents(context, "clean-install"));
    context.read("/v2", modified(60));
    assertEquals("disk vda: changed", contents(context, "clean-install").get(0).substring(0, 17));
  }

  /**
   * Returns a domain with the snapshots after-update and before-upgrade after snapshot
   * before-update was deleted at second 5: its overlay was merged into /i, on which QEMU then put
   * the overlay of after-update.
   */
  private static PlanningContextBuilder afterMerge() {
    return new PlanningContextBuilder()
        .external("after-update", "/o2", BASE)
        .external("before-upgrade", "/o3", disk("vda", "/o2"))
        .disks(disk("vda", "/o3"))
        .read("/i", reading(5, Optional.empty(), Optional.of(image())))
        .read("/o2", reading(5.02, Optional.of("/i"), Optional.of(image())))
        .read("/o3", reading(3, Optional.of("/o2"), Optional.of(image())));
  }

  private static final String MERGED =
      "; if a snapshot was deleted at that time, libvirt merged the overlay of that snapshot, and"
          + " the content is unchanged";

  @Test
  void imageIntoWhichAnOverlayMayBeMerged_isAtRisk() {
    assertEquals(
        List.of(
            "disk vda: at risk: \"/i\" was modified 1970-01-01T00:00:05Z, after the snapshot was"
                + " taken 1970-01-01T00:00:00Z"
                + MERGED),
        contents(afterMerge(), "after-update"));
    assertEquals(
        "disk vda: at risk", contents(afterMerge(), "before-upgrade").get(0).substring(0, 17));
  }

  @Test
  void imageThatWasModifiedForAnotherReason_isChanged() {
    assertIsChanged(
        afterMerge().read("/o2", reading(4.9, Optional.of("/i"), Optional.of(image()))),
        "after-update");
    assertIsChanged(
        afterMerge().read("/o2", reading(6, Optional.of("/golden"), Optional.of(image()))),
        "after-update");
    assertIsChanged(afterMerge().other("web02", false, BASE), "after-update");
    assertIsChanged(afterMerge().disks(BASE, disk("vdb", "/o3")), "after-update");
    assertIsChanged(afterMerge().external("after-upgrade", "/o4", BASE), "after-update");
    assertIsChanged(
        afterMerge().read("/o2", reading(6.1, Optional.of("/i"), Optional.of(image()))),
        "before-upgrade");
  }

  private static void assertIsChanged(PlanningContextBuilder context, String target) {
    assertEquals("disk vda: changed", contents(context, target).get(0).substring(0, 17));
  }

  /** libvirt puts the disk on a new overlay, of which QEMU reads only the headers. */
  @Test
  void definitionEndsChainBeforeHeader_isChangedUnlessRevertLoadsMemory() {
    String disk = disk("vda", "/i", "<backingStore/>");
    String end =
        "disk vda: changed: the definition in the snapshot states that \"/i\" has no backing image,"
            + " but the disk reads \"/golden\" too after the revert, because the header of the"
            + " image names it";
    ImageReading onGolden = reading(0, Optional.of("/golden"), Optional.of(image()));

    assertEquals(
        List.of(end), contents(ofDefinedChain(disk).read("/i", onGolden), "before-update"));
    assertEquals(
        List.of("disk vda: certain"),
        contents(ofDefinedChain(disk).read("/i", modified(0)), "before-update"));
    assertEquals(
        List.of("disk vda: certain", "memory: certain"),
        contents(withMemory(disk).read("/i", onGolden), "before-update"));
  }

  private static PlanningContextBuilder ofDefinedChain(String disk) {
    return ofDefinedChain(disk, "shutoff", "");
  }

  private static PlanningContextBuilder withMemory(String disk) {
    return ofDefinedChain(disk, "running", MEMORY_FILE);
  }

  private static PlanningContextBuilder ofDefinedChain(String disk, String state, String memory) {
    return new PlanningContextBuilder()
        .snapshot("before-update", state, VDA_EXTERNAL, "<devices>" + disk + "</devices>", memory)
        .disks(OVERLAY)
        .read("/golden", modified(0))
        .read("/m", modified(0));
  }

  @Test
  void partOfImageInDefinition_isChangedUnlessRevertLoadsMemory() {
    String disk = sliced(BASE);
    String whole =
        "disk vda: changed: the definition in the snapshot states that the disk uses only a part of"
            + " \"/i\" (<slices>), but the disk uses the whole image after the revert";

    assertEquals(
        List.of(whole), contents(ofDefinedChain(disk).read("/i", modified(0)), "before-update"));
    assertEquals(
        List.of("disk vda: certain", "memory: certain"),
        contents(withMemory(disk).read("/i", modified(0)), "before-update"));
  }

  /** libvirt states the part in the header only if a running guest got the overlay. */
  @Test
  void partOfBackingImageInDefinition_isChangedIfHeaderNamesTheWholeImage() {
    String disk = disk("vda", "/i", sliced(LossesTest.backedBy("/golden")));
    String json = "json:{\"file\":{\"offset\":4096,\"file\":{\"filename\":\"/golden\"}}}";
    PlanningContextBuilder context = ofDefinedChain(disk).read(json, modified(0));

    context.read("/i", reading(0, Optional.of(json), Optional.of(image())));
    assertEquals(List.of("disk vda: certain"), contents(context, "before-update"));
    context.read("/i", reading(0, Optional.of("/golden"), Optional.of(image())));
    assertEquals("disk vda: changed", contents(context, "before-update").get(0).substring(0, 17));
  }

  private static String sliced(String xml) {
    return xml.replaceFirst(
        "(<source file='[^']*')/>",
        "$1><slices><slice type='storage' offset='4096' size='8192'/></slices></source>");
  }

  /** A guest that runs writes until libvirt has created the overlay. */
  @Test
  void frozenImage_ofRunningGuest_mayBeModifiedLater() {
    PlanningContextBuilder context = running();
    context.read("/i", modified(60.9));
    assertEquals(
        "disk vda: unverified: \"/i\" was modified 1970-01-01T00:01:00.900Z, after the snapshot was"
            + " taken 1970-01-01T00:00:00Z",
        contents(context, "on").get(0));
    context.read("/i", modified(61.1));
    assertEquals("disk vda: changed", contents(context, "on").get(0).substring(0, 17));
  }

  /** libvirt creates the overlay when the memory is saved. */
  @Test
  void frozenImage_ofGuestWithMemoryFile_mayBeModifiedUntilMemoryIsSaved() {
    PlanningContextBuilder context = running(MEMORY_FILE).read("/i", modified(79.9));
    context.read("/m", modified(20));
    assertEquals("disk vda: unverified", contents(context, "on").get(0).substring(0, 20));
    context.read("/m", modified(19));
    assertEquals("disk vda: changed", contents(context, "on").get(0).substring(0, 17));
  }

  @Test
  void frozenImage_memoryFileUnread_isUnverifiedIfModifiedLater() {
    PlanningContextBuilder context = running(MEMORY_FILE).read("/i", modified(5_000));
    assertEquals("disk vda: unverified", contents(context, "on").get(0).substring(0, 20));
  }

  @Test
  void memoryFile_modifiedLater_isPresumed() {
    PlanningContextBuilder context = running(MEMORY_FILE).read("/i", modified(0));
    context.read("/m", modified(59));
    assertEquals(List.of("disk vda: certain", "memory: certain"), contents(context, "on"));
    context.read("/m", modified(61));
    assertEquals(
        "memory: presumed: \"/m\" was modified 1970-01-01T00:01:01Z, or replaced, which may be later"
            + " than the snapshot",
        contents(context, "on").get(1));
  }

  @Test
  void backingImage_inHeader_isComparedToo() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE);
    context
        .read(
            "/i",
            reading(100, Optional.of("/golden"), Optional.of(image(stored("clean-install", 0, 0)))))
        .read("/golden", modified(-10));
    assertEquals(List.of("disk vda: certain"), contents(context, "clean-install"));
    context.read("/golden", modified(7));
    assertEquals(
        List.of(
            "disk vda: changed: \"/golden\" was modified 1970-01-01T00:00:07Z, after the snapshot"
                + " was taken 1970-01-01T00:00:00Z"
                + UNLESS_COPIED),
        contents(context, "clean-install"));
  }

  /** The time of the last change shows that no one used these possibilities. */
  @Test
  void unmodifiedImage_outweighsPossibleChanges() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .external("before-update", "/o", BASE)
            .disks(OVERLAY)
            .other("clone", false, BASE)
            .withUnknownOthers();
    context.read("/i", modified(0.9));
    assertEquals(List.of("disk vda: certain"), contents(context, "before-update"));
  }

  /** libvirt stores whole seconds, so the times do not show which of the two was first. */
  @Test
  void imageModifiedInSecondOfSnapshot_isChangedIfDomainUsesItAgain() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().external("before-update", "/o", BASE).disks(BASE);
    context.read("/i", modified(0.5));
    assertEquals(
        List.of("disk vda: changed: \"/i\" was written to since: the domain uses it again"),
        contents(context, "before-update"));
    context.read("/i", modified(-0.1));
    assertEquals(List.of("disk vda: certain"), contents(context, "before-update"));
  }

  @Test
  void unmodifiedImage_thatActiveDomainUses_isNotCertain() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().external("before-update", "/o", BASE).disks(OVERLAY);
    context.read("/i", modified(0)).other("clone", true, BASE);
    assertEquals(
        List.of("disk vda: at risk: domain \"clone\" writes to \"/i\""),
        contents(context, "before-update"));

    PlanningContextBuilder own =
        new PlanningContextBuilder()
            .external("before-update", "/o", BASE)
            .disks(BASE)
            .read("/i", modified(-1));
    assertEquals(List.of("disk vda: certain"), contents(own, "before-update"));
    assertEquals(
        List.of("disk vda: changed: \"/i\" was written to since: the domain uses it again"),
        contents(own.in(StateReason.RUNNING_BOOTED), "before-update"));
  }

  @Test
  void unknownTimes_arePresumed() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().external("before-update", "/o", BASE).disks(OVERLAY);
    context.read(
        "/i",
        new ImageReading(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
    assertEquals(
        List.of("disk vda: presumed: the time of the last change of \"/i\" is unknown"),
        contents(context, "before-update"));
  }

  /** A copy can keep the time of its original. */
  @Test
  void frozenImage_replacedByFileWithOldTime_isPresumed() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().external("before-update", "/o", BASE).disks(OVERLAY);
    context.read("/i", changed(0.9));
    assertEquals(List.of("disk vda: certain"), contents(context, "before-update"));
    context.read("/i", changed(1));
    assertEquals(
        List.of(
            "disk vda: presumed: \"/i\" was not modified since, but renamed, replaced or given other"
                + " permissions 1970-01-01T00:00:01Z"),
        contents(context, "before-update"));
  }

  private static ImageReading changed(double seconds) {
    return new ImageReading(
        Optional.of(Instant.EPOCH),
        Optional.of(Instant.ofEpochMilli(Math.round(seconds * 1000))),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void safetySnapshot_oneDiskLostItsBackingImage_onlyThatDiskIsAtRisk() {
    String disks = "<devices>" + BASE + disk("vdb", "/data") + "</devices>";
    Map<String, ImageReading> read =
        Map.of(
            "/i",
            containing(stored("clean-install", 0, 0)),
            "/data",
            containing(stored("clean-install", 0, 0)));
    String then =
        BackingChains.hashes(
                Disk.of(XmlNode.parse("<domain>" + disks + "</domain>")),
                new ImageReadings(read, Map.of(), Set.of()))
            .orElseThrow()
            .replaceFirst(" .*", " 0123456789abcdef");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "clean-install",
                "shutoff",
                "<disk name='vda' snapshot='internal'/><disk name='vdb' snapshot='internal'/>",
                disks,
                "<description>"
                    + SafetySnapshotNote.text("clean", Optional.of(then))
                    + "</description>");
    read.forEach(context::read);

    assertEquals(
        List.of(
            "disk vda: certain",
            "disk vdb: at risk: the disk is no longer on the backing image that it had when the"
                + " safety snapshot was taken"),
        contents(context, "clean-install"));
  }
}
