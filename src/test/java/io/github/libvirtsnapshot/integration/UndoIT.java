package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A safety snapshot that the plan promises restores the state before the revert, and the message of
 * a failed revert says what is left.
 */
class UndoIT extends OnRecipeGuest {

  /** Waits until libvirt gives a new overlay another name. */
  private static void awaitNextOverlayName() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(1200);
  }

  @Test
  void revertWithSafetySnapshot_cpuWasPluggedIn_leadsBack() throws Exception {
    guest.redefine(xml -> xml.replaceAll("<vcpu[^>]*>1<", "<vcpu current='1'>2<"));
    guest.start();
    guest.takeInternal("clean-install");
    guest.virsh("setvcpus", "guest", "2", "--live");
    guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
    assertEquals("2", guest.virsh("vcpucount", "guest", "--live", "--current").strip());
  }

  @Test
  void plan_cpuWasPluggedIn_listsLossOfCpu() throws Exception {
    guest.redefine(xml -> xml.replaceAll("<vcpu[^>]*>1<", "<vcpu current='1'>2<"));
    guest.start();
    guest.takeInternal("clean-install");
    guest.virsh("setvcpus", "guest", "2", "--live");
    assertLoss("CPU");
  }

  private void assertLoss(String what) throws Exception {
    RevertPlan plan = guest.to("clean-install").plan();
    assertTrue(
        plan.losses().stream().map(Loss::what).anyMatch(loss -> loss.contains(what)),
        plan::toString);
  }

  /** QEMU plugs PCI devices into and out of this guest. */
  private void startWithHotplug() throws Exception {
    guest.redefine(xml -> xml.replace("</os>", "</os><features><acpi/></features>"));
    guest.start();
  }

  private void attachDiskToActiveGuest() throws Exception {
    startWithHotplug();
    guest.takeInternal("clean-install");
    Path image = guest.image("data.qcow2", "qcow2");
    guest.write("11", image, "qcow2");
    Path xml = guest.file("disk.xml", RecipeGuest.diskXml("vdb", image, "qcow2"));
    guest.virsh("attach-device", "guest", xml.toString(), "--live");
  }

  @Test
  void revertWithSafetySnapshot_diskWasAttachedToActiveGuestOnly_leadsBack() throws Exception {
    attachDiskToActiveGuest();
    guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
  }

  /**
   * Starts the guest without vdb, which is in the snapshot and in the stored definition: as after
   * {@code virsh detach-disk --live}, which needs the help of an operating system in the guest.
   */
  private Path detachDiskFromActiveGuest() throws Exception {
    Path image = guest.image("data.qcow2", "qcow2");
    guest.addDevice(RecipeGuest.diskXml("vdb", image, "qcow2"));
    guest.start();
    guest.takeInternal("clean-install");
    guest.domain().destroy();
    guest.write("22", image, "qcow2");
    String stored = guest.domain().getXMLDesc();
    guest.virsh("detach-disk", "guest", "vdb", "--config");
    guest.start();
    guest.connect().domainDefineXML(stored).close();
    return image;
  }

  @Test
  void revertWithSafetySnapshot_diskWasDetachedFromActiveGuestOnly_isNotStarted() throws Exception {
    Path image = detachDiskFromActiveGuest();
    RevertException refused =
        assertThrows(
            RevertException.class, guest.to("clean-install").force().withSafetySnapshot()::revert);
    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome(), refused.getMessage());
    assertTrue(refused.getMessage().contains("copy the images first"), refused.getMessage());
    assertEquals("22", RecipeGuest.content(image));
  }

  @Test
  void plan_diskWasDetachedFromActiveGuestOnly_listsLossOfItsContent() throws Exception {
    Path image = detachDiskFromActiveGuest();
    assertLoss(image.toString());
    guest.to("clean-install").force().revert();
    assertEquals("00", RecipeGuest.content(image));
  }

  @Test
  void plan_diskWasAttachedToActiveGuestOnly_listsItsDetachment() throws Exception {
    attachDiskToActiveGuest();
    assertLoss("vdb");
  }

  @Test
  void plan_interfaceWasAttachedToActiveGuestOnly_listsItsDetachment() throws Exception {
    startWithHotplug();
    guest.takeInternal("clean-install");
    Path xml =
        guest.file(
            "interface.xml",
            "<interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/></interface>");
    guest.virsh("attach-device", "guest", xml.toString(), "--live");
    assertLoss("52:54:00:11:22:33");
  }

  /** libvirt takes no internal snapshot, because qemu-img does not have the key of the image. */
  @Test
  void revertWithSafetySnapshot_domainWithEncryptedDiskIsShutOff_isNotPromised() throws Exception {
    guest.takeInternal("clean-install");
    guest.addDevice(guest.encryptedDisk("vdb"));
    guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
  }

  /** QEMU ends with an error if it saves memory into an encrypted image. */
  @Test
  void revertWithSafetySnapshot_firstDiskIsEncrypted_leadsBackOrIsRefused() throws Exception {
    guest.takeInternal("clean-install");
    String encrypted = guest.encryptedDisk("vda");
    guest.redefine(
        xml ->
            xml.replace("<target dev='vda'", "<target dev='vdb'")
                .replaceFirst("<disk ", encrypted + "<disk "));
    guest.start();
    guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
  }

  /** An external snapshot with memory contains the encrypted disk. */
  @Test
  void revertWithSafetySnapshot_activeGuestWithEncryptedDisk_leadsBackToGuestThatStarts()
      throws Exception {
    guest.addDevice(guest.encryptedDisk("vdb"));
    guest.start();
    guest.writeLive("11", "virtio-disk1");
    guest.takeWithMemory("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.writeLive("22", "virtio-disk1");

    RevertPlan plan = guest.to("before-update").plan();
    guest.assertSafetySnapshotLeadsBack(guest.to("before-update"));

    assertEquals("22", RecipeGuest.content(guest.imageAt(1)));
    assertTrue(plan.safety().kind().isPresent(), plan::toString);
    guest.domain().destroy();
    guest.domain().create();
  }

  /**
   * Before 10.10, QEMU saves the memory in the disk that was attached first, and libvirt loads it
   * from the first disk. No definition shows in which order the disks were attached.
   */
  @Test
  @Tag("another-process")
  void revertWithSafetySnapshot_firstDiskWasAttachedToGuestAndDefinition_leadsBackOrIsNotStarted()
      throws Exception {
    guest.redefine(xml -> xml.replace("<target dev='vda'", "<target dev='vdb'"));
    Path xml =
        guest.file(
            "disk.xml", RecipeGuest.diskXml("vda", guest.image("data.qcow2", "qcow2"), "qcow2"));
    guest.createPool();
    startWithHotplug();
    guest.takeInternal("clean-install");
    guest.virsh("attach-device", "guest", xml.toString(), "--live", "--config");
    Map<String, String> before = guest.observe();

    SnapshotReverter reverter = guest.to("clean-install").withSafetySnapshot();
    if (guest.hasLibvirtSince(10_010_000)) {
      SnapshotReverter.of(guest.domain()).undo(reverter.revert());
    } else {
      RevertException failed = assertThrows(RevertException.class, reverter::revert);
      assertEquals(RevertOutcome.NOT_STARTED, failed.outcome());
      assertTrue(
          failed.getMessage().contains("libvirt could not revert to the safety snapshot"),
          failed.getMessage());
    }

    assertEquals(before, guest.observe());
  }

  private void useFirmware() throws Exception {
    Path firmware = Files.copy(Path.of("/usr/share/seabios/bios-256k.bin"), guest.path("bios"));
    guest.redefine(
        xml -> xml.replace("</type>", "</type><loader type='rom'>" + firmware + "</loader>"));
    guest.write("11");
    guest.start();
  }

  private void useOwnFirmware() throws Exception {
    useFirmware();
    guest.takeWithMemory("before-update");
  }

  private void removeFirmware() throws Exception {
    Files.move(guest.path("bios"), guest.path("bios.away"));
  }

  @Test
  void revert_startOfExternalSnapshotFailed_messageNamesChangedImage() throws Exception {
    useOwnFirmware();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    Path before = guest.disk();
    removeFirmware();

    RevertException failed = assertThrows(RevertException.class, guest.to("before-update")::revert);

    Path after = guest.disk();
    assertTrue(
        after.equals(before)
            || (failed.getMessage().contains(after.toString())
                && failed.getMessage().contains("virsh ")),
        () -> "the disk is " + after + ", but the message is: " + failed.getMessage());
    guest.virsh("define", guest.storedDefinition().toString());
    assertEquals(before, guest.disk());
  }

  /** libvirt deletes the overlay of the present guest before the start of the new one fails. */
  @Test
  void revert_startOnNewOverlayFailed_messageSaysHowToStoreDefinition() throws Exception {
    guest.write("11");
    useFirmware();
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    Path before = guest.disk();
    removeFirmware();

    RevertException failed =
        assertThrows(RevertException.class, guest.to("before-update").running()::revert);

    assertFalse(Files.exists(before));
    String message = failed.getMessage();
    assertTrue(message.contains("with vda on overlays of the snapshot's images"), message);
    assertFalse(message.contains("/etc/libvirt/qemu"), message);
    Path file = guest.file("stored.xml", guest.virsh("dumpxml", "--inactive", "guest"));
    guest.virsh("define", file.toString());
    guest.restartLibvirtd(() -> {});
    assertEquals("11", guest.content());
    Files.move(guest.path("bios.away"), guest.path("bios"));
    guest.start();
  }

  @Test
  void revert_overlayCannotBeCreated_messageNamesImageOfPausedGuest() throws Exception {
    guest.write("11");
    guest.start();
    guest.takeWithMemory("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    Path needed = guest.path("guest.qcow2");
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(needed.getParent());
    Files.setPosixFilePermissions(needed.getParent(), PosixFilePermissions.fromString("r-xr-xr-x"));

    RevertException failed = assertThrows(RevertException.class, guest.to("before-update")::revert);

    Files.setPosixFilePermissions(needed.getParent(), permissions);
    assertEquals(needed, guest.disk());
    assertTrue(
        failed
            .getMessage()
            .contains(
                "the guest is paused on \""
                    + needed
                    + "\", an image that a snapshot needs unchanged: do not resume the guest"),
        failed.getMessage());
    var unused = guest.to("before-update").revert();
    assertEquals("11", guest.content());
  }

  @Test
  void revertWithSafetySnapshot_startOfExternalSnapshotFails_isRolledBackWithImages()
      throws Exception {
    useOwnFirmware();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.domain().destroy();
    guest.redefine(xml -> xml.replaceAll("<loader.*</loader>", ""));
    guest.start();
    guest.writeLive("22", "virtio-disk0");
    removeFirmware();
    guest.assertSafetySnapshotLeadsBack(guest.to("before-update"));
  }

  /** The rollback fails for the same reason, because the guest needs the firmware too. */
  @Test
  void revertWithSafetySnapshot_rollbackFailed_messageLeadsBackAfterRepair() throws Exception {
    useOwnFirmware();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.writeLive("22", "virtio-disk0");
    removeFirmware();

    RevertException failed =
        assertThrows(RevertException.class, guest.to("before-update").withSafetySnapshot()::revert);

    Files.move(guest.path("bios.away"), guest.path("bios"));
    if (failed.outcome() == RevertOutcome.ROLLBACK_FAILED) {
      guest.runRestoreCommand(failed.getMessage());
    } else {
      assertEquals(RevertOutcome.NOT_STARTED, failed.outcome(), failed.getMessage());
    }
    assertEquals(DomainState.RUNNING, guest.domain().getState().state());
    assertEquals("22", guest.content());
  }

  /** Breaks something after the plan was made, so that the revert and the rollback fail. */
  private static RevertException failToRollBack(
      SnapshotReverter reverter, RecipeGuest.Step breaking) {
    RevertListener listener =
        new RevertListener() {
          @Override
          public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
            try {
              breaking.run();
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          }
        };
    RevertException failed =
        assertThrows(
            RevertException.class, reverter.withSafetySnapshot().listener(listener)::revert);
    assertEquals(RevertOutcome.ROLLBACK_FAILED, failed.outcome(), failed.getMessage());
    return failed;
  }

  /** Repairs the firmware, and runs the command at the end of the message. */
  private void repair(RevertException failed) throws Exception {
    Files.move(guest.path("bios.away"), guest.path("bios"));
    guest.runRestoreCommand(failed.getMessage());
  }

  /** A start would write into an image that a snapshot needs, so the message has to say so. */
  private void assertNamesExposedImage(RevertException failed, List<Path> needed) throws Exception {
    Path now = guest.disk();
    assertEquals(
        needed.contains(now),
        failed.getMessage().contains(now + "\", an image that a snapshot needs unchanged: do not"),
        () -> "the disk is " + now + ", but the message is: " + failed.getMessage());
  }

  @Test
  @Tag("another-process")
  void rollbackToInternalSnapshotFailed_messageLeadsBackAfterRepair() throws Exception {
    useFirmware();
    guest.createPool();
    guest.takeInternal("clean-install");
    guest.writeLive("22", "virtio-disk0");

    RevertException failed = failToRollBack(guest.to("clean-install"), this::removeFirmware);

    assertTrue(
        failed.getMessage().contains("the image of vda has the content of the safety snapshot; "),
        failed.getMessage());
    repair(failed);
    assertEquals(DomainState.RUNNING, guest.domain().getState().state());
    assertEquals("22", guest.content());
  }

  /** Takes the external snapshot e1, and gives the domain another disk, which is raw. */
  private Path moveToAnotherRawImage() throws Exception {
    useOwnFirmware();
    guest.domain().destroy();
    Path image = guest.image("web01.img", "raw");
    String before = guest.disk().toString();
    guest.redefine(
        xml -> xml.replace(before, image.toString()).replace("type='qcow2'", "type='raw'"));
    return image;
  }

  @Test
  void rollbackToExternalSnapshotWithMemoryFailed_messageLeadsBackAfterRepair() throws Exception {
    Path before = moveToAnotherRawImage();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.start();
    guest.writeLive("22", "virtio-disk0");

    RevertException failed = failToRollBack(guest.to("before-update"), this::removeFirmware);

    assertNamesExposedImage(failed, List.of(guest.path("guest.qcow2"), before));
    repair(failed);
    assertEquals(DomainState.RUNNING, guest.domain().getState().state());
    assertEquals("22", guest.content());
  }

  /** The rollback of a domain that was shut off starts nothing, so only its images can fail it. */
  @Test
  void rollbackToExternalSnapshotOfDisksFailed_messageLeadsBackAfterRepair() throws Exception {
    Path before = moveToAnotherRawImage();
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.write("22");
    Path away = guest.path("away");

    RevertException failed =
        failToRollBack(
            guest.to("before-update"),
            () -> {
              removeFirmware();
              Files.move(before, away);
            });

    assertNamesExposedImage(failed, List.of(guest.path("guest.qcow2"), before));
    Files.move(away, before);
    repair(failed);
    assertEquals(DomainState.SHUTOFF, guest.domain().getState().state());
    assertEquals("22", guest.content());
  }

  /** Gives the guest a second disk, vdb, whose image then loses the snapshot {@code s}. */
  private void loseSnapshotOnSecondDisk(RecipeGuest.Step takingSnapshot) throws Exception {
    Path data = guest.image("data.qcow2", "qcow2");
    guest.addDevice(RecipeGuest.diskXml("vdb", data, "qcow2"));
    guest.write("11");
    takingSnapshot.run();
    guest.redefine(xml -> xml.replace("</name>", "</name><title>Web server</title>"));
    guest.write("22");
    guest.write("22", data, "qcow2");
    PrivateLibvirtd.run("qemu-img", "snapshot", "-d", "clean-install", data.toString());
  }

  private void takeInternalActive() throws Exception {
    guest.start();
    guest.takeInternal("clean-install");
    guest.domain().destroy();
  }

  @Test
  void revert_oneOfTwoDisksLacksSnapshot_messageNamesTheDiskThatWasReverted() throws Exception {
    loseSnapshotOnSecondDisk(() -> guest.takeInternal("clean-install"));
    guest.createPool();

    RevertException failed = assertThrows(RevertException.class, guest.to("clean-install")::revert);

    assertEquals("11", guest.content());
    assertEquals("22", RecipeGuest.content(guest.path("data.qcow2")));
    assertTrue(
        failed
            .getMessage()
            .contains(
                "the image of vda has the content of the snapshot, that of vdb does not: do not"
                    + " start the domain"),
        failed.getMessage());
    assertEquals("Web server", guest.virsh("desc", "guest", "--title").strip());
  }

  @Test
  void revertWithSafetySnapshot_oneOfTwoDisksLacksSnapshot_isRolledBackWithDisksAndDefinition()
      throws Exception {
    loseSnapshotOnSecondDisk(() -> guest.takeInternal("clean-install"));
    guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
    assertEquals("Web server", guest.virsh("desc", "guest", "--title").strip());
  }

  /** libvirt replaces the definition before it starts QEMU, which then does not find the memory. */
  @Test
  void revert_startOfInternalSnapshotFailed_messageSaysHowToRestoreDefinition() throws Exception {
    loseSnapshotOnSecondDisk(this::takeInternalActive);

    RevertException failed = assertThrows(RevertException.class, guest.to("clean-install")::revert);

    assertEquals("22", guest.content());
    String title = guest.virsh("desc", "guest", "--title").strip();
    assertEquals(
        !title.equals("Web server"),
        failed.getMessage().contains("virsh define /etc/libvirt/qemu/guest.xml"),
        failed.getMessage());
    guest.virsh("define", guest.storedDefinition().toString());
    assertEquals("Web server", guest.virsh("desc", "guest", "--title").strip());
  }

  @Test
  void revertWithSafetySnapshot_startOfInternalSnapshotFails_isRolledBackWithDefinition()
      throws Exception {
    loseSnapshotOnSecondDisk(this::takeInternalActive);
    guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
    assertEquals("Web server", guest.virsh("desc", "guest", "--title").strip());
  }

  /** libvirt 11.3 cannot start a guest on more than 24 overlays. */
  @Test
  void guardedRevert_chainOfOverlaysIsLong_agreesWithLibvirt() throws Exception {
    for (int number = 1; number <= 32; number++) {
      guest.takeOfDisks("nightly-" + number);
    }
    if (guest.isTooOldFor("nightly-1")) {
      return;
    }
    guest.to("nightly-1").running().revert();
    awaitNextOverlayName();
    guest.assertPlanAgreesWithLibvirt(guest.to("nightly-32").running());
  }

  /** An older libvirt took snapshots with such names, as this test does. */
  @Test
  void guardedRevert_nameOfSnapshotWithMemoryHasBlank_agreesWithLibvirt() throws Exception {
    guest.start();
    guest.takeInternal("model");
    guest.virsh("qemu-monitor-command", "guest", "--hmp", "savevm \"clean install\"");
    String xml = guest.domain().snapshotLookupByName("model").getXMLDesc();
    guest
        .domain()
        .snapshotCreateXML(
            xml.replaceFirst("<name>model<", "<name>clean install<"), SnapshotCreateFlag.REDEFINE)
        .close();
    guest.assertPlanAgreesWithLibvirt(guest.to("clean install"));
  }

  @Test
  void guardedRevert_leavingCurrentSnapshotDeletesImageOfTarget_isNotStarted() throws Exception {
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.takeOfDisks("after-update");
    guest.takeOfDisks("before-tests");
    guest.to("before-update").revert();
    guest.takeOfDisks("k");
    guest.virsh("snapshot-delete", "guest", "k");
    awaitNextOverlayName();
    String message = guest.assertNotStarted(guest.to("before-tests"));
    assertTrue(message.contains("delete"), message);
  }

  @Test
  void revertWithSafetySnapshot_earlierExternalSnapshotWasDeleted_leadsBack() throws Exception {
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.to("before-update").revert();
    guest.takeInternal("i");
    guest.takeOfDisks("after-update");
    guest.virsh("snapshot-delete", "guest", "before-update");
    awaitNextOverlayName();
    guest.assertSafetySnapshotLeadsBack(guest.to("after-update"));
  }

  /** The revert puts the omitted disk on a new overlay, and keeps its image as it is. */
  @Test
  void revertWithSafetySnapshot_externalSnapshotOmitsRawDisk_leadsBack() throws Exception {
    Path data = guest.image("data.img", "raw");
    guest.addDevice(RecipeGuest.diskXml("vdb", data, "raw"));
    guest.start();
    guest.takeWithMemoryOmitting("before-update", "vdb");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.writeLive("22", "virtio-disk1");
    assertTrue(guest.to("before-update").plan().safety().kind().isPresent());
    guest.assertSafetySnapshotLeadsBack(guest.to("before-update"));
  }

  @Test
  void revertWithSafetySnapshot_externalRevertLeftGuestPaused_leadsBackOrIsRefused()
      throws Exception {
    guest.start();
    guest.takeWithMemory("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.to("before-update").paused().revert();
    awaitNextOverlayName();
    guest.assertSafetySnapshotLeadsBack(guest.to("before-update").paused());
  }
}
