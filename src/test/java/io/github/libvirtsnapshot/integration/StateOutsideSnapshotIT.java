package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** State of a guest that a snapshot does not contain, or that the plan could overlook. */
class StateOutsideSnapshotIT extends OnRecipeGuest {
  private static final String TPM =
      "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>";

  private static boolean hasLoss(RevertPlan plan, String what) {
    return plan.losses().stream().map(Loss::what).anyMatch(loss -> loss.contains(what));
  }

  private Path writeConsoleTo(String options) throws Exception {
    Path log = guest.file("console.log", "");
    guest.addDevice("<serial type='file'><source path='%s'%s/></serial>".formatted(log, options));
    guest.start();
    Files.writeString(log, "evidence\n");
    guest.takeInternal("clean-install");
    return log;
  }

  @Test
  @Tag("another-process")
  void plan_serialConsoleIsWrittenToFile_listsLossOfFile() throws Exception {
    Path log = writeConsoleTo("");
    RevertPlan plan = guest.to("clean-install").plan();
    guest.to("clean-install").revert();
    assertEquals("", Files.readString(log));
    assertTrue(hasLoss(plan, log.toString()), plan::toString);
  }

  @Test
  void plan_serialConsoleIsAppendedToFile_listsNoLossOfFile() throws Exception {
    Path log = writeConsoleTo(" append='on'");
    RevertPlan plan = guest.to("clean-install").plan();
    guest.to("clean-install").revert();
    assertEquals("evidence\n", Files.readString(log));
    assertFalse(hasLoss(plan, log.toString()), plan::toString);
  }

  @Test
  void plan_networkDiskHasNoName_listsDiskInContentsAndLosses() throws Exception {
    try (NbdServer server = new NbdServer()) {
      guest.addDevice(server.disk());
      guest.start();
      guest.writeLive("11", "virtio-disk1");
      guest.takeInternal("clean-install");
      guest.writeLive("22", "virtio-disk1");

      RevertPlan plan = guest.to("clean-install").plan();
      guest.to("clean-install").revert();

      guest.domain().destroy();
      assertEquals("11", server.stopAndRead());
      assertNotEquals(
          Certainty.NOT_INCLUDED,
          RecipeGuest.certainty(plan.contents(), "disk vdb"),
          plan::toString);
      assertTrue(hasLoss(plan, "vdb"), plan::toString);
    }
  }

  @Test
  void revertWithSafetySnapshot_networkDiskHasNoName_leadsBack() throws Exception {
    try (NbdServer server = new NbdServer()) {
      guest.addDevice(server.disk());
      guest.start();
      guest.takeInternal("clean-install");
      guest.writeLive("22", "virtio-disk1");
      guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
      guest.domain().destroy();
      assertEquals("22", server.stopAndRead());
    }
  }

  /** A server of a qcow2 image, which serves one export without a name. */
  private final class NbdServer implements AutoCloseable {
    private final Path image = guest.image("exported.qcow2", "qcow2");
    private final Path socket = guest.path("nbd.socket");
    private final Process process;

    NbdServer() throws Exception {
      // The snapshots of the image need room behind its present end.
      PrivateLibvirtd.run("truncate", "-s", "300M", image.toString());
      process =
          new ProcessBuilder(
                  "qemu-nbd",
                  "-t",
                  "-e",
                  "4",
                  "-f",
                  "raw",
                  "-k",
                  socket.toString(),
                  image.toString())
              .inheritIO()
              .start();
      while (!Files.exists(socket)) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      libvirtd.give(socket);
    }

    String disk() {
      return "<disk type='network' device='disk'><driver name='qemu' type='qcow2'/><source protocol='nbd'><host transport='unix' socket='%s'/></source><target dev='vdb' bus='virtio'/></disk>"
          .formatted(socket);
    }

    String stopAndRead() throws IOException {
      close();
      return RecipeGuest.content(image);
    }

    @Override
    public void close() {
      process.destroy();
      process.onExit().join();
    }
  }

  /** QEMU writes to a temporary file, which is gone when the guest ends. */
  private void addTransientDisk() throws Exception {
    Path image = guest.image("scratch.qcow2", "qcow2");
    guest.write("11", image, "qcow2");
    guest.addDevice(
        RecipeGuest.diskXml("vdb", image, "qcow2")
            .replace("<disk ", "<disk snapshot='no' ")
            .replace("</disk>", "<transient/></disk>"));
  }

  @Test
  void plan_transientDiskWasAddedSinceSnapshot_listsLossOfItsContent() throws Exception {
    guest.takeInternal("clean-install");
    addTransientDisk();
    guest.start();
    guest.writeLive("22", "virtio-disk1");

    RevertPlan plan = guest.to("clean-install").plan();
    guest.to("clean-install").revert();

    assertEquals("11", RecipeGuest.content(guest.path("scratch.qcow2")));
    assertTrue(hasLoss(plan, "vdb"), plan::toString);
  }

  @Test
  void plan_snapshotDoesNotIncludeTransientDisk_listsLossOfItsContent() throws Exception {
    addTransientDisk();
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.start();
    guest.writeLive("22", "virtio-disk1");

    RevertPlan plan = guest.to("before-update").plan();
    guest.to("before-update").revert();

    assertEquals("11", RecipeGuest.content(guest.path("scratch.qcow2")));
    assertTrue(hasLoss(plan, "vdb"), plan::toString);
    assertFalse(plan.contents().toString().contains("vdb: not in the snapshot: a revert does not"));
  }

  /** A definition with a TPM needs a program that this host may not have. */
  private void addTpmTo(String snapshot) throws Exception {
    guest.changeStoredDefinition(xml -> xml.replace("</devices>", TPM + "</devices>"));
    guest.changeStoredSnapshot(snapshot, xml -> xml.replace("</devices>", TPM + "</devices>"));
  }

  @Test
  void plan_guestHasTpm_namesItInContents() throws Exception {
    guest.takeInternal("clean-install");
    addTpmTo("clean-install");
    RevertPlan plan = guest.to("clean-install").plan();
    assertEquals(
        Certainty.NOT_INCLUDED, RecipeGuest.certainty(plan.contents(), "TPM"), plan::toString);
  }

  /** The memory of the snapshot replaces the state of the TPM, which is in a file otherwise. */
  @Test
  void plan_guestWithTpmIsOffAndSnapshotHasMemory_promisesNoSafetySnapshot() throws Exception {
    guest.start();
    guest.takeInternal("clean-install");
    guest.domain().destroy();
    addTpmTo("clean-install");
    RevertPlan plan = guest.to("clean-install").plan();
    assertEquals(Optional.empty(), plan.safety().kind(), plan::toString);
  }
}
