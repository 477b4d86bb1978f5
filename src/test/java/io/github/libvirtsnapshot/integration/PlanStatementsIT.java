package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainUndefineFlag;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Statements of a plan that the revert has to make true. */
class PlanStatementsIT extends OnRecipeGuest {
  @Test
  void plan_domainWasRenamed_listsNoChangeOfName() throws Exception {
    guest.takeInternal("clean-install");
    guest.virsh("domrename", "guest", "web01");
    try (Domain renamed = guest.connect().domainLookupByName("web01")) {
      RevertPlan plan = SnapshotReverter.of(renamed).to("clean-install").plan();
      SnapshotReverter.of(renamed).to("clean-install").revert();
      try (Domain found = guest.connect().domainLookupByUUIDString(renamed.getUUIDString())) {
        assertEquals("web01", found.getName());
      }
      assertEquals(List.of(), plan.configurationChanges(), plan::toString);
    }
  }

  private static String sizeOf(Path image) throws IOException {
    String line =
        PrivateLibvirtd.run("qemu-img", "info", "-U", image.toString())
            .lines()
            .filter(each -> each.startsWith("virtual size: "))
            .findFirst()
            .orElseThrow();
    return line.substring("virtual size: ".length(), line.indexOf(" ("));
  }

  private void assertSizeReverted(String change) throws Exception {
    RevertPlan plan = guest.to("clean-install").plan();
    guest.to("clean-install").revert();

    assertEquals(
        List.of("devices/disk[vda]/size: " + change + " -> " + sizeOf(guest.disk())),
        plan.configurationChanges().stream().map(String::valueOf).toList());
    assertEquals("8 MiB", sizeOf(guest.disk()));
  }

  @Test
  void plan_diskWasResizedWhileShutOff_listsTheOldSize() throws Exception {
    guest.createPool();
    guest.takeInternal("clean-install");
    PrivateLibvirtd.run("qemu-img", "resize", "-q", guest.disk().toString(), "16M");
    assertSizeReverted("16 MiB");
    PrivateLibvirtd.run("qemu-img", "resize", "-q", "--shrink", guest.disk().toString(), "4M");
    assertSizeReverted("4 MiB");
  }

  @Test
  void plan_diskWasResizedWhileTheGuestRuns_listsTheOldSize() throws Exception {
    guest.createPool();
    guest.start();
    guest.takeInternal("clean-install");
    guest.virsh("blockresize", "guest", "vda", "16M");
    assertSizeReverted("16 MiB");
  }

  @Test
  void plan_imageIsWriteProtected_namesItUnderUnknowns() throws Exception {
    guest.createPool();
    guest.takeInternal("clean-install");
    assertEquals(List.of(), unknownsAbout(guest.disk()));

    Files.setPosixFilePermissions(guest.disk(), PosixFilePermissions.fromString("r--r--r--"));

    String unknown = unknownsAbout(guest.disk()).get(0);
    assertTrue(unknown.contains("let only root write to it"), unknown);
    RevertException failed = assertThrows(RevertException.class, guest.to("clean-install")::revert);
    assertEquals(ErrorNumber.VIR_ERR_INTERNAL_ERROR, failed.getError().getCode());
  }

  @Test
  void plan_volumeIsWriteProtected_namesItsPathUnderUnknowns() throws Exception {
    Path image = guest.disk();
    guest.createPool();
    guest.useVolume("guest.qcow2");
    guest.takeInternal("clean-install");

    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("r--r--r--"));

    String unknown = unknownsAbout(image).get(0);
    assertTrue(unknown.contains("let only root write to it"), unknown);
  }

  @Test
  void plan_mediumWasRebuilt_namesItUnderUnknowns() throws Exception {
    Path medium = guest.file("tools.iso", "version 1");
    guest.createPool();
    guest.addDevice(
        "<disk type='file' device='cdrom'><source file='"
            + medium
            + "'/><target dev='sda'/></disk>");
    guest.start();
    guest.takeInternal("clean-install");
    assertEquals(List.of(), unknownsAbout(medium));
    TimeUnit.MILLISECONDS.sleep(2_100);

    Files.writeString(medium, "version 2");

    assertEquals(1, unknownsAbout(medium).size());
  }

  private List<String> unknownsAbout(Path file) throws Exception {
    return guest.to("clean-install").plan().unknowns().stream()
        .filter(unknown -> unknown.contains(file.toString()))
        .toList();
  }

  @Test
  void plan_startOfGuestThatIsShutOffFails_predictsNoWrongReason() throws Exception {
    String xml = guest.domain().getXMLDesc();
    guest.addDevice("<interface type='network'><source network='gone'/></interface>");
    guest.takeInternal("clean-install");
    guest.connect().domainDefineXML(xml).close();

    RevertPlan plan = guest.to("clean-install").running().plan();
    assertThrows(RevertException.class, guest.to("clean-install").running()::revert);

    StateReason reason = guest.domain().getState().reason();
    assertTrue(
        plan.reasonAfter().filter(predicted -> predicted != reason).isEmpty(), plan::toString);
  }

  /** Gives the guest UEFI firmware, and returns the file with its variables. */
  private Path useUefi() throws Exception {
    Path variables = guest.path("variables.fd");
    Files.copy(Path.of("/usr/share/OVMF/OVMF_VARS_4M.fd"), variables);
    libvirtd.give(variables);
    String uuid = guest.domain().getUUIDString();
    guest.redefine(
        definition ->
            withUefi(Guests.qemuXml("guest", guest.path("guest.qcow2")), variables)
                .replace("</name>", "</name><uuid>" + uuid + "</uuid>"));
    return variables;
  }

  private static String withUefi(String xml, Path variables) {
    return xml.replace("machine='pc'", "machine='q35'")
        .replace("</os>", "</os><features><acpi/></features>")
        .replace(
            "</type>",
            "</type><loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram>%s</nvram>"
                .formatted(variables));
  }

  @Test
  void plan_resetNvramOfGuestThatStaysOff_saysThatNvramStays() throws Exception {
    useUefi();
    guest.takeOfDisks("before-update");
    RevertPlan plan = guest.to("before-update").resetNvram().plan();
    assertEquals(
        List.of("NVRAM: not in the snapshot: a revert does not change it"),
        plan.contents().stream()
            .map(String::valueOf)
            .filter(each -> each.startsWith("NVRAM"))
            .toList(),
        plan::toString);
  }

  @Test
  void plan_revertLeavesGuestPaused_saysThatNvramFileIsWrittenLater() throws Exception {
    Path variables = useUefi();
    guest.start();
    guest.takeWithMemory("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.domain().destroy();
    byte[] later = Files.readAllBytes(variables);
    later[later.length - 1] ^= 1;
    Files.write(variables, later);

    RevertPlan plan = guest.to("before-update").paused().plan();
    guest.to("before-update").paused().revert();

    assertArrayEquals(later, Files.readAllBytes(variables));
    assertEquals(
        Certainty.DEFERRED, RecipeGuest.certainty(plan.contents(), "NVRAM"), plan::toString);
    guest.domain().resume();
    while (Arrays.equals(later, Files.readAllBytes(variables))) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** QEMU writes the copy in the memory to the file that the snapshot's definition names. */
  @Test
  void plan_domainHasAnotherNvramNow_listsTheFileThatTheRevertOverwrites() throws Exception {
    Path earlier = useUefi();
    guest.start();
    guest.takeWithMemory("m1");
    if (guest.isTooOldFor("m1")) {
      return;
    }
    guest.domain().destroy();
    Path present = Files.copy(earlier, guest.path("present.fd"));
    libvirtd.give(present);
    guest.redefine(xml -> xml.replace(earlier.toString(), present.toString()));
    byte[] later = Files.readAllBytes(earlier);
    later[later.length - 1] ^= 1;
    Files.write(earlier, later);
    try (Domain other =
        guest
            .connect()
            .domainDefineXML(
                withUefi(Guests.qemuXml("other", guest.image("other.qcow2", "qcow2")), earlier))) {
      RevertPlan plan = guest.to("m1").plan();
      guest.to("m1").revert();
      other.undefine(DomainUndefineFlag.KEEP_NVRAM);

      assertEquals(
          List.of(
              "the present content of the NVRAM \"%s\" (the domain does not use this file now)"
                  .formatted(earlier),
              "domain \"other\", which needs \"%s\"".formatted(earlier)),
          plan.losses().stream()
              .map(String::valueOf)
              .filter(loss -> loss.contains(earlier + "\""))
              .toList(),
          plan::toString);
      assertEquals(Optional.empty(), plan.safety().kind(), plan::toString);
    }
    assertFalse(Arrays.equals(later, Files.readAllBytes(earlier)));
  }

  /** libvirt deletes the overlays of the current snapshot, also that of the added disk. */
  @Test
  void plan_addedDiskIsOnOverlayOfCurrentSnapshot_listsLossOfItsData() throws Exception {
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.addDevice(RecipeGuest.diskXml("vdb", guest.image("data.qcow2", "qcow2"), "qcow2"));
    guest.takeOfDisks("after-update");
    Path overlay = guest.imageAt(1);

    RevertPlan plan = guest.to("before-update").plan();
    guest.to("before-update").revert();

    assertFalse(Files.exists(overlay));
    assertTrue(hasDiskLoss(plan, "vda, vdb"), plan::toString);
  }

  /** libvirt attaches the image that the snapshot's definition names, beneath a new overlay. */
  @Test
  void plan_externalSnapshotOmitsDisk_listsLossOfTheImageThatIsDetached() throws Exception {
    Path data = guest.image("data.qcow2", "qcow2");
    guest.addDevice(RecipeGuest.diskXml("vdb", data, "qcow2"));
    guest.write("11", data, "qcow2");
    guest.start();
    guest.takeWithMemoryOmitting("before-update", "vdb");
    guest.domain().destroy();
    Path later = guest.overlay("data.later", data, "qcow2");
    guest.redefine(xml -> xml.replace(data.toString(), later.toString()));
    guest.write("22", later, "qcow2");
    if (guest.isTooOldFor("before-update")) {
      return;
    }

    RevertPlan plan = guest.to("before-update").plan();
    guest.to("before-update").revert();

    Path after = guest.imageAt(1);
    assertEquals("11", RecipeGuest.content(after));
    assertTrue(hasDiskLoss(plan, later.toString()), plan::toString);
    assertTrue(
        plan.contents().stream()
            .anyMatch(
                part -> part.part().equals("disk vdb") && part.reason().contains(data + "\"")),
        plan::toString);
  }

  /** The buffers between QEMU and the reader of the pipe hold the memory of this guest. */
  @Test
  void plan_saveHasSentMemoryButHasNotEnded_isRefused() throws Exception {
    guest.start();
    guest.takeInternal("clean-install");
    Path pipe = guest.path("pipe");
    PrivateLibvirtd.run("mkfifo", pipe.toString());
    libvirtd.give(pipe);
    Process reader = start("sh", "-c", "exec sleep 60 < \"$0\"", pipe.toString());
    Process save = start("virsh", "-c", libvirtd.qemu(), "save", "guest", pipe.toString());
    try {
      TimeUnit.SECONDS.sleep(3);
      RevertPlan plan = guest.to("clean-install").plan();
      assertEquals(
          Optional.of(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT),
          plan.refusal().map(Refusal::code),
          plan::toString);
    } finally {
      // libvirt 9.0 does not end a save to a pipe.
      guest.restartLibvirtd(
          () -> {
            save.destroyForcibly();
            reader.destroyForcibly();
            libvirtd.guest("guest").orElseThrow().destroyForcibly();
          });
    }
  }

  private static Process start(String... command) throws IOException {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static boolean hasDiskLoss(RevertPlan plan, String target) {
    return plan.losses().stream()
        .anyMatch(loss -> loss.kind() == Loss.Kind.DISKS && loss.what().contains(target));
  }

  @Test
  void plan_internalSnapshotIsInBaseOfPresentDisk_listsLossOfPresentDisk() throws Exception {
    guest.write("11");
    guest.takeInternal("clean-install");
    guest.takeOfDisks("before-update");
    guest.write("22");

    RevertPlan plan = guest.to("clean-install").plan();
    guest.to("clean-install").revert();

    assertEquals("11", guest.content());
    assertTrue(hasDiskLoss(plan, "vda"), plan::toString);
  }

  @Test
  void plan_definitionNamesImageOfSnapshotAsVolume_treatsThemAsOneImage() throws Exception {
    guest.createPool();
    guest.write("11");
    guest.takeInternal("clean-install");
    guest.useVolume("guest.qcow2");
    guest.write("22");

    RevertPlan plan = guest.to("clean-install").plan();

    assertEquals(
        List.of(true),
        plan.losses().stream().map(loss -> loss.what().startsWith("data written to vda")).toList(),
        plan::toString);
    boolean revertsVolumes = guest.hasLibvirtSince(HypervisorDriver.RESTART_SINCE);
    assertEquals(revertsVolumes, plan.safety().kind().isPresent(), plan::toString);
    if (revertsVolumes) {
      guest.assertSafetySnapshotLeadsBack(guest.to("clean-install"));
    }
  }

  @Test
  void plan_otherDomainNamesImageAsVolume_listsLossOfThatDomain() throws Exception {
    guest.createPool();
    guest.takeInternal("clean-install");
    guest
        .connect()
        .domainDefineXML(
            Guests.qemuXml("web02", guest.path("guest.qcow2"))
                .replace("type='file'", "type='volume'")
                .replace(
                    "<source file='" + guest.path("guest.qcow2") + "'/>",
                    "<source pool='images' volume='guest.qcow2'/>"))
        .close();

    RevertPlan plan = guest.to("clean-install").plan();

    assertTrue(
        plan.losses().stream()
            .anyMatch(
                loss ->
                    loss.kind() == Loss.Kind.OTHER_DOMAINS && loss.what().contains("\"web02\"")),
        plan::toString);
  }

  /** Takes a snapshot, and defines a linked clone of the guest. */
  private void takeAndDefineClone() throws Exception {
    guest.write("11");
    guest.takeInternal("clean-install");
    defineClone();
  }

  /** Defines a linked clone of the guest; libvirt does not start the clone. */
  private void defineClone() throws Exception {
    Path clone = guest.overlay("clone.qcow2", guest.disk(), "qcow2");
    guest.connect().domainDefineXML(Guests.qemuXml("clone", clone)).close();
  }

  private static void assertLosesClone(RevertPlan plan) {
    assertTrue(
        plan.losses().stream()
            .anyMatch(
                loss ->
                    loss.kind() == Loss.Kind.OTHER_DOMAINS && loss.what().contains("\"clone\"")),
        plan::toString);
  }

  @Test
  void plan_linkedCloneOfImageIsShutOff_listsLossOfClone() throws Exception {
    takeAndDefineClone();
    guest.createPool();

    assertLosesClone(guest.to("clean-install").plan());
  }

  /** A running guest has changed the clones of its image already, but it deletes no image. */
  @Test
  void plan_linkedCloneOfOverlayThatLibvirtDeletes_listsLossOfClone() throws Exception {
    guest.takeOfDisks("before-update");
    defineClone();
    guest.createPool();
    assertLosesClone(guest.to("before-update").plan());

    guest.start();
    assertLosesClone(guest.to("before-update").plan());
  }

  @Test
  void plan_linkedCloneOfImageForTheNextStartOfTheGuest_listsLossOfClone() throws Exception {
    takeAndDefineClone();
    guest.createPool();
    String other = guest.image("other.qcow2", "qcow2").toString();
    String image = guest.disk().toString();
    guest.redefine(xml -> xml.replace(image, other));
    guest.start();
    guest.redefine(xml -> xml.replace(other, image));

    assertLosesClone(guest.to("clean-install").plan());
  }

  @Test
  void plan_imageOfOtherDomainIsInNoPool_namesItUnderUnknowns() throws Exception {
    takeAndDefineClone();

    RevertPlan plan = guest.to("clean-install").plan();

    assertTrue(
        plan.unknowns().stream().anyMatch(unknown -> unknown.contains("clone.qcow2")),
        plan::toString);
  }

  @Test
  void plan_imageOfExternalSnapshotIsUsedAgain_listsNoLossOfWhatStays() throws Exception {
    guest.write("11");
    guest.takeOfDisks("before-update");
    if (guest.isTooOldFor("before-update")) {
      return;
    }
    guest.start();
    guest.virsh("blockcommit", "guest", "vda", "--active", "--pivot", "--wait");
    guest.writeLive("22", "virtio-disk0");

    RevertPlan plan = guest.to("before-update").plan();
    guest.to("before-update").revert();

    assertEquals("22", guest.content());
    assertFalse(hasDiskLoss(plan, "vda"), plan::toString);
  }

  private void startWithEncryptedDisk() throws Exception {
    guest.addDevice(guest.encryptedDisk("vdb"));
    guest.createPool();
    guest.start();
  }

  @Test
  void plan_externalSnapshotWithMemoryOfEncryptedDisk_agreesWithLibvirt() throws Exception {
    startWithEncryptedDisk();
    guest.takeWithMemory("before-update");
    if (!guest.isTooOldFor("before-update")) {
      guest.assertReverted(guest.to("before-update"));
    }
  }

  @Test
  void plan_externalSnapshotOfEncryptedDisk_predictsFailedStart() throws Exception {
    startWithEncryptedDisk();
    guest.takeOfDisks("before-update");
    assertPredictsFailedStart("before-update");
  }

  /** The definition in the second snapshot states no encryption, and no pool has the images. */
  @Test
  @Tag("recent-qemu")
  void plan_secondExternalSnapshotOfEncryptedDisk_predictsFailedStart() throws Exception {
    guest.addDevice(guest.encryptedDisk("vdb"));
    guest.takeOfDisks("before-update");
    guest.takeOfDisks("after-update");
    assertPredictsFailedStart("after-update");
  }

  private void assertPredictsFailedStart(String snapshot) throws Exception {
    if (guest.isTooOldFor(snapshot)) {
      return;
    }
    SnapshotReverter reverter = guest.to(snapshot).running();
    Refusal refusal = reverter.plan().refusal().orElseThrow();
    RevertException failed = assertThrows(RevertException.class, reverter::revert);
    assertEquals(failed.getError().getCode(), refusal.code(), failed::getMessage);
  }
}
