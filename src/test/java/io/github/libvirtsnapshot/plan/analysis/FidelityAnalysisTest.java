package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FidelityAnalysisTest {
  private static final String BASE = disk("vda", "/i");
  private static final String OVERLAY = disk("vda", "/o");

  private static List<String> contents(PlanningContextBuilder context, String target) {
    return FidelityAnalysis.of(context.revertingTo(target)).stream()
        .map(RestoredPart::toString)
        .toList();
  }

  /** Returns the result for a part that is only not known to have changed. */
  private static String presumed(String part, String image) {
    return part + ": presumed: the library could not read \"" + image + "\"";
  }

  private static String raw(String target, String image) {
    return disk(target, image).replace("qcow2", "raw");
  }

  @Test
  void internalSnapshot_withoutBackingImage_isPresumed() {
    assertEquals(
        List.of(presumed("disk vda", "/i")),
        contents(
            new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE),
            "clean-install"));
  }

  @Test
  void internalSnapshot_backingImageWrittenByOtherDomain_isAtRisk() {
    String clone = disk("vda", "/c", LossesTest.backedBy("/golden"));
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", clone).disks(clone);
    assertEquals(List.of(presumed("disk vda", "/c")), contents(context, "clean-install"));

    context.other("golden", false, disk("vda", "/golden"));
    assertEquals(
        List.of("disk vda: at risk: domain \"golden\" writes to \"/golden\""),
        contents(context, "clean-install"));
  }

  @Test
  void backingImage_otherDomainsUnknown_isAtRisk() {
    String clone = disk("vda", "/c", LossesTest.backedBy("/golden"));
    assertEquals(
        List.of(
            "disk vda: at risk: another domain could write to its image or backing images: not all"
                + " other domains could be read"),
        contents(
            new PlanningContextBuilder()
                .internal("clean-install", clone)
                .disks(clone)
                .withUnknownOthers(),
            "clean-install"));

    String alone = disk("vda", "/i", "<backingStore/>");
    assertEquals(
        List.of(presumed("disk vda", "/i")),
        contents(
            new PlanningContextBuilder()
                .internal("clean-install", alone)
                .disks(alone)
                .withUnknownOthers(),
            "clean-install"));
  }

  @Test
  void knownChangeOutranksUnknownDomains() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", BASE)
            .external("after-update", "/p", BASE)
            .disks(BASE)
            .withUnknownOthers();
    assertTrue(contents(context, "before-update").get(0).contains(": changed: "));
  }

  @Test
  void backingImage_onlyReadByOtherDomains_isPresumed() {
    String clone = disk("vda", "/c", LossesTest.backedBy("/golden"));
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", clone)
            .disks(clone)
            .other("clone2", true, disk("vda", "/d", LossesTest.backedBy("/golden")))
            .other("reader", true, disk("vda", "/golden", "<readonly/>"));
    assertEquals(List.of(presumed("disk vda", "/c")), contents(context, "clean-install"));
  }

  @Test
  void externalSnapshot_inQcow2Image_isUnverified() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().external("before-update", "/o", BASE).disks(OVERLAY);
    assertEquals(
        List.of(
            "disk vda: unverified: \"/i\" may have been written to after a"
                + " revert to a snapshot that was deleted since"),
        contents(context, "before-update"));
  }

  @Test
  void externalSnapshot_inRawImage_isPresumed() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", raw("vda", "/i"))
            .disks(OVERLAY);
    assertEquals(List.of(presumed("disk vda", "/i")), contents(context, "before-update"));
  }

  /**
   * The smallest case: snapshot clean-install, then snapshot after-update of the same image, then a
   * revert to clean-install.
   */
  @Test
  void externalSnapshot_imageUsedByDomainAgain_isChanged() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .external("after-update", "/o", BASE)
            .current("clean-install")
            .disks(BASE);
    assertEquals(
        List.of("disk vda: changed: \"/i\" was written to since: the domain uses it again"),
        contents(context, "after-update"));
  }

  @Test
  void externalSnapshot_internalSnapshotInImage_isAtRisk() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .external("after-update", "/o", BASE)
            .disks(OVERLAY);
    assertEquals(
        List.of(
            "disk vda: at risk: a revert to snapshot \"clean-install\" since then would have changed \"/i\""),
        contents(context, "after-update"));
  }

  @Test
  void externalSnapshot_laterSnapshotOfImage_isChanged() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", BASE)
            .current(null)
            .external("after-update", "/p", BASE)
            .disks(disk("vda", "/p"));
    assertEquals(
        List.of(
            "disk vda: changed: \"/i\" was written to since: snapshot \"after-update\" was taken of it"),
        contents(context, "before-update"));
    assertEquals(
        Certainty.UNVERIFIED,
        FidelityAnalysis.of(context.revertingTo("after-update")).get(0).certainty());
  }

  @Test
  void internalSnapshot_backingImageUsedByDomainAgain_isChanged() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .external("after-update", "/o", BASE)
            .internal("after-tests", OVERLAY)
            .current("clean-install")
            .disks(BASE);
    assertEquals(
        List.of("disk vda: changed: \"/i\" was written to since: the domain uses it again"),
        contents(context, "after-tests"));
  }

  /** The snapshot's XML does not name the backing image of an overlay that a revert created. */
  @Test
  void backingImageOfOverlayIsTheParentSnapshotsImage() {
    String overlay = disk("vda", "/after-revert");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .external("after-update", "/o", BASE)
            .internal("after-tests", overlay)
            .disks(overlay);
    assertEquals(
        List.of(
            "disk vda: at risk: a revert to snapshot \"clean-install\" since then would have changed \"/i\""),
        contents(context, "after-tests"));
  }

  /** The deleted ancestors were the only record of the backing image. */
  @Test
  void backingImage_allAncestorsDeleted_isUnknown() {
    String overlay = disk("vda", "/o");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("before-login", overlay)
            .internal("after-login", overlay)
            .current(null)
            .internal("release", BASE)
            .disks(BASE);
    assertEquals(
        List.of(
            "disk vda: at risk: the backing image of \"/o\" is unknown and could be \"/i\", another"
                + " image of the same disk"),
        contents(context, "after-login"));
    assertEquals(List.of(presumed("disk vda", "/i")), contents(context, "release"));
  }

  /**
   * The metadata of the external snapshot between clean-install and after-tests was deleted: its
   * overlay is based on an image that a revert to clean-install writes to.
   */
  @Test
  void backingImage_intermediateSnapshotDeleted_isUnknown() {
    String overlay = disk("vda", "/o");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", BASE)
            .internal("after-tests", overlay)
            .disks(overlay);
    assertEquals(
        List.of(
            "disk vda: at risk: the backing image of \"/o\" is unknown: the disk was in another"
                + " image when snapshot \"clean-install\" was taken, and no existing snapshot shows how the"
                + " two images are related"),
        contents(context, "after-tests"));
    assertEquals(
        List.of(presumed("disk vda", "/i")),
        contents(
            new PlanningContextBuilder()
                .internal("clean-install", BASE)
                .internal("before-tests", BASE)
                .disks(BASE),
            "before-tests"));
  }

  /** libvirt deletes the overlay of the snapshot that a revert leaves. */
  @Test
  void externalSnapshot_needsImageThatRevertDeletes_isChanged() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", BASE)
            .external("after-update", "/p", OVERLAY)
            .current("before-update")
            .disks(disk("vda", "/q", LossesTest.backedBy("/i")));
    assertEquals(
        List.of("disk vda: changed: the revert deletes \"/o\", which it needs"),
        contents(context, "after-update"));
    assertEquals(
        Certainty.UNVERIFIED,
        FidelityAnalysis.of(context.revertingTo("before-update")).get(0).certainty());
  }

  /**
   * Returns the contents of an external snapshot that excludes the second disk.
   *
   * @param disk the second disk in the snapshot
   * @param now the second disk now
   */
  private static List<String> withExcluded(String disk, String now) {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "before-update",
                "shutoff",
                "<disk name='vda' snapshot='external'><source file='/o'/></disk>"
                    + "<disk name='vdb' snapshot='no'/>",
                "<devices>" + raw("vda", "/i") + disk + "</devices>")
            .disks(OVERLAY, now);
    return contents(context, "before-update");
  }

  @Test
  void excludedDiskIsNotInSnapshot() {
    assertEquals(
        List.of(
            presumed("disk vda", "/i"),
            "disk vdb: not in the snapshot: a revert does not change it"),
        withExcluded(disk("vdb", "/b"), disk("vdb", "/b")));
  }

  @Test
  void excludedDiskInAnotherImage_usesImageOfSnapshotsDefinitionAgain() {
    assertEquals(
        "disk vdb: not in the snapshot: the disk uses \"/b\" again, with its present content,"
            + " instead of \"/b.later\"",
        withExcluded(disk("vdb", "/b"), disk("vdb", "/b.later")).get(1));
  }

  @Test
  void excludedDiskThatIsTransientIsNotCalledUnchanged() {
    assertEquals(
        "disk vdb: not in the snapshot: the disk is transient, and libvirt discards its changes"
            + " when the guest stops",
        withExcluded(disk("vdb", "/b", "<transient/>"), disk("vdb", "/b")).get(1));
  }

  @Test
  void floppyIsOnlyInSnapshotsWithMemory() {
    String floppy = BASE.replace("'disk'", "'floppy'");
    String modes = "<disk name='vda' snapshot='internal'/>";
    String domain = "<devices>" + floppy + "</devices>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("off", "shutoff", modes, domain)
            .snapshot("on", "running", modes, domain);
    assertEquals(
        List.of("disk vda: not in the snapshot: a revert does not change it"),
        contents(context, "off"));
    assertEquals(
        List.of(
            "disk vda: not in the snapshot: the disk uses \"/i\" again, with its present content,"
                + " instead of \"/o\""),
        contents(
            new PlanningContextBuilder()
                .snapshot("off", "shutoff", modes, domain)
                .disks(floppy.replace("/i", "/o")),
            "off"));
    assertEquals(
        List.of(presumed("disk vda", "/i"), presumed("memory", "/i")), contents(context, "on"));
  }

  @Test
  void imageThatNoLongerExists_cannotComeBack() {
    assertEquals(
        List.of("disk vda: changed: \"/i\" no longer exists"),
        contents(
            new PlanningContextBuilder().internal("clean-install", BASE).disks(BASE).gone("/i"),
            "clean-install"));
    assertEquals(
        List.of("disk vda: changed: \"/i\" no longer exists"),
        contents(
            new PlanningContextBuilder()
                .external("before-update", "/o", BASE)
                .disks(disk("vda", "/o"))
                .gone("/i"),
            "before-update"));
  }

  @Test
  void unreadableSnapshots_diskIsAtRisk() {
    assertEquals(
        List.of("disk vda: at risk: the other snapshots of the domain could not be read"),
        contents(
            new PlanningContextBuilder()
                .internal("clean-install", BASE)
                .disks(BASE)
                .withUnreadableSnapshots(),
            "clean-install"));
  }

  @Test
  void memoryFileOfTwoSnapshotsIsAtRisk() {
    String memory = "<memory snapshot='external' file='/m'/>";
    PlanningContextBuilder context =
        new PlanningContextBuilder().snapshot("m1", "running", "", "", memory);
    assertEquals(List.of(presumed("memory", "/m")), contents(context, "m1"));
    context.snapshot("m2", "running", "", "", memory);
    assertEquals(
        List.of("memory: at risk: \"/m\" is also the memory file of snapshot \"m2\""),
        contents(context, "m1"));
  }

  @ParameterizedTest
  @CsvSource({
    "running, internal, raw,   0, presumed: the snapshot does not name the image that contains it",
    "running, external, raw,   0, presumed: the snapshot does not name the image that contains it",
    "shutoff, internal, qcow2, 0, presumed: the library could not read \"/n\"",
    "shutoff, internal, raw,   0, not in the snapshot: a revert does not change it",
    "shutoff, external, qcow2, 0, not in the snapshot: a revert does not change it",
    "shutoff, internal, qcow2, 8, presumed: the library could not read \"/n\"",
    "shutoff, internal, qcow2, 9, not in the snapshot: RESET_NVRAM replaces it with a new one",
    "running, internal, qcow2, 8, presumed: the snapshot does not name the image that contains it",
  })
  void nvramIsRestoredWithMemoryOrFromQcow2Image(
      String state, String mode, String format, int flags, String expected) {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot(
                "clean-install",
                state,
                "<disk name='vda' snapshot='" + mode + "'/>",
                "<os><nvram format='" + format + "'>/n</nvram></os>")
            .flags(flags);
    List<String> contents = contents(context, "clean-install");
    assertEquals("NVRAM: " + expected, contents.get(contents.size() - 1));
  }

  @ParameterizedTest
  @CsvSource({
    "running, 0, PRESUMED",
    "paused,  1, PRESUMED",
    "paused,  0, DEFERRED",
    "running, 2, DEFERRED",
  })
  void nvramInMemoryFile_guestIsLeftPaused_isWrittenWhenTheGuestIsResumed(
      String state, int flags, Certainty expected) {
    List<RestoredPart> contents =
        FidelityAnalysis.of(
            new PlanningContextBuilder()
                .snapshot(
                    "clean-install",
                    state,
                    "<disk name='vda' snapshot='external'/>",
                    "<os><nvram>/n</nvram></os>",
                    "<memory snapshot='external' file='/m'/>")
                .flags(flags)
                .revertingTo("clean-install"));
    RestoredPart nvram = contents.get(contents.size() - 1);
    assertEquals("NVRAM", nvram.part());
    assertEquals(expected, nvram.certainty(), nvram::reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "running | <tpm><backend type='emulator'/></tpm>"
            + " | TPM: presumed: the snapshot does not name the image that contains it",
        "shutoff | <tpm><backend type='emulator'/></tpm>"
            + " | TPM: not in the snapshot: only a snapshot with memory includes it;"
            + " a revert does not change it",
        "running | <filesystem type='mount'><source dir='/srv/web'/></filesystem>"
            + " | shared folder \"/srv/web\": not affected: no snapshot includes it;"
            + " a revert does not change it",
      })
  void stateOfDevicesIsRestoredWithMemoryOrNever(String state, String device, String expected) {
    List<String> contents =
        contents(
            new PlanningContextBuilder()
                .snapshot("clean-install", state, "", "<devices>" + device + "</devices>"),
            "clean-install");
    assertEquals(expected, contents.get(contents.size() - 1));
  }
}
