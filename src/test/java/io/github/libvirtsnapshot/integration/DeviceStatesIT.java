package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/**
 * The state of devices before and after a revert on real QEMU: the revert restores, keeps or loses
 * the state as the plan says.
 */
@Timeout(300)
@Tag("qemu")
class DeviceStatesIT {
  private static final String ACPI = "<features><acpi/></features>";
  private static final String MEMORY_SLOTS =
      ACPI
          + "<maxMemory slots='2' unit='MiB'>512</maxMemory><vcpu current='1'>2</vcpu>"
          + "<cpu><numa><cell id='0' cpus='0-1' memory='32' unit='MiB'/></numa></cpu>";

  private PrivateLibvirtd libvirtd;
  private Connect connect;
  private Path disk;
  private Domain domain;
  private final List<Process> tpms = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    connect = new Connect(libvirtd.qemu());
    disk = libvirtd.disk("web01");
    virsh("pool-define-as", "fast", "dir", "--target", libvirtd.directory().toString());
    virsh("pool-start", "fast");
  }

  @AfterEach
  void stop() throws IOException {
    connect.close();
    libvirtd.close();
  }

  private void define(String devices, String elements) throws Exception {
    domain =
        connect.domainDefineXML(
            Guests.qemuXml("web01", disk)
                .replace("<devices>", elements + "<devices>")
                .replace("</devices>", devices + "</devices>"));
  }

  private void take(DomainState state, String name) throws Exception {
    Guests.bringTo(domain, state);
    Guests.take(domain, name);
  }

  private SnapshotReverter to(String snapshot) {
    return SnapshotReverter.of(domain).to(snapshot);
  }

  private static List<String> losses(RevertPlan plan, Loss.Kind kind) {
    return plan.losses().stream().filter(loss -> loss.kind() == kind).map(Loss::toString).toList();
  }

  private static List<String> contents(RevertPlan plan) {
    return plan.contents().stream().map(RestoredPart::toString).toList();
  }

  private void virsh(String... words) throws Exception {
    PrivateLibvirtd.run(
        Stream.concat(Stream.of("virsh", "-q", "-c", libvirtd.qemu()), Stream.of(words))
            .toArray(String[]::new));
  }

  private Path file(String name) {
    return libvirtd.directory().resolve(name);
  }

  private void consoleLog(String attributes) throws Exception {
    define(
        "<serial type='file'><source path='" + file("console") + "'" + attributes + "/></serial>",
        "");
    take(DomainState.SHUTOFF, "off");
    take(DomainState.RUNNING, "on");
    Files.writeString(file("console"), "evidence");
  }

  @Test
  void fileOfSerialConsoleIsEmptiedWhenGuestIsStarted() throws Exception {
    consoleLog("");
    List<String> lost =
        List.of(
            "the contents of file \"" + file("console") + "\", which QEMU empties when it starts");

    assertEquals(List.of(), losses(to("off").plan(), Loss.Kind.FILES));
    to("off").revert();
    assertEquals("evidence", Files.readString(file("console")));

    assertEquals(lost, losses(to("off").running().plan(), Loss.Kind.FILES));
    assertEquals(lost, losses(to("on").plan(), Loss.Kind.FILES));
    to("on").revert();
    assertEquals("", Files.readString(file("console")));
  }

  @Test
  void fileOfSerialConsoleIsKeptIfQemuAppends() throws Exception {
    consoleLog(" append='on'");

    assertEquals(List.of(), losses(to("on").plan(), Loss.Kind.FILES));
    to("on").revert();
    assertEquals("evidence", Files.readString(file("console")));
  }

  /**
   * libvirt 9.0 always refuses; newer versions depend on QEMU and on the virtiofsd. libvirt 7.0 has
   * no virtiofsd that another program starts.
   */
  @Test
  @Tag("recent-qemu")
  void safetySnapshotOfGuestWithVirtiofs_isNotPromisedOrDoubtIsNamed() throws Exception {
    try (VirtiofsBackend backend = VirtiofsBackend.listening(file("virtiofs.sock"))) {
      libvirtd.give(backend.socket());
      define(
          "<filesystem type='mount'><driver type='virtiofs'/><source socket='"
              + backend.socket()
              + "'/><target dir='shared'/></filesystem>",
          "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>");
      take(DomainState.SHUTOFF, "clean-install");
      domain.create();
      int process = domain.getID();

      RevertPlan plan = to("clean-install").plan();
      RevertException refused =
          assertThrows(RevertException.class, to("clean-install").withSafetySnapshot()::revert);

      assertEquals(
          connect.getLibVersion() >= 11_003_000, plan.safety().kind().isPresent(), plan::toString);
      assertTrue(
          plan.toString().contains("with a virtiofs folder")
              || plan.safety().obstacle().contains("has a virtiofs folder"),
          plan::toString);
      assertEquals(RevertOutcome.NOT_STARTED, refused.outcome(), refused.getMessage());
      assertEquals(process, domain.getID());

      domain.destroy();
      RevertReport report = to("clean-install").withSafetySnapshot().revert();
      SnapshotReverter.of(domain).undo(report);
      assertEquals(DomainState.SHUTOFF, domain.getState().state());
    }
  }

  @Test
  void sharedFolderIsNotReverted() throws Exception {
    Path folder = Files.createDirectory(file("shared"));
    libvirtd.give(folder);
    define(
        "<filesystem type='mount' accessmode='mapped'><source dir='"
            + folder
            + "'/><target dir='shared'/></filesystem>",
        "");
    take(DomainState.RUNNING, "on");
    Files.writeString(folder.resolve("report"), "later");

    RevertPlan plan = to("on").plan();
    assertTrue(
        contents(plan)
            .contains(
                "shared folder \""
                    + folder
                    + "\": not affected: no snapshot includes it; a revert does not change"
                    + " it"),
        plan::toString);
    to("on").revert();
    assertEquals("later", Files.readString(folder.resolve("report")));
  }

  private Path sharedMemory() {
    return Path.of("/dev/shm").resolve(libvirtd.directory().getFileName());
  }

  private String shareMemory(String role) throws Exception {
    define(
        "<shmem name='"
            + sharedMemory().getFileName()
            + "' role='"
            + role
            + "'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>",
        "");
    return "shared memory \"" + sharedMemory().getFileName() + "\"";
  }

  @Test
  void sharedMemoryOfMasterIsRevertedWithMemoryOnly() throws Exception {
    String shared = shareMemory("master");
    try {
      take(DomainState.SHUTOFF, "off");
      Guests.bringTo(domain, DomainState.RUNNING);
      fill(sharedMemory(), "first");
      Guests.take(domain, "on");
      Guests.bringTo(domain, DomainState.SHUTOFF);
      fill(sharedMemory(), "later");

      String missing = ": not in the snapshot: only a snapshot with memory includes it;";
      assertTrue(to("off").plan().toString().contains(shared + missing));
      to("off").running().revert();
      assertEquals("later", textIn(sharedMemory(), 5));
      Guests.bringTo(domain, DomainState.SHUTOFF);

      RevertPlan plan = to("on").plan();
      assertTrue(contents(plan).contains(shared + ": certain"), plan::toString);
      assertEquals(List.of("the present state of the " + shared), losses(plan, Loss.Kind.DEVICES));
      assertNotStarted(to("on"), "shared memory");
      to("on").revert();
      assertEquals("first", textIn(sharedMemory(), 5));

      fill(sharedMemory(), "again");
      RevertReport report = to("on").withSafetySnapshot().revert();
      assertEquals("first", textIn(sharedMemory(), 5));
      SnapshotReverter.of(domain).undo(report);
      assertEquals("again", textIn(sharedMemory(), 5));
    } finally {
      Files.deleteIfExists(sharedMemory());
    }
  }

  @Test
  void sharedMemoryOfPeerIsNotReverted() throws Exception {
    String shared = shareMemory("peer");
    try {
      take(DomainState.SHUTOFF, "off");
      Guests.bringTo(domain, DomainState.RUNNING);
      fill(sharedMemory(), "later");

      RevertPlan plan = to("off").plan();
      assertTrue(plan.toString().contains(shared + ": not affected"), plan::toString);
      assertNotStarted(to("off"), "role \"peer\"");
      assertThrows(LibvirtException.class, () -> Guests.take(domain, "on"));
      to("off").running().force().revert();
      assertEquals("later", textIn(sharedMemory(), 5));
    } finally {
      Files.deleteIfExists(sharedMemory());
    }
  }

  private String nvdimm() {
    return "NVDIMM \"" + file("nvdimm") + "\"";
  }

  private void fill(Path file, String text) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.writeBytes(text);
    }
  }

  private String textIn(Path file, int length) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
      byte[] text = new byte[length];
      bytes.readFully(text);
      return new String(text, StandardCharsets.US_ASCII);
    }
  }

  @Test
  void nvdimmIsRevertedWithMemoryOnly() throws Exception {
    try (RandomAccessFile bytes = new RandomAccessFile(file("nvdimm").toFile(), "rw")) {
      bytes.setLength(32 << 20);
    }
    libvirtd.give(file("nvdimm"));
    define(
        "<memory model='nvdimm' access='shared'><source><path>"
            + file("nvdimm")
            + "</path></source><target><size unit='MiB'>32</size><node>0</node></target></memory>",
        MEMORY_SLOTS);
    fill(file("nvdimm"), "first");
    take(DomainState.SHUTOFF, "off");
    take(DomainState.RUNNING, "on");
    Guests.bringTo(domain, DomainState.SHUTOFF);
    fill(file("nvdimm"), "later");

    String missing = ": not in the snapshot: only a snapshot with memory includes it;";
    assertTrue(to("off").plan().toString().contains(nvdimm() + missing));
    to("off").revert();
    assertEquals("later", textIn(file("nvdimm"), 5));

    RevertPlan plan = to("on").plan();
    assertTrue(contents(plan).contains(nvdimm() + ": certain"), plan::toString);
    assertEquals(List.of("the present state of the " + nvdimm()), losses(plan, Loss.Kind.DEVICES));
    assertTrue(plan.safety().obstacle().contains("only a snapshot with memory includes"));
    to("on").revert();
    assertEquals("first", textIn(file("nvdimm"), 5));

    Guests.bringTo(domain, DomainState.SHUTOFF);
    fill(file("nvdimm"), "other");
    String nvdimms = "(?s)<memory model='nvdimm'.*?</memory>";
    connect
        .domainDefineXML(domain.getXMLDesc(DomainXmlFlag.INACTIVE).replaceAll(nvdimms, ""))
        .close();
    RevertPlan without = to("on").plan();
    assertEquals(
        List.of("the present state of the " + nvdimm() + " (the domain does not use it now)"),
        losses(without, Loss.Kind.DEVICES));
    assertNotStarted(to("on"), "that the domain does not use now");
    to("on").revert();
    assertEquals("first", textIn(file("nvdimm"), 5));
  }

  /** Distributions with an older libvirt have no swtpm. */
  @Test
  @Tag("recent-qemu")
  void tpmIsRevertedWithMemoryOnly() throws Throwable {
    define("<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>", "");
    assertTpmIsRevertedWithMemoryOnly("TPM", () -> {});
  }

  @Test
  @Tag("recent-qemu")
  void externalTpmIsRevertedWithMemoryOnly() throws Throwable {
    Path socket = file("tpm.sock");
    define(
        "<tpm model='tpm-tis'><backend type='external'><source type='unix' mode='connect' path='"
            + socket
            + "'/></backend></tpm>",
        "");
    try {
      assertTpmIsRevertedWithMemoryOnly("TPM \"" + socket + "\"", () -> startTpm(socket));
    } finally {
      tpms.forEach(Process::destroy);
    }
  }

  /** Starts a TPM emulator, which ends with the guest that uses the socket. */
  private void startTpm(Path socket) throws Exception {
    for (Process ended : tpms) {
      ended.waitFor();
    }
    Process tpm =
        new ProcessBuilder(
                List.of(
                    "swtpm",
                    "socket",
                    "--tpm2",
                    "--terminate",
                    "--tpmstate",
                    "dir=" + socket.getParent(),
                    "--ctrl",
                    "type=unixio,path=" + socket))
            .start();
    tpms.add(tpm);
    while (!Files.exists(socket)) {
      assertTrue(tpm.isAlive());
      Thread.onSpinWait();
    }
    libvirtd.give(socket);
  }

  /**
   * Reverts a guest with a TPM.
   *
   * @param name the name of the TPM in a plan
   * @param beforeStart prepares the TPM for the next start of the guest
   */
  private void assertTpmIsRevertedWithMemoryOnly(String name, Executable beforeStart)
      throws Throwable {
    take(DomainState.SHUTOFF, "off");
    beforeStart.execute();
    take(DomainState.RUNNING, "on");
    Guests.bringTo(domain, DomainState.SHUTOFF);
    Path state = tpmState();
    byte[] first = Files.readAllBytes(state);
    Files.delete(state);
    beforeStart.execute();
    Guests.bringTo(domain, DomainState.RUNNING);
    Guests.bringTo(domain, DomainState.SHUTOFF);
    byte[] later = Files.readAllBytes(state);
    assertFalse(Arrays.equals(first, later));

    RevertPlan off = to("off").plan();
    assertTrue(
        contents(off)
            .contains(
                name
                    + ": not in the snapshot: only a snapshot with memory includes it; a revert"
                    + " does not change it"),
        off::toString);
    to("off").revert();
    assertArrayEquals(later, Files.readAllBytes(state));

    RevertPlan on = to("on").plan();
    assertTrue(contents(on).contains(name + ": certain"), on::toString);
    assertEquals(List.of("the present state of the " + name), losses(on, Loss.Kind.DEVICES));
    assertNotStarted(to("on"), "has a TPM");
    beforeStart.execute();
    to("on").revert();
    assertArrayEquals(first, Files.readAllBytes(state));
  }

  private Path tpmState() throws IOException {
    try (Stream<Path> files = Files.walk(libvirtd.directory())) {
      return files.filter(path -> path.endsWith("tpm2-00.permall")).findFirst().orElseThrow();
    }
  }

  private void assertNotStarted(SnapshotReverter reverter, String reason) {
    RevertException refused =
        assertThrows(RevertException.class, reverter.withSafetySnapshot()::revert);
    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome(), refused::getMessage);
    assertTrue(refused.getMessage().contains(reason), refused::getMessage);
  }

  private String disk(String name, String more) throws IOException {
    return "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='"
        + libvirtd.disk(name)
        + "'/><target dev='vdb' bus='virtio'/>"
        + more
        + "</disk>";
  }

  @Test
  @Tag("another-process")
  void transientDiskIsLostWhenGuestIsStopped() throws Exception {
    define(disk("scratch", "<transient/>"), ACPI);
    take(DomainState.SHUTOFF, "off");
    Guests.bringTo(domain, DomainState.RUNNING);
    assertTrue(Files.exists(file("scratch.qcow2.TRANSIENT-web01")));

    RevertPlan plan = to("off").plan();
    assertTrue(
        losses(plan, Loss.Kind.DISKS)
            .contains("data written to vdb since the guest was started: the disk is transient"),
        plan::toString);
    assertNotStarted(to("off"), "transient disk");
    to("off").revert();
    assertFalse(Files.exists(file("scratch.qcow2.TRANSIENT-web01")));
  }

  private void attach(String device) throws Exception {
    Files.writeString(file("device.xml"), device);
    virsh("attach-device", "web01", file("device.xml").toString(), "--live");
  }

  private static int count(String xml, String element) {
    return xml.split("<" + element + "[ >]", -1).length - 1;
  }

  private List<Integer> devices(DomainXmlFlag... flags) throws Exception {
    String xml = domain.getXMLDesc(flags);
    String devices = xml.substring(xml.indexOf("<devices>"));
    return List.of(count(devices, "disk"), count(devices, "interface"), count(devices, "memory"));
  }

  @Test
  @Tag("another-process")
  void devicesOfRunningGuestOnlyAreLostAndComeBackWithUndo() throws Exception {
    define("", MEMORY_SLOTS);
    take(DomainState.RUNNING, "on");
    attach(disk("data", ""));
    attach(
        "<interface type='user'><mac address='52:54:00:00:00:0b'/><model type='virtio'/>"
            + "</interface>");
    attach(
        "<memory model='dimm'><target><size unit='MiB'>32</size><node>0</node></target></memory>");
    String added = ", added to the running guest and not to its persistent definition";

    RevertPlan plan = to("on").plan();
    assertEquals(
        List.of(
            "disk vdb" + added,
            "interface 52:54:00:00:00:0b" + added,
            "memory device of 32768 KiB" + added),
        losses(plan, Loss.Kind.DEVICES).stream().sorted().toList());
    RevertReport report = to("on").withSafetySnapshot().revert();
    assertEquals(List.of(1, 0, 0), devices());
    SnapshotReverter.of(domain).undo(report);
    assertEquals(List.of(2, 1, 1), devices());
    assertEquals(List.of(1, 0, 0), devices(DomainXmlFlag.INACTIVE));
  }

  @Test
  void addedCpuIsLostAndPreventsSafetySnapshot() throws Exception {
    define("", MEMORY_SLOTS);
    take(DomainState.RUNNING, "on");
    virsh("setvcpus", "web01", "2", "--live");

    RevertPlan plan = to("on").plan();
    assertEquals(
        List.of("1 virtual CPU, added to the running guest and not to its persistent definition"),
        losses(plan, Loss.Kind.DEVICES));
    assertNotStarted(to("on"), "virtual CPU");
    assertTrue(domain.getXMLDesc().contains("<vcpu placement='static'>2</vcpu>"));
  }

  /** Writes to disk vdb as the running guest would. */
  private void write(String pattern) throws Exception {
    virsh(
        "qemu-monitor-command",
        "web01",
        "--hmp",
        "qemu-io -d virtio-disk1/virtio-backend \"write -P " + pattern + " 0 64k\"");
  }

  /** Stops the guest, and returns the first byte in an image as two hexadecimal digits. */
  private String firstByte(Path image) throws Exception {
    Guests.bringTo(domain, DomainState.SHUTOFF);
    String dump =
        PrivateLibvirtd.run(
            "qemu-io", "-U", "-r", "-f", "qcow2", "-c", "read -v 0 1", image.toString());
    return dump.substring(dump.indexOf(":  ") + 3, dump.indexOf(":  ") + 5);
  }

  /** An export without a name is a disk, not an empty drive. */
  @Test
  void networkDiskWithoutNameIsReverted() throws Exception {
    Path socket = file("export");
    Path image = libvirtd.disk("export");
    try (RandomAccessFile bytes = new RandomAccessFile(image.toFile(), "rw")) {
      bytes.setLength(300 << 20);
    }
    Process server =
        new ProcessBuilder(
                "qemu-nbd", "-t", "-e", "4", "-f", "raw", "-k", socket.toString(), image.toString())
            .start();
    try {
      while (!Files.exists(socket)) {
        assertTrue(server.isAlive());
        Thread.onSpinWait();
      }
      libvirtd.give(socket);
      define(
          "<disk type='network' device='disk'><driver name='qemu' type='qcow2'/>"
              + "<source protocol='nbd'><host transport='unix' socket='"
              + socket
              + "'/></source><target dev='vdb' bus='virtio'/></disk>",
          "");
      Guests.bringTo(domain, DomainState.RUNNING);
      write("0x11");
      Guests.take(domain, "on");
      write("0x22");

      RevertPlan plan = to("on").plan();
      assertTrue(plan.toString().contains("disk vdb: presumed"), plan::toString);
      assertTrue(losses(plan, Loss.Kind.DISKS).get(0).contains("vda, vdb"), plan::toString);
      to("on").revert();
      assertEquals("11", firstByte(image));
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  @Test
  void safetySnapshotIncludesVolumeOfStoragePool() throws Exception {
    Path volume = libvirtd.disk("volume");
    virsh("pool-refresh", "fast");
    define(
        "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/>"
            + "<source pool='fast' volume='volume.qcow2'/><target dev='vdb' bus='virtio'/></disk>",
        "");
    take(DomainState.RUNNING, "on");
    write("0x22");

    RevertReport report = to("on").withSafetySnapshot().revert();
    assertEquals("00", firstByte(volume));
    SnapshotReverter.of(domain).undo(report);
    assertEquals("22", firstByte(volume));
  }
}
