package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Resources of the host that the guest of the snapshot needs and that do not exist any more:
 * libvirt finds that out only after it has stopped the guest, and a guarded revert before.
 */
class HostRequirementsIT extends OnRecipeGuest {
  private static final Path EMULATOR = Path.of("/usr/bin/qemu-system-x86_64");

  @Test
  @Tag("another-process")
  void guardedRevert_secretOfEncryptedDiskIsGone_isNotStarted() throws Exception {
    guest.addDevice(guest.encryptedDisk("vdb"));
    guest.start();
    guest.takeInternal("clean-install");
    guest.removeSecret();
    String message = guest.assertNotStarted(guest.to("clean-install"));
    assertTrue(message.contains("secret"), message);
  }

  @Test
  @Tag("another-process")
  void guardedRevert_secretOfEncryptedDiskHasNoValue_isNotStarted() throws Exception {
    guest.addDevice(guest.encryptedDisk("vdb"));
    guest.start();
    guest.takeInternal("clean-install");
    guest.removeSecret();
    guest.defineSecret();
    String message = guest.assertNotStarted(guest.to("clean-install"));
    assertTrue(message.contains("secret"), message);
  }

  private Path takeWithMediumAndEject() throws Exception {
    Path medium = guest.image("tools.iso", "raw");
    guest.addDevice(
        "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='%s'/><target dev='hdc' bus='ide'/><readonly/></disk>"
            .formatted(medium));
    guest.start();
    guest.takeInternal("clean-install");
    guest.virsh("change-media", "guest", "hdc", "--eject", "--live", "--config");
    Files.delete(medium);
    return medium;
  }

  @Test
  @Tag("another-process")
  void guardedRevert_mediumOfSnapshotIsNotInPool_isNotStarted() throws Exception {
    guest.createPool();
    Path medium = takeWithMediumAndEject();
    String message = guest.assertNotStarted(guest.to("clean-install"));
    assertTrue(message.contains(medium.toString()), message);
  }

  @Test
  @Tag("another-process")
  void plan_mediumOfSnapshotMayBeGone_isNamedUnderUnknowns() throws Exception {
    Path medium = takeWithMediumAndEject();
    RevertPlan plan = guest.to("clean-install").plan();
    assertTrue(
        plan.unknowns().stream().anyMatch(each -> each.contains(medium.toString())),
        plan::toString);
  }

  /**
   * Returns a revert of a running guest to a snapshot that was taken shut off, of a definition that
   * the guest no longer has.
   */
  private SnapshotReverter needing(UnaryOperator<String> change) throws Exception {
    String now = guest.domain().getXMLDesc();
    guest.redefine(change);
    guest.takeInternal("clean-install");
    guest.connect().domainDefineXML(now).close();
    guest.start();
    return guest.to("clean-install").running().force();
  }

  @Test
  void guardedRevert_cpuThatVcpuIsPinnedToIsGone_isNotStarted() throws Exception {
    guest.assertRefusalPredicted(
        needing(
            xml ->
                xml.replace("<os>", "<cputune><vcpupin vcpu='0' cpuset='1000'/></cputune><os>")));
  }

  @Test
  void plan_memoryIsLargerThanThatOfHost_isNamedUnderUnknowns() throws Exception {
    RevertPlan plan = needing(xml -> xml.replaceAll(">32768</", ">" + (1L << 40) + "</")).plan();
    assertTrue(
        plan.unknowns().stream().anyMatch(unknown -> unknown.contains("memory")), plan::toString);
  }

  /**
   * Returns a revert of a running guest to a snapshot that was taken shut off. The host provided
   * more to guests when the snapshot was taken.
   */
  private SnapshotReverter needingOfEarlierHost(UnaryOperator<String> change) throws Exception {
    guest.takeInternal("clean-install");
    guest.changeStoredSnapshot("clean-install", change);
    guest.start();
    return guest.to("clean-install").running().force();
  }

  @Test
  void guardedRevert_virtiofsIsNotSupportedAnyMore_isNotStarted() throws Exception {
    Path shared = guest.folder("shared");
    guest.assertRefusalPredicted(
        needingOfEarlierHost(
            xml ->
                xml.replace(
                        "<os>",
                        "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><os>")
                    .replace(
                        "</devices>",
                        "<filesystem type='mount'><driver type='virtiofs'/><binary path='/usr/libexec/nonesuch'/><source dir='%s'/><target dir='shared'/></filesystem></devices>"
                            .formatted(shared))));
  }

  @Test
  void guardedRevert_emulatorHasNoSuchVideoModel_isNotStarted() throws Exception {
    guest.assertRefusalPredicted(
        needingOfEarlierHost(
            xml ->
                xml.replace(
                    "</devices>", "<video><model type='xen' vram='9216'/></video></devices>")));
  }

  @Test
  void guardedRevert_screenIsSpice_agreesWithLibvirt() throws Exception {
    guest.assertPlanAgreesWithLibvirt(
        needingOfEarlierHost(
            xml ->
                xml.replace(
                    "</devices>",
                    "<graphics type='spice'><listen type='none'/></graphics></devices>")));
  }

  @Test
  void plan_emulatorHasNoSuchMachineType_predictsCodeOfLibvirt() throws Exception {
    guest.assertRefusalPredicted(
        needingOfEarlierHost(
            xml -> xml.replaceAll("machine='pc[^']*'", "machine='pc-i440fx-0.1'")));
  }

  @Test
  @Tag("another-process")
  void plan_hostHasNoSuchAccelerator_predictsCodeOfLibvirt() throws Exception {
    guest.assertRefusalPredicted(
        needingOfEarlierHost(xml -> xml.replace("<domain type='qemu'", "<domain type='hvf'")));
  }

  @Test
  void guardedRevert_fileForFirmwareIsGone_isNotStarted() throws Exception {
    Path file = guest.file("licence.bin", "text");
    guest.createPool();
    SnapshotReverter reverter =
        needing(
            xml ->
                xml.replace(
                    "<os>",
                    "<sysinfo type='fwcfg'><entry name='opt/org.example/licence' file='%s'/></sysinfo><os>"
                        .formatted(file)));
    Files.delete(file);
    guest.assertRefusalPredicted(reverter);
  }

  @Test
  @Tag("recent-qemu")
  void plan_startFailsAsSecretOfTpmIsGone_isNamedUnderUnknowns() throws Exception {
    guest.defineSecret();
    assertFailureIsNamed(
        "<tpm model='tpm-tis'><backend type='emulator' version='2.0'><encryption secret='%s'/></backend></tpm>"
            .formatted(RecipeGuest.SECRET),
        "whether the secret of the TPM exists and has a value: " + RecipeGuest.SECRET);
  }

  @Test
  void plan_startFailsAsNoServerAcceptsConnection_isNamedUnderUnknowns() throws Exception {
    int port = PrivateLibvirtd.freePort();
    assertFailureIsNamed(
        "<channel type='tcp'><source mode='connect' host='127.0.0.1' service='%d'/><target type='virtio' name='org.example.0'/></channel>"
            .formatted(port),
        "whether a server accepts this connection: 127.0.0.1:" + port);
  }

  @Test
  void plan_startFailsAsHostLacksAddressOfScreen_isNamedUnderUnknowns() throws Exception {
    assertFailureIsNamed(
        "<graphics type='vnc' autoport='yes' listen='192.0.2.1'/>",
        "whether the host has this address: 192.0.2.1");
  }

  @Test
  void plan_startFailsAsNoServerUsesSocketOfInterface_isNamedUnderUnknowns() throws Exception {
    Path socket = guest.path("switch.socket");
    String device =
        "<interface type='vhostuser'><source type='unix' path='%s' mode='client'/><model type='virtio'/></interface>"
            .formatted(socket);
    assertFailureIsNamed(
        xml -> withSharedMemory(with(device, xml)), "whether a server uses this socket: " + socket);
  }

  /** Some versions of libvirt define no such interface without shared memory. */
  private static String withSharedMemory(String xml) {
    return xml.replace(
        "<os>", "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><os>");
  }

  private static String with(String device, String xml) {
    return xml.replace("</devices>", device + "</devices>");
  }

  private void assertFailureIsNamed(String device, String unknown) throws Exception {
    assertFailureIsNamed(xml -> with(device, xml), unknown);
  }

  private void assertFailureIsNamed(UnaryOperator<String> change, String unknown) throws Exception {
    SnapshotReverter reverter = needing(change);
    RevertPlan plan = reverter.plan();
    assertThrows(RevertException.class, reverter::revert);
    assertTrue(plan.unknowns().contains(unknown), plan::toString);
  }

  @Test
  void plan_emulatorIsGoneAndGuestStaysOff_predictsRefusalBeforeAnyChange() throws Exception {
    Path emulator = Files.createSymbolicLink(guest.path("emulator"), EMULATOR);
    guest.redefine(
        xml -> xml.replaceAll("<emulator>.*</emulator>", "<emulator>" + emulator + "</emulator>"));
    guest.write("11");
    guest.takeInternal("clean-install");
    guest.write("22");
    Files.delete(emulator);

    RevertPlan plan = guest.to("clean-install").plan();
    guest.assertRefusalPredicted(guest.to("clean-install"));
    assertFalse(plan.refusal().orElseThrow().guestStopped(), plan::toString);
    assertEquals("22", guest.content());
  }
}
