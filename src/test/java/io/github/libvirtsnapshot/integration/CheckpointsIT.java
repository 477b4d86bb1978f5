package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints and the bitmaps in which QEMU records changed blocks: QEMU cannot revert to an
 * internal snapshot in an image with a bitmap. libvirt can have a checkpoint without a bitmap, and
 * an image a bitmap without a checkpoint.
 */
@Tag("recent-qemu")
class CheckpointsIT extends OnRecipeGuest {
  private static final Pattern REMOVE_BITMAP =
      Pattern.compile("qemu-img bitmap --remove (\\S+) ([^\\s;]+)");

  private static final Pattern BITMAP = Pattern.compile("(?m)^ +name: (\\S+)$");

  private void createCheckpoint() throws Exception {
    guest.virsh("checkpoint-create-as", "guest", "c1");
  }

  /** The running guest keeps the bitmap of the checkpoint, and stores it when it ends. */
  private void forgetCheckpoint() throws Exception {
    createCheckpoint();
    guest.virsh("checkpoint-delete", "guest", "c1", "--metadata");
  }

  private void takeSnapshotOfRunningGuest() throws Exception {
    guest.write("11");
    guest.start();
    guest.takeInternal("clean-install");
  }

  @Test
  void plan_runningGuestMayHaveBitmap_namesItUnderUnknowns() throws Exception {
    takeSnapshotOfRunningGuest();
    forgetCheckpoint();
    RevertPlan plan = guest.to("clean-install").plan();
    assertTrue(
        plan.unknowns().stream().anyMatch(unknown -> unknown.contains("bitmap")), plan::toString);
  }

  /** Without a pool, no plan can read the images, also not the plan after the failure. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void revertWithSafetySnapshot_bitmapOfForgottenCheckpoint_messageLeadsBack(boolean isInPool)
      throws Exception {
    if (isInPool) {
      guest.createPool();
    }
    takeSnapshotOfRunningGuest();
    forgetCheckpoint();
    guest.writeLive("22", "virtio-disk0");

    RevertException failed =
        assertThrows(RevertException.class, guest.to("clean-install").withSafetySnapshot()::revert);

    if (failed.outcome() == RevertOutcome.ROLLBACK_FAILED) {
      removeBitmaps(failed.getMessage());
      guest.runRestoreCommand(failed.getMessage());
    } else {
      assertEquals(RevertOutcome.NOT_STARTED, failed.outcome(), failed.getMessage());
    }
    assertEquals(DomainState.RUNNING, guest.domain().getState().state());
    assertEquals("22", guest.content());
  }

  /** Runs the commands of a message that remove bitmaps. */
  private static void removeBitmaps(String message) throws Exception {
    Matcher remove = REMOVE_BITMAP.matcher(message);
    assertTrue(remove.find(), message);
    do {
      for (String bitmap : bitmaps(remove.group(1), remove.group(2))) {
        PrivateLibvirtd.run("qemu-img", "bitmap", "--remove", remove.group(1), bitmap);
      }
    } while (remove.find());
  }

  /** Returns the bitmap that the message names, or else those that qemu-img lists. */
  private static List<String> bitmaps(String image, String named) throws Exception {
    return named.equals("BITMAP")
        ? BITMAP
            .matcher(PrivateLibvirtd.run("qemu-img", "info", image))
            .results()
            .map(bitmap -> bitmap.group(1))
            .toList()
        : List.of(named);
  }

  /** The bitmap is in the image, because the guest was shut off since. */
  @Test
  void guardedRevert_imageHasBitmapOfForgottenCheckpoint_isNotStartedAndWayOutWorks()
      throws Exception {
    guest.createPool();
    takeSnapshotOfRunningGuest();
    forgetCheckpoint();
    guest.domain().destroy();
    guest.write("22");

    String message = guest.assertNotStarted(guest.to("clean-install"));

    removeBitmaps(message);
    guest.assertReverted(guest.to("clean-install"));
    assertEquals("11", guest.content());
  }

  /** The guest ends before QEMU stores the bitmap, so that libvirt can revert. */
  private void loseBitmap() throws Exception {
    createCheckpoint();
    libvirtd.guest("guest").orElseThrow().destroyForcibly();
    while (guest.domain().isActive()) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Test
  void guardedRevert_bitmapOfCheckpointWasNeverStored_succeeds() throws Exception {
    guest.createPool();
    takeSnapshotOfRunningGuest();
    loseBitmap();
    guest.write("22");
    guest.assertReverted(guest.to("clean-install"));
    assertEquals("11", guest.content());
  }

  @Test
  void guardedRevert_bitmapOfCheckpointWasNeverStored_wayOutWorksWithoutPool() throws Exception {
    takeSnapshotOfRunningGuest();
    loseBitmap();
    followWayOutOfCheckpoint();
    guest.assertReverted(guest.to("clean-install"));
  }

  @Test
  void revertWithSafetySnapshot_bitmapOfCheckpointWasNeverStored_isNotPromised() throws Exception {
    guest.createPool();
    takeSnapshotOfRunningGuest();
    loseBitmap();
    guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
  }

  @Test
  void guardedRevert_checkpointOfRunningGuest_isNotStartedAndWayOutWorks() throws Exception {
    takeSnapshotOfRunningGuest();
    createCheckpoint();
    guest.assertNotStarted(guest.to("clean-install"));
    followWayOutOfCheckpoint();
    guest.assertReverted(guest.to("clean-install"));
  }

  /** The bitmap of the checkpoint is in the image. */
  @Test
  void guardedRevert_checkpointOfGuestThatIsShutOff_isNotStartedAndWayOutWorks() throws Exception {
    guest.createPool();
    takeSnapshotOfRunningGuest();
    createCheckpoint();
    guest.domain().destroy();
    guest.assertNotStarted(guest.to("clean-install"));
    followWayOutOfCheckpoint();
    guest.assertReverted(guest.to("clean-install"));
  }

  @Test
  void plan_externalRevert_listsCheckpointsOnWhichNoBackupCanBeBased() throws Exception {
    guest.start();
    guest.takeWithMemory("before-update");
    createCheckpoint();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    Path backup =
        guest.file("backup.xml", "<domainbackup><incremental>c1</incremental></domainbackup>");

    RevertPlan plan = guest.to("before-update").plan();
    guest.to("before-update").revert();

    assertEquals("c1", guest.virsh("checkpoint-list", "guest", "--name").strip());
    AssertionError refused =
        assertThrows(
            AssertionError.class, () -> guest.virsh("backup-begin", "guest", backup.toString()));
    assertTrue(refused.getMessage().contains("missing or broken bitmap 'c1'"), refused::toString);
    assertTrue(
        plan.losses().stream()
            .anyMatch(
                loss -> loss.kind() == Loss.Kind.CHECKPOINTS && loss.what().contains("\"c1\"")),
        plan::toString);
    guest.virsh("checkpoint-delete", "guest", "c1", "--metadata");
  }

  /** Runs the commands of the way out: the last one deletes the checkpoint. */
  private void followWayOutOfCheckpoint() throws Exception {
    RevertPlan plan = guest.to("clean-install").plan();
    if (plan.refusal().isPresent()) {
      String wayOut = plan.refusal().get().wayOut();
      if (wayOut.contains("qemu-img bitmap")) {
        removeBitmaps(wayOut);
      }
      Matcher command =
          Pattern.compile("virsh checkpoint-delete (?:--metadata )?guest CHECKPOINT( --metadata)?")
              .matcher(wayOut);
      assertTrue(command.find(), wayOut);
      String[] words = command.group().replace("CHECKPOINT", "c1").split(" ");
      guest.virsh(List.of(words).subList(1, words.length).toArray(String[]::new));
    }
  }
}
