package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A safety snapshot that the plan promises leads back, and a failed revert says what is left. */
class WayBackIT extends OnRecipeGuest {
  private static final Pattern WAY_BACK =
      Pattern.compile("virsh snapshot-revert --force (\\S+) (\\S+)");

  /** QEMU plugs PCI devices into and out of this guest. */
  private void startWithHotplug() throws Exception {
    guest.redefine(xml -> xml.replace("</os>", "</os><features><acpi/></features>"));
    guest.start();
  }

  private void attachDiskToActiveGuest() throws Exception {
    startWithHotplug();
    guest.takeInternal("s");
    Path image = guest.image("data.qcow2", "qcow2");
    guest.write("11", image, "qcow2");
    Path xml = guest.file("disk.xml", RecipeGuest.diskXml("vdb", image, "qcow2"));
    guest.virsh("attach-device", "guest", xml.toString(), "--live");
  }

  @Test
  void revertWithSafetySnapshot_diskWasAttachedToActiveGuestOnly_leadsBack() throws Exception {
    attachDiskToActiveGuest();
    guest.assertSafetySnapshotLeadsBack(guest.to("s"));
  }

  private void useOwnFirmware() throws Exception {
    Path firmware = Files.copy(Path.of("/usr/share/seabios/bios-256k.bin"), guest.path("bios"));
    guest.redefine(
        xml -> xml.replace("</type>", "</type><loader type='rom'>" + firmware + "</loader>"));
    guest.write("11");
    guest.start();
    guest.takeWithMemory("e1");
  }

  private void removeFirmware() throws Exception {
    Files.move(guest.path("bios"), guest.path("bios.away"));
  }

  @Test
  void revertWithSafetySnapshot_startOfExternalSnapshotFails_isRolledBackWithImages()
      throws Exception {
    useOwnFirmware();
    if (guest.isTooOldFor("e1")) {
      return;
    }
    guest.domain().destroy();
    guest.redefine(xml -> xml.replaceAll("<loader.*</loader>", ""));
    guest.start();
    guest.writeLive("22", "virtio-disk0");
    removeFirmware();
    guest.assertSafetySnapshotLeadsBack(guest.to("e1"));
  }

  /** The rollback fails for the same reason, because the guest needs the firmware too. */
  @Test
  void revertWithSafetySnapshot_rollbackFailed_messageLeadsBackAfterRepair() throws Exception {
    useOwnFirmware();
    if (guest.isTooOldFor("e1")) {
      return;
    }
    guest.writeLive("22", "virtio-disk0");
    removeFirmware();

    RevertException failed =
        assertThrows(RevertException.class, guest.to("e1").withSafetySnapshot()::revert);

    Files.move(guest.path("bios.away"), guest.path("bios"));
    if (failed.outcome() == RevertOutcome.ROLLBACK_FAILED) {
      Matcher wayBack = WAY_BACK.matcher(failed.getMessage());
      assertTrue(wayBack.find(), failed.getMessage());
      guest.virsh("snapshot-revert", "--force", wayBack.group(1), wayBack.group(2));
    } else {
      assertEquals(RevertOutcome.NOT_STARTED, failed.outcome(), failed.getMessage());
    }
    assertEquals(DomainState.RUNNING, guest.domain().getState().state());
    assertEquals("22", guest.content());
  }
}
