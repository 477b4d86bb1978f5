package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import org.junit.jupiter.api.Test;

/**
 * Which snapshot of an image QEMU loads: QEMU compares the name with the IDs of the snapshots
 * first, and loads the older one of two snapshots with the same name.
 */
class SnapshotIdentityIT extends OnRecipeGuest {
  /** In the image, snapshot 1 has the ID 2, and snapshot 2 has the ID 1. */
  private void takeSnapshotsWithSwappedIds() throws Exception {
    guest.write("11");
    guest.takeInternal("2");
    guest.write("22");
    guest.takeInternal("1");
    guest.write("33");
  }

  private void takeTwoSnapshotsOfOneName() throws Exception {
    guest.write("11");
    guest.takeInternal("clean-install");
    guest.forget("clean-install");
    guest.write("22");
    guest.takeInternal("clean-install");
    guest.write("33");
  }

  @Test
  void guardedRevert_snapshotNameIsIdOfAnotherSnapshot_isNotStarted() throws Exception {
    guest.createPool();
    takeSnapshotsWithSwappedIds();
    guest.assertNotStarted(guest.to("1"));
  }

  @Test
  void plan_snapshotNameIsIdOfAnotherSnapshot_neverCallsWrongContentCertain() throws Exception {
    takeSnapshotsWithSwappedIds();
    guest.assertCertainOnlyIf("22", "1");
  }

  @Test
  void revertWithSafetySnapshot_snapshotNameIsIdOfAnotherSnapshot_isNotStarted() throws Exception {
    guest.createPool();
    takeSnapshotsWithSwappedIds();
    guest.assertNotStarted(guest.to("1").withSafetySnapshot());
  }

  @Test
  void guardedRevert_runningSnapshotNameIsIdOfAnotherSnapshot_isNotStarted() throws Exception {
    guest.createPool();
    guest.start();
    guest.writeLive("11", "virtio-disk0");
    guest.takeInternal("2");
    guest.writeLive("22", "virtio-disk0");
    guest.takeInternal("1");
    guest.assertNotStarted(guest.to("1"));
  }

  /** From 10.10 on, libvirt looks for the memory in the newest snapshot of that name. */
  @Test
  void plan_newerSnapshotOfThatNameHasNoMemory_agreesWithLibvirt() throws Exception {
    guest.createPool();
    guest.start();
    guest.takeInternal("clean");
    guest.domain().destroy();
    PrivateLibvirtd.run("qemu-img", "snapshot", "-c", "clean", guest.disk().toString());
    guest.start();

    SnapshotReverter reverter = guest.to("clean");
    assertEquals(
        guest.hasLibvirtSince(10_010_000), reverter.plan().refusal().isPresent(), "refusal");
    guest.assertNotStarted(reverter);
    if (guest.hasLibvirtSince(10_010_000)) {
      guest.assertRefusalPredicted(reverter);
    } else {
      var unused = reverter.revert();
    }
  }

  @Test
  void plan_runningSnapshotNameIsIdOfSnapshotWithoutMemory_predictsRefusal() throws Exception {
    guest.createPool();
    guest.start();
    guest.takeInternal("2");
    guest.domain().destroy();
    guest.takeInternal("clean");
    guest.assertRefusalPredicted(guest.to("2"));
  }

  @Test
  void plan_runningSnapshotNameIsIdOfAnotherSnapshot_neverCallsWrongContentCertain()
      throws Exception {
    guest.start();
    guest.writeLive("11", "virtio-disk0");
    guest.takeInternal("2");
    guest.writeLive("22", "virtio-disk0");
    guest.takeInternal("1");
    guest.writeLive("33", "virtio-disk0");
    guest.assertCertainOnlyIf("22", "1");
  }

  @Test
  void guardedRevert_snapshotNameIsItsOwnId_restoresTheSnapshot() throws Exception {
    guest.createPool();
    guest.write("11");
    guest.takeInternal("1");
    guest.write("22");
    guest.assertReverted(guest.to("1"));
    assertEquals("11", guest.content());
  }

  @Test
  void guardedRevert_snapshotNameIsNumberWithoutSuchId_restoresTheSnapshot() throws Exception {
    guest.createPool();
    guest.write("11");
    guest.takeInternal("20261127");
    guest.write("22");
    guest.takeInternal("20261128");
    guest.write("33");
    guest.assertReverted(guest.to("20261128"));
    assertEquals("22", guest.content());
  }

  @Test
  void guardedRevert_imageHasOlderSnapshotOfSameName_isNotStarted() throws Exception {
    guest.createPool();
    takeTwoSnapshotsOfOneName();
    guest.assertNotStarted(guest.to("clean-install"));
  }

  @Test
  void plan_imageHasOlderSnapshotOfSameName_neverCallsWrongContentCertain() throws Exception {
    takeTwoSnapshotsOfOneName();
    guest.assertCertainOnlyIf("22", "clean-install");
  }

  @Test
  void guardedRevert_imageNoLongerHasTheSnapshot_isNotStarted() throws Exception {
    guest.createPool();
    guest.start();
    guest.takeInternal("clean-install");
    guest.domain().destroy();
    PrivateLibvirtd.run("qemu-img", "snapshot", "-d", "clean-install", guest.disk().toString());
    guest.start();
    guest.assertNotStarted(guest.to("clean-install"));
  }

  @Test
  void guardedRevert_imageHasSnapshotOfSameNameFromAnotherTime_isNotStarted() throws Exception {
    guest.createPool();
    guest.write("11");
    guest.takeInternal("clean-install");
    try (DomainSnapshot snapshot = guest.domain().snapshotLookupByName("clean-install")) {
      long before = SnapshotDetails.of(snapshot).taken().orElseThrow().getEpochSecond() - 61;
      String xml =
          snapshot.getXMLDesc().replaceAll("<creationTime>.*</", "<creationTime>" + before + "</");
      guest.domain().snapshotCreateXML(xml, SnapshotCreateFlag.REDEFINE).close();
    }
    guest.write("33");
    guest.assertNotStarted(guest.to("clean-install"));
  }

  @Test
  void plan_imageHasTheSnapshot_isCertainAndHasNoUnknownAboutIt() throws Exception {
    guest.createPool();
    guest.write("11");
    guest.takeInternal("clean-install");
    RevertPlan plan = guest.to("clean-install").plan();
    assertEquals(Certainty.CERTAIN, RecipeGuest.certainty(plan.contents(), "disk vda"));
    assertEquals(
        0,
        plan.unknowns().stream()
            .filter(each -> each.contains("still contain the snapshot"))
            .count(),
        plan::toString);
  }

  /** The safety snapshot gets the ID 3. */
  @Test
  void revertWithSafetySnapshot_nameIsNextId_isNotStartedOrRestoresTheNamedSnapshot()
      throws Exception {
    guest.write("11");
    guest.takeInternal("3");
    guest.write("22");
    guest.takeInternal("before-update");
    guest.write("33");
    try {
      guest.to("3").withSafetySnapshot().revert();
      assertEquals("11", guest.content());
    } catch (RevertException refused) {
      assertEquals(RevertOutcome.NOT_STARTED, refused.outcome(), refused.getMessage());
      assertEquals("33", guest.content());
    }
  }
}
