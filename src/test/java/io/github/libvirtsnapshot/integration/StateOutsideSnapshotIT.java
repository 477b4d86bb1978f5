package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.RevertPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** State of a guest that a snapshot does not contain, or that the plan could overlook. */
class StateOutsideSnapshotIT extends OnRecipeGuest {
  private static boolean hasLoss(RevertPlan plan, String what) {
    return plan.losses().stream().map(Loss::what).anyMatch(loss -> loss.contains(what));
  }

  private Path writeConsoleTo(String options) throws Exception {
    Path log = guest.file("console.log", "");
    guest.addDevice("<serial type='file'><source path='%s'%s/></serial>".formatted(log, options));
    guest.start();
    Files.writeString(log, "evidence\n");
    guest.takeInternal("s");
    return log;
  }

  @Test
  void plan_serialConsoleIsAppendedToFile_listsNoLossOfFile() throws Exception {
    Path log = writeConsoleTo(" append='on'");
    RevertPlan plan = guest.to("s").plan();
    guest.to("s").revert();
    assertEquals("evidence\n", Files.readString(log));
    assertFalse(hasLoss(plan, log.toString()), plan::toString);
  }

  @Test
  void revertWithSafetySnapshot_networkDiskHasNoName_leadsBack() throws Exception {
    try (NbdServer server = new NbdServer()) {
      guest.addDevice(server.disk());
      guest.start();
      guest.takeInternal("s");
      guest.writeLive("22", "virtio-disk1");
      guest.assertSafetySnapshotLeadsBack(guest.to("s"));
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
}
