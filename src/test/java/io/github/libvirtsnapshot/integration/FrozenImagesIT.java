package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Images that must not change for a snapshot to keep its content: the images of an external
 * snapshot, and the images beneath an internal one. libvirt has no record of most of the changes
 * here, but each one changes the image's modification time.
 */
class FrozenImagesIT extends OnRecipeGuest {
  /** libvirt's times of snapshots are in whole seconds. */
  private static void awaitNextSecond() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(2100);
  }

  private void takeOfRawDisk() throws Exception {
    useRawDisk();
    guest.write("11");
    awaitNextSecond();
    guest.takeOfDisks("before-update");
  }

  private void commitToRawBase() throws Exception {
    awaitNextSecond();
    guest.start();
    guest.writeLive("22", "virtio-disk0");
    guest.takeOfDisks("after-update");
    guest.virsh("blockcommit", "guest", "vda", "--top", "vda[1]", "--base", "vda[2]", "--wait");
  }

  @Test
  void plan_blockCommitWroteToRawImage_neverCallsWrongContentCertain() throws Exception {
    takeOfRawDisk();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    commitToRawBase();
    guest.assertCertainOnlyIf("11", "before-update");
  }

  @Test
  void guardedRevert_blockCommitWroteToRawImage_isNotStarted() throws Exception {
    takeOfRawDisk();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.createPool();
    commitToRawBase();
    guest.assertNotStarted(guest.to("before-update"));
  }

  /** The guest writes to the raw image again, and then moves to another image. */
  private void writeToRawBaseAndMove() throws Exception {
    awaitNextSecond();
    guest.start();
    guest.virsh("blockcommit", "guest", "vda", "--active", "--pivot", "--wait");
    guest.writeLive("22", "virtio-disk0");
    guest.virsh(
        "blockcopy",
        "guest",
        "vda",
        guest.path("moved.img").toString(),
        "--format",
        "raw",
        "--transient-job",
        "--wait",
        "--pivot");
  }

  @Test
  void plan_rawImageWasWrittenAndDiskMoved_neverCallsWrongContentCertain() throws Exception {
    takeOfRawDisk();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    writeToRawBaseAndMove();
    guest.assertCertainOnlyIf("11", "before-update");
  }

  @Test
  void guardedRevert_rawImageWasWrittenAndDiskMoved_isNotStarted() throws Exception {
    takeOfRawDisk();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.createPool();
    writeToRawBaseAndMove();
    guest.assertNotStarted(guest.to("before-update"));
  }

  @Test
  void plan_rawImageIsUnchanged_isCertain() throws Exception {
    takeOfRawDisk();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.createPool();
    awaitNextSecond();
    guest.start();
    guest.writeLive("22", "virtio-disk0");
    assertCertain("before-update");
    guest.assertReverted(guest.to("before-update"));
    assertEquals("11", guest.content());
  }

  private void assertCertain(String snapshot) throws Exception {
    RevertPlan plan = guest.to(snapshot).plan();
    assertEquals(
        Certainty.CERTAIN, RecipeGuest.certainty(plan.contents(), "disk vda"), plan::toString);
  }

  /** libvirt merges the overlay of the deleted snapshot into the image of the next one. */
  @Test
  void guardedRevert_earlierSnapshotWasDeleted_isReverted() throws Exception {
    guest.write("11");
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.createPool();
    guest.write("22");
    guest.takeOfDisks("after-update");
    guest.write("33");
    awaitNextSecond();
    guest.virsh("snapshot-delete", "guest", "before-update");
    assertEquals(
        Certainty.AT_RISK,
        RecipeGuest.certainty(guest.to("after-update").plan().contents(), "disk vda"));
    guest.assertReverted(guest.to("after-update"));
    assertEquals("22", guest.content());
  }

  /** After the revert, QEMU reads the backing image that the header names. */
  @Test
  void guardedRevert_definitionOmitsBackingImageOfHeader_isNotStarted() throws Exception {
    Path golden = guest.path("guest.qcow2");
    Path clone = guest.overlay("clone.qcow2", golden, "qcow2");
    guest.redefine(xml -> xml.replace("'" + golden + "'/>", "'" + clone + "'/><backingStore/>"));
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.createPool();
    guest.assertNotStarted(guest.to("before-update"));
  }

  /** After the revert, the disk is on an overlay of the whole image. */
  @Test
  void guardedRevert_diskUsesPartOfImage_isNotStarted() throws Exception {
    useRawDisk();
    guest.redefine(
        xml ->
            xml.replaceFirst(
                "(<source file='[^']*')/>",
                "$1><slices><slice type='storage' offset='1048576' size='1048576'/></slices>"
                    + "</source>"));
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.createPool();
    guest.assertNotStarted(guest.to("before-update"));
  }

  /** Bases the disk of the guest on a golden image, and takes an internal snapshot. */
  private Path takeOfClone() throws Exception {
    Path golden = guest.image("golden.qcow2", "qcow2");
    guest.write("11", golden, "qcow2");
    Path clone = guest.overlay("clone.qcow2", golden, "qcow2");
    guest.redefine(xml -> xml.replace(guest.path("guest.qcow2").toString(), clone.toString()));
    awaitNextSecond();
    guest.takeInternal("clean-install");
    awaitNextSecond();
    return golden;
  }

  /** The internal snapshots of the clone still read their data from the golden image. */
  @Test
  void undo_goldenImageWasPulledIntoTheClone_isNotStarted() throws Exception {
    takeOfClone();
    guest.createPool();
    RevertReport report = guest.to("clean-install").withSafetySnapshot().revert();
    guest.start();
    guest.virsh("blockpull", "guest", "vda", "--wait");

    guest.assertNotStarted(SnapshotReverter.of(guest.domain()).undoing(report));
  }

  @Test
  void undo_goldenImageWasPulledIntoAVolume_isNotStarted() throws Exception {
    takeOfClone();
    guest.createPool();
    guest.useVolume("clone.qcow2");
    guest.start();
    guest.takeInternal("v");
    RevertReport report = guest.to("v").withSafetySnapshot().revert();
    guest.virsh("blockpull", "guest", "vda", "--wait");

    guest.assertNotStarted(SnapshotReverter.of(guest.domain()).undoing(report));
  }

  @Test
  void plan_goldenImageWasRebuilt_neverCallsWrongContentCertain() throws Exception {
    Path golden = takeOfClone();
    guest.write("22", golden, "qcow2");
    guest.assertCertainOnlyIf("11", "clean-install");
  }

  @Test
  void guardedRevert_goldenImageWasRebuilt_isNotStarted() throws Exception {
    Path golden = takeOfClone();
    guest.createPool();
    guest.write("22", golden, "qcow2");
    guest.assertNotStarted(guest.to("clean-install"));
  }

  @Test
  void guardedRevert_goldenImageWasCopied_isStartedOnceTheCopyHasTheOldTime() throws Exception {
    Path golden = takeOfClone();
    guest.createPool();
    Path original = guest.path("original.qcow2");
    Files.move(golden, original);
    Files.copy(original, golden);
    libvirtd.give(golden);

    String message = guest.assertNotStarted(guest.to("clean-install"));

    PrivateLibvirtd.run("qemu-img", "compare", original.toString(), golden.toString());
    Matcher command = Pattern.compile("touch -d (\\S+) COPY").matcher(message);
    assertTrue(command.find(), message);
    PrivateLibvirtd.run("touch", "-d", command.group(1), golden.toString());
    guest.assertReverted(guest.to("clean-install"));
  }

  /** Another guest writes to the golden image, under the name of a link. */
  private void writeUnderAnotherName(Path golden) throws Exception {
    Path link = Files.createSymbolicLink(guest.path("link.qcow2"), golden);
    try (Domain builder = guest.connect().domainDefineXML(Guests.qemuXml("builder", link))) {
      builder.create();
      guest.writeLive("builder", "22", "virtio-disk0");
      builder.destroy();
    }
  }

  @Test
  void plan_otherGuestWroteToGoldenImageUnderAnotherName_neverCallsWrongContentCertain()
      throws Exception {
    writeUnderAnotherName(takeOfClone());
    guest.assertCertainOnlyIf("11", "clean-install");
  }

  @Test
  void guardedRevert_otherGuestWroteToGoldenImageUnderAnotherName_isNotStarted() throws Exception {
    Path golden = takeOfClone();
    guest.createPool();
    writeUnderAnotherName(golden);
    guest.assertNotStarted(guest.to("clean-install"));
  }

  @Test
  void plan_goldenImageIsUnchanged_isCertain() throws Exception {
    takeOfClone();
    guest.createPool();
    assertCertain("clean-install");
  }

  /** Lets the header of the guest's image name the golden image in another way. */
  private void rename(String base) throws Exception {
    PrivateLibvirtd.run(
        "qemu-img", "rebase", "-u", "-F", "qcow2", "-b", base, guest.disk().toString());
    libvirtd.give(guest.disk());
  }

  /** libvirt 7.0 crashes when it lists the files of a folder with an image on {@code file:}. */
  @Tag("recent-qemu")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "golden.qcow2",
        "FOLDER/golden.qcow2",
        "file:FOLDER/golden.qcow2",
        "./a:b/../golden.qcow2"
      })
  void plan_headerHasNameOfGoldenImage_readsThatImage(String base) throws Exception {
    guest.createPool();
    Path golden = takeOfClone();
    guest.folder("a:b");
    rename(base.replace("FOLDER", golden.getParent().toString()));
    assertCertain("clean-install");
    guest.write("22", golden, "qcow2");
    guest.assertNotStarted(guest.to("clean-install"));
  }

  /** The name of the golden image is relative to the folder of the volume. */
  @Test
  void plan_diskIsVolumeOnGoldenImage_readsThatImage() throws Exception {
    guest.createPool();
    Path golden = takeOfClone();
    guest.useVolume("clone.qcow2");
    guest.virsh("pool-refresh", "images");
    rename("../" + golden.getParent().getFileName() + "/golden.qcow2");
    guest.takeInternal("v");
    assertCertain("v");
    awaitNextSecond();
    guest.write("22", golden, "qcow2");
    guest.assertNotStarted(guest.to("v"));
  }

  /** libvirt 7.0 crashes when it lists the files of a folder that has such an image. */
  @Test
  @Tag("recent-qemu")
  void plan_headerDescribesGoldenImageAsJson_neverCallsWrongContentCertain() throws Exception {
    guest.createPool();
    Path golden = takeOfClone();
    rename(
        "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\""
            + golden
            + "\"}}");
    guest.write("22", golden, "qcow2");
    guest.assertCertainOnlyIf("11", "clean-install");
  }
}
