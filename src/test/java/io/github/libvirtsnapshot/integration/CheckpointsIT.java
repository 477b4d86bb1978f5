package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.plan.RevertPlan;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Checkpoints and the bitmaps in which QEMU records changed blocks: QEMU cannot revert to an
 * internal snapshot in an image with a bitmap. libvirt can have a checkpoint without a bitmap, and
 * an image a bitmap without a checkpoint.
 */
class CheckpointsIT extends OnRecipeGuest {
  private static final Pattern REMOVE_BITMAP =
      Pattern.compile("qemu-img bitmap --remove (\\S+) (\\S+)");

  private void createCheckpoint() throws Exception {
    guest.virsh("checkpoint-create-as", "guest", "c1");
  }

  private void takeSnapshotOfRunningGuest() throws Exception {
    guest.write("11");
    guest.start();
    guest.takeInternal("s");
  }

  /** Runs the commands of a message that remove bitmaps. */
  private static void removeBitmaps(String message) throws Exception {
    Matcher remove = REMOVE_BITMAP.matcher(message);
    assertTrue(remove.find(), message);
    do {
      PrivateLibvirtd.run("qemu-img", "bitmap", "--remove", remove.group(1), remove.group(2));
    } while (remove.find());
  }

  @Test
  void guardedRevert_checkpointOfRunningGuest_isNotStartedAndWayOutWorks() throws Exception {
    takeSnapshotOfRunningGuest();
    createCheckpoint();
    guest.assertNotStarted(guest.to("s"));
    followWayOutOfCheckpoint();
    guest.assertReverted(guest.to("s"));
  }

  /** Runs the commands of the way out: the last one deletes the checkpoint. */
  private void followWayOutOfCheckpoint() throws Exception {
    RevertPlan plan = guest.to("s").plan();
    if (plan.refusal().isPresent()) {
      String wayOut = plan.refusal().get().wayOut();
      if (wayOut.contains("qemu-img bitmap")) {
        removeBitmaps(wayOut);
      }
      Matcher command =
          Pattern.compile("virsh checkpoint-delete (?:--metadata )?DOMAIN CHECKPOINT( --metadata)?")
              .matcher(wayOut);
      assertTrue(command.find(), wayOut);
      String[] words =
          command.group().replace("DOMAIN", "guest").replace("CHECKPOINT", "c1").split(" ");
      guest.virsh(List.of(words).subList(1, words.length).toArray(String[]::new));
    }
  }
}
