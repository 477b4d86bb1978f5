package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.Scene.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.plan.Certainty;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.facts.Scene;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FidelityAnalysisTest {
  private static final String I = disk("vda", "/i");
  private static final String O = disk("vda", "/o");

  private static List<String> contents(Scene scene, String target) {
    return FidelityAnalysis.of(scene.revertingTo(target)).stream()
        .map(RestoredPart::toString)
        .toList();
  }

  private static String raw(String target, String image) {
    return disk(target, image).replace("qcow2", "raw");
  }

  @Test
  void anInternalSnapshotIsInItsImage() {
    assertEquals(
        List.of("disk vda: certain"), contents(new Scene().internal("s1", I).disks(I), "s1"));
  }

  @Test
  void whatLiesBeneathAnInternalSnapshotIsNobodysDisk() {
    String clone = disk("vda", "/c", LossesTest.backedBy("/golden"));
    Scene scene = new Scene().internal("s1", clone).disks(clone);
    assertEquals(List.of("disk vda: certain"), contents(scene, "s1"));

    scene.other("golden", false, disk("vda", "/golden"));
    assertEquals(
        List.of("disk vda: at risk: domain \"golden\" writes to \"/golden\""),
        contents(scene, "s1"));
  }

  @Test
  void anotherDomainMayWriteToWhatLiesBeneathWhereNoneCouldBeAsked() {
    String clone = disk("vda", "/c", LossesTest.backedBy("/golden"));
    assertEquals(
        List.of(
            "disk vda: at risk: another domain could write to its image or backing images: not all"
                + " other domains could be read"),
        contents(new Scene().internal("s1", clone).disks(clone).withUnknownOthers(), "s1"));

    String alone = disk("vda", "/i", "<backingStore/>");
    assertEquals(
        List.of("disk vda: certain"),
        contents(new Scene().internal("s1", alone).disks(alone).withUnknownOthers(), "s1"));
  }

  @Test
  void whatIsKnownToBeSpoiledIsNoDoubt() {
    Scene scene =
        new Scene().external("e1", "/o", I).external("e2", "/p", I).disks(I).withUnknownOthers();
    assertTrue(contents(scene, "e1").get(0).contains("changed"));
  }

  @Test
  void aReaderOfTheImageBeneathChangesNothing() {
    String clone = disk("vda", "/c", LossesTest.backedBy("/golden"));
    Scene scene =
        new Scene()
            .internal("s1", clone)
            .disks(clone)
            .other("clone2", true, disk("vda", "/d", LossesTest.backedBy("/golden")))
            .other("reader", true, disk("vda", "/golden", "<readonly/>"));
    assertEquals(List.of("disk vda: certain"), contents(scene, "s1"));
  }

  @Test
  void anExternalSnapshotIsWhatItsImageHolds() {
    Scene scene = new Scene().external("e1", "/o", I).disks(O);
    assertEquals(
        List.of(
            "disk vda: unverified: \"/i\" may have been written to after a"
                + " revert to a snapshot that was deleted since"),
        contents(scene, "e1"));
  }

  @Test
  void aRawImageHasNoSnapshotsThatWroteToIt() {
    Scene scene = new Scene().external("e1", "/o", raw("vda", "/i")).disks(O);
    assertEquals(List.of("disk vda: certain"), contents(scene, "e1"));
  }

  /** The smallest case: s1 with content 11, e2 with 22, and a revert to s1. */
  @Test
  void theImageOfAnExternalSnapshotIsTheDisksAgain() {
    Scene scene = new Scene().internal("s1", I).external("e2", "/o", I).current("s1").disks(I);
    assertEquals(
        List.of("disk vda: changed: \"/i\" was written to since: the domain uses it again"),
        contents(scene, "e2"));
  }

  @Test
  void aRevertToASnapshotInTheImageMayHaveChangedIt() {
    Scene scene = new Scene().internal("s1", I).external("e2", "/o", I).disks(O);
    assertEquals(
        List.of(
            "disk vda: at risk: a revert to snapshot \"s1\" since then would have changed \"/i\""),
        contents(scene, "e2"));
  }

  @Test
  void aLaterSnapshotOfTheImageShowsThatItWasWrittenTo() {
    Scene scene =
        new Scene()
            .external("e1", "/o", I)
            .current(null)
            .external("e2", "/p", I)
            .disks(disk("vda", "/p"));
    assertEquals(
        List.of("disk vda: changed: \"/i\" was written to since: snapshot \"e2\" was taken of it"),
        contents(scene, "e1"));
    assertEquals(
        Certainty.UNVERIFIED, FidelityAnalysis.of(scene.revertingTo("e2")).get(0).certainty());
  }

  @Test
  void whatWasWrittenToBeneathSpoilsAnInternalSnapshot() {
    Scene scene =
        new Scene()
            .internal("s1", I)
            .external("e2", "/o", I)
            .internal("s3", O)
            .current("s1")
            .disks(I);
    assertEquals(
        List.of("disk vda: changed: \"/i\" was written to since: the domain uses it again"),
        contents(scene, "s3"));
  }

  /** libvirt does not write the base of an overlay that a revert made into the snapshot. */
  @Test
  void theBaseOfAnOverlayIsTheImageOfTheExternalSnapshotBefore() {
    String overlay = disk("vda", "/after-revert");
    Scene scene =
        new Scene()
            .internal("s1", I)
            .external("e2", "/o", I)
            .internal("s3", overlay)
            .disks(overlay);
    assertEquals(
        List.of(
            "disk vda: at risk: a revert to snapshot \"s1\" since then would have changed \"/i\""),
        contents(scene, "s3"));
  }

  /** All that were taken before it are gone, and with them what tells where it came from. */
  @Test
  void whatAnImageIsBasedOnIsNotKnownWhereAllBeforeAreGone() {
    String overlay = disk("vda", "/o");
    Scene scene =
        new Scene()
            .internal("s5", overlay)
            .internal("s6", overlay)
            .current(null)
            .internal("s7", I)
            .disks(I);
    assertEquals(
        List.of(
            "disk vda: at risk: the backing image of \"/o\" is unknown and could be \"/i\", another"
                + " image of the same disk"),
        contents(scene, "s6"));
    assertEquals(List.of("disk vda: certain"), contents(scene, "s7"));
  }

  /**
   * Whose metadata was deleted: the overlay is on top of an image that another one goes back in.
   */
  @Test
  void whatAnImageIsBasedOnIsNotKnownWhereASnapshotInBetweenIsGone() {
    String overlay = disk("vda", "/o");
    Scene scene = new Scene().internal("s1", I).internal("s3", overlay).disks(overlay);
    assertEquals(
        List.of(
            "disk vda: at risk: the backing image of \"/o\" is unknown: the disk was in another"
                + " image when snapshot \"s1\" was taken, and no existing snapshot shows how the"
                + " two images are related"),
        contents(scene, "s3"));
    assertEquals(
        List.of("disk vda: certain"),
        contents(new Scene().internal("s1", I).internal("s2", I).disks(I), "s2"));
  }

  @Test
  void aDiskThatWasLeftOutStaysAsItIs() {
    Scene scene =
        new Scene()
            .snapshot(
                "e1",
                "shutoff",
                "<disk name='vda' snapshot='external'><source file='/o'/></disk>"
                    + "<disk name='vdb' snapshot='no'/>",
                "<devices>" + raw("vda", "/i") + disk("vdb", "/b") + "</devices>")
            .disks(O);
    assertEquals(
        List.of("disk vda: certain", "disk vdb: not in the snapshot: a revert does not change it"),
        contents(scene, "e1"));
  }

  @Test
  void aFloppyIsInSnapshotsWithMemoryOnly() {
    String floppy = I.replace("'disk'", "'floppy'");
    String modes = "<disk name='vda' snapshot='internal'/>";
    String domain = "<devices>" + floppy + "</devices>";
    Scene scene =
        new Scene()
            .snapshot("off", "shutoff", modes, domain)
            .snapshot("on", "running", modes, domain);
    assertEquals(
        List.of("disk vda: not in the snapshot: a revert does not change it"),
        contents(scene, "off"));
    assertEquals(List.of("disk vda: certain", "memory: certain"), contents(scene, "on"));
  }

  @Test
  void whatCanNotBeReadIsDoubtful() {
    assertEquals(
        List.of("disk vda: at risk: the other snapshots of the domain could not be read"),
        contents(new Scene().internal("s1", I).disks(I).withUnreadableSnapshots(), "s1"));
  }

  @Test
  void aMemoryFileOfTwoSnapshotsIsDoubtful() {
    String memory = "<memory snapshot='external' file='/m'/>";
    Scene scene = new Scene().snapshot("m1", "running", "", "", memory);
    assertEquals(List.of("memory: certain"), contents(scene, "m1"));
    scene.snapshot("m2", "running", "", "", memory);
    assertEquals(
        List.of("memory: at risk: \"/m\" is also the memory file of snapshot \"m2\""),
        contents(scene, "m1"));
  }

  @ParameterizedTest
  @CsvSource({
    "running, internal, raw,   0, certain",
    "running, external, raw,   0, certain",
    "shutoff, internal, qcow2, 0, certain",
    "shutoff, internal, raw,   0, not in the snapshot: a revert does not change it",
    "shutoff, external, qcow2, 0, not in the snapshot: a revert does not change it",
    "shutoff, internal, qcow2, 8, not in the snapshot: RESET_NVRAM replaces it with a new one",
    "running, internal, qcow2, 8, certain",
  })
  void theNvramComesBackWithTheMemoryOrWithinItsImage(
      String state, String mode, String format, int flags, String expected) {
    Scene scene =
        new Scene()
            .snapshot(
                "s1",
                state,
                "<disk name='vda' snapshot='" + mode + "'/>",
                "<os><nvram format='" + format + "'>/n</nvram></os>")
            .flags(flags);
    List<String> contents = contents(scene, "s1");
    assertEquals("NVRAM: " + expected, contents.get(contents.size() - 1));
  }
}
