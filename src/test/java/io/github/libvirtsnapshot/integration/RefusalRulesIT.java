package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotDeleteFlag;
import io.github.libvirtsnapshot.images.EncryptedImage;
import io.github.libvirtsnapshot.plan.FamilyRow;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A case on real QEMU of each refusal rule that the table of reverts does not cover: the plan
 * predicts the refusal, a guarded revert does not start, and libvirt refuses the revert.
 */
@Tag("qemu")
class RefusalRulesIT {
  /** The offset of the last byte of this field of the header. */
  private static final int LAST_INCOMPATIBLE_FEATURES = 79;

  private static final int CORRUPT = 2;

  private PrivateLibvirtd libvirtd;
  private IndependentGuestDriver driver;
  private Connect connect;
  private final List<Process> programs = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    driver = new IndependentGuestDriver(libvirtd, libvirtd.directory());
    connect = new Connect(libvirtd.qemu());
  }

  @AfterEach
  void stop() throws Exception {
    programs.forEach(Process::destroy);
    connect.close();
    driver.close();
    libvirtd.close();
  }

  /** Prepares a revert that a rule refuses. */
  private interface Scenario {
    SnapshotReverter prepare() throws Exception;
  }

  private final ImmutableMap<String, Scenario> scenarios =
      ImmutableMap.<String, Scenario>builder()
          .put("a read-only connection", this::readOnly)
          .put("something that is going on in the domain", this::blockJob)
          .put("a guest that the host can't start, the emulator is gone", this::noEmulator)
          .put(
              "a guest that the host can't start, the network is gone",
              () -> needing(interfaceOf("gone"), ""))
          .put("a guest that the host can't start, the network is not active", this::idleNetwork)
          .put(
              "a guest that the host can't start, the pool is gone",
              () -> needing(volumeOf("gone"), ""))
          .put("a guest that the host can't start, the pool is not active", this::idlePool)
          .put("a guest that the host can't start, the volume is gone", this::noVolume)
          .put(
              "a guest that the host can't start, the CPU model is not known",
              () -> needing("", "<cpu><model>Nonesuch</model></cpu>"))
          .put(
              "a guest that the host can't start, the CPU model is not offered",
              () -> needing("", "<cpu><model fallback='forbid'>pentiumpro</model></cpu>"))
          .put(
              "a guest that the host can't start, the CPU mode is not offered",
              () -> needing("", "<cpu mode='host-passthrough'/>"))
          .put(
              "a guest that the host can't start, the CPU lacks a feature",
              () ->
                  needing(
                      "",
                      "<cpu check='partial'><model>qemu64</model>"
                          + "<feature policy='require' name='hle'/></cpu>"))
          .put(
              "a guest that the host can't start, the machine type is gone",
              () ->
                  describing(
                      xml -> xml.replaceAll("machine='pc-[^']*'", "machine='pc-i440fx-99.0'")))
          .put(
              "a guest that the host can't start, the video model is not supported",
              () -> describing(withDevice("<video><model type='xen'/></video>")))
          .put(
              "a guest that the host can't start, there is no virtiofsd",
              () -> describing(RefusalRulesIT::withSharedFolder))
          .put(
              "a guest that the host can't start, the secret is gone",
              () -> needing(diskWithSecret(UUID.randomUUID().toString()), ""))
          .put("a guest that the host can't start, the secret has no value", this::emptySecret)
          .put(
              "a guest that the host can't start, the NUMA node is gone",
              () -> needing("", "<numatune><memory mode='strict' nodeset='7'/></numatune>"))
          .put(
              "a guest that the host can't start, there are no such huge pages",
              () ->
                  needing(
                      "",
                      "<memoryBacking><hugepages><page size='3' unit='MiB'/></hugepages>"
                          + "</memoryBacking>"))
          .put(
              "a guest that the host can't start, the TPM is gone",
              () ->
                  needing(
                      "<tpm model='tpm-tis'><backend type='passthrough'>"
                          + "<device path='/dev/no-such-tpm'/></backend></tpm>",
                      ""))
          .put(
              "a guest that the host can't start, the pinned CPU is gone",
              () ->
                  needing("", "<vcpu>1</vcpu><cputune><vcpupin vcpu='0' cpuset='1023'/></cputune>"))
          .put(
              "a guest that the host can't start, shut off, and the emulator is gone",
              this::noEmulatorShutOff)
          .put(
              "a guest that the host can't start, shut off, and the volume is gone",
              this::noVolumeShutOff)
          .put("a guest that the host can't start, PCI devices are not passed on", this::pciDevice)
          .put("something that is going on in the domain, a save whose memory is sent", this::save)
          .put("an external snapshot, and a disk that is not in a file", this::networkDisk)
          .put("an internal snapshot, and a bitmap in its image, of a checkpoint", this::checkpoint)
          .put(
              "an internal snapshot, and a bitmap in its image, without a checkpoint", this::bitmap)
          .put("an image that another guest has open", this::imageInUse)
          .put(
              "an image that another guest has open, the snapshot is external",
              this::imageOfExternalInUse)
          .put(
              "an image that another guest has open, the snapshot is external and has memory",
              this::imageOfMemoryInUse)
          .put("an image that can't be opened, taken shut off", () -> noImage(false))
          .put("an image that can't be opened, taken running", () -> noImage(true))
          .put("an image that can't be opened, taken running, on a backing image", this::noOverlay)
          .put(
              "an image that no longer contains the snapshot, taken shut off",
              () -> snapshotGone(false))
          .put(
              "an image that no longer contains the snapshot, taken running",
              () -> snapshotGone(true))
          .put(
              "memory in another disk than the first, before libvirt could find it",
              this::memoryInOtherDisk)
          .put("an image or a file that is gone, the medium", this::noMedium)
          .put("an image or a file that is gone, the image, taken shut off", () -> imageGone(false))
          .put("an image or a file that is gone, the image, taken running", () -> imageGone(true))
          .put(
              "an image or a file that is gone, the backing image, taken shut off",
              () -> backingGone(false))
          .put(
              "an image or a file that is gone, the backing image, taken running",
              () -> backingGone(true))
          .put("an image or a file that is gone, the kernel", this::noKernel)
          .put(
              "an image or a file that is gone, the image of an external snapshot",
              this::frozenImageGone)
          .put(
              "an image or a file that is gone, the medium, the snapshot is external",
              this::mediumOfExternalGone)
          .put("an image or a file that is gone, the memory file", this::memoryFileGone)
          .put("an image or a file that is gone, the template of the NVRAM", this::templateGone)
          .put("an image that QEMU marked as corrupt, taken shut off", () -> corruptImage(false))
          .put("an image that QEMU marked as corrupt, taken running", () -> corruptImage(true))
          .put(
              "an image that QEMU marked as corrupt, the snapshot is external and has memory",
              this::corruptImageOfMemory)
          .put(
              "an image that is not in the stated format, taken shut off", () -> otherFormat(false))
          .put("an image that is not in the stated format, taken running", () -> otherFormat(true))
          .put(
              "an image that is not in the stated format, the snapshot is external",
              this::otherFormatOfExternal)
          .put(
              "an image that is not in the stated format, the snapshot is external and has memory",
              this::otherFormatOfMemory)
          .put(
              "an internal snapshot without memory, and a disk that is a volume, before libvirt"
                  + " could revert to those",
              this::volume)
          .put("an external snapshot, and a shareable disk", this::shareableDisk)
          .put(
              "an external snapshot, and a device that the definition calls a file",
              this::deviceAsFile)
          .put("an external snapshot of an encrypted disk", this::encryptedDisk)
          .put("memory in a snapshot whose name is not a job ID", this::nameIsNoJobId)
          .put("a guest on a long chain of overlays", this::longChain)
          .put(
              "an external snapshot, and images that differ in their extension only",
              this::sameOverlayName)
          .put(
              "a new NVRAM in another format than its template, the NVRAM is reset",
              this::nvramReset)
          .put(
              "a new NVRAM in another format than its template, the NVRAM is gone", this::nvramGone)
          .put("memory of a guest with an added CPU, before libvirt could load it", this::addedCpu)
          .put("a port that another guest listens on", this::portInUse)
          .put("an external snapshot, and no current one", this::noCurrent)
          .build();

  static Stream<FamilyRow> rows() throws Exception {
    try (PrivateLibvirtd started = PrivateLibvirtd.started();
        Connect connection = new Connect(started.qemu())) {
      return FamilyRow.of("QEMU", connection.getLibVersion()).stream();
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void planPredictsRefusalOfLibvirt(FamilyRow row) throws Exception {
    SnapshotReverter reverter = scenarios.get(name(row)).prepare();

    RevertPlan plan = reverter.plan();
    assertEquals(row.code(), plan.refusal().orElseThrow().code().value(), plan::toString);
    RevertException guarded = assertThrows(RevertException.class, reverter.guarded()::revert);
    assertEquals(RevertOutcome.NOT_STARTED, guarded.outcome());
    RevertException failed = assertThrows(RevertException.class, reverter::revert);
    assertEquals(row.code(), failed.getError().getCode().value(), failed::getMessage);
  }

  /** The snapshot has another emulator, so that the revert itself succeeds. */
  @Test
  void safetySnapshotIsRefused_hostCannotStartPresentGuestAgain() throws Exception {
    String disk = Guests.qemuXml("web01", libvirtd.disk("web01"));
    Domain domain = define(disk);
    Guests.take(domain, "clean-install");
    Path emulator = libvirtd.directory().resolve("emulator");
    Files.createSymbolicLink(emulator, Path.of("/usr/bin/qemu-system-x86_64"));
    define(
            disk.replace("</name>", "</name><uuid>" + domain.getUUIDString() + "</uuid>")
                .replace("<devices>", "<devices><emulator>" + emulator + "</emulator>"))
        .create();
    Files.delete(emulator);
    SnapshotReverter reverter = to(domain).running().force();

    RevertException refused =
        assertThrows(RevertException.class, reverter.withSafetySnapshot()::revert);

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(
        refused
            .getMessage()
            .contains("the host cannot start the present guest again: Cannot check QEMU binary"),
        refused.getMessage());
    assertEquals(DomainState.RUNNING, domain.getState().state());
    assertEquals(DomainState.RUNNING, reverter.guarded().revert().after().state());
  }

  private static String name(FamilyRow row) {
    return row.which().isEmpty() ? row.rule() : row.rule() + ", " + row.which();
  }

  private void perform(Object... words) {
    assertEquals(null, driver.perform(words).get("error"));
  }

  private Domain create(String disks, String firmware) throws Exception {
    return connect.domainLookupByName(
        driver.perform("create", disks, firmware, "none", false).get("name"));
  }

  private static SnapshotReverter to(Domain domain) {
    return SnapshotReverter.of(domain).to("clean-install");
  }

  private SnapshotReverter readOnly() throws Exception {
    String name = create("qcow2", "bios").getName();
    perform("create_snapshot", "clean-install", "internal");
    return to(new Connect(libvirtd.qemu(), true).domainLookupByName(name));
  }

  private SnapshotReverter blockJob() throws Exception {
    Domain domain = create("qcow2", "bios");
    perform("start");
    perform("create_snapshot", "clean-install", "internal");
    perform("start_block_job");
    return to(domain);
  }

  private SnapshotReverter checkpoint() throws Exception {
    Domain domain = create("qcow2", "bios");
    perform("start");
    perform("create_snapshot", "clean-install", "internal");
    perform("create_checkpoint");
    return to(domain);
  }

  private SnapshotReverter nvramReset() throws Exception {
    Domain domain = create("qcow2", "mixed");
    perform("create_snapshot", "clean-install", "external");
    return to(domain).running().flags(RevertFlag.RESET_NVRAM);
  }

  private SnapshotReverter nvramGone() throws Exception {
    Domain domain = create("qcow2", "mixed");
    perform("create_snapshot", "clean-install", "external");
    Files.delete(Path.of(XmlNode.parse(domain.getXMLDesc()).text("os/nvram")));
    return to(domain).running().withTransientPools();
  }

  private SnapshotReverter noCurrent() throws Exception {
    Domain domain = create("qcow2", "bios");
    perform("create_snapshot", "clean-install", "external");
    perform("redefine_snapshot", "clean-install");
    return to(domain);
  }

  private Domain define(String xml) throws Exception {
    return connect.domainDefineXML(xml);
  }

  /** Defines a domain with an emulator of its own. */
  private Domain withEmulator(Path emulator) throws Exception {
    Files.createSymbolicLink(emulator, Path.of("/usr/bin/qemu-system-x86_64"));
    return define(
        Guests.qemuXml("web01", libvirtd.disk("web01"))
            .replace("<devices>", "<devices><emulator>" + emulator + "</emulator>"));
  }

  private SnapshotReverter noEmulator() throws Exception {
    Path emulator = libvirtd.directory().resolve("emulator");
    Domain domain = withEmulator(emulator);
    domain.create();
    Guests.take(domain, "clean-install");
    Files.delete(emulator);
    return to(domain);
  }

  private SnapshotReverter noEmulatorShutOff() throws Exception {
    Path emulator = libvirtd.directory().resolve("emulator");
    Domain domain = withEmulator(emulator);
    Guests.take(domain, "clean-install");
    Files.delete(emulator);
    return to(domain);
  }

  private SnapshotReverter noVolumeShutOff() throws Exception {
    pool("empty");
    virsh("pool-start", "empty");
    Domain domain =
        define(
            Guests.qemuXml("web01", libvirtd.disk("web01"))
                .replace("</devices>", volumeOf("empty") + "</devices>"));
    Guests.take(domain, "clean-install");
    return to(domain);
  }

  /** A program that opens the file without reading it keeps libvirt from finishing the save. */
  private SnapshotReverter save() throws Exception {
    Domain domain = define(Guests.qemuXml("web01", libvirtd.disk("web01")));
    domain.create();
    Guests.take(domain, "clean-install");
    Path pipe = libvirtd.directory().resolve("pipe");
    PrivateLibvirtd.run("mkfifo", pipe.toString());
    libvirtd.give(pipe);
    programs.add(new ProcessBuilder("sh", "-c", "exec sleep 300 < " + pipe).start());
    programs.add(
        new ProcessBuilder("virsh", "-q", "-c", libvirtd.qemu(), "save", "web01", pipe.toString())
            .start());
    while (domain.getState().state() != DomainState.PAUSED) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    TimeUnit.SECONDS.sleep(1);
    return to(domain);
  }

  /**
   * Returns a revert of a running guest to a snapshot that was taken shut off, whose description
   * was changed since: libvirt does not compare it with the host.
   */
  private SnapshotReverter describing(UnaryOperator<String> change) throws Exception {
    Domain domain = define(Guests.qemuXml("web01", libvirtd.disk("web01")));
    Guests.take(domain, "clean-install");
    String description;
    try (DomainSnapshot taken = domain.snapshotLookupByName("clean-install")) {
      description = taken.getXMLDesc();
      taken.delete(SnapshotDeleteFlag.METADATA_ONLY);
    }
    domain
        .snapshotCreateXML(
            change.apply(description), SnapshotCreateFlag.REDEFINE, SnapshotCreateFlag.CURRENT)
        .close();
    domain.create();
    return to(domain).running().force();
  }

  private static UnaryOperator<String> withDevice(String device) {
    return xml -> xml.replace("</devices>", device + "</devices>");
  }

  private static String withSharedFolder(String xml) {
    return withDevice(
            "<filesystem type='mount'><driver type='virtiofs'/><source dir='/tmp'/>"
                + "<target dir='shared'/></filesystem>")
        .apply(xml)
        .replace("<os>", "<memoryBacking><access mode='shared'/></memoryBacking><os>");
  }

  private static String diskWithSecret(String secret) {
    return "<disk type='network' device='disk'><driver name='qemu' type='raw'/>"
        + "<auth username='fred'><secret type='ceph' uuid='"
        + secret
        + "'/></auth><source protocol='rbd' name='pool/image'><host name='127.0.0.1'/></source>"
        + "<target dev='vdb' bus='virtio'/><readonly/></disk>";
  }

  private SnapshotReverter encryptedDisk() throws Exception {
    String uuid = UUID.randomUUID().toString();
    Path secret = libvirtd.directory().resolve("secret.xml");
    Files.writeString(secret, "<secret><uuid>" + uuid + "</uuid></secret>");
    virsh("secret-define", secret.toString());
    Path password = Files.writeString(libvirtd.directory().resolve("password"), "password");
    virsh("secret-set-value", uuid, "--file", password.toString(), "--plain");
    Path image = libvirtd.directory().resolve("web01.qcow2");
    EncryptedImage.create(image);
    libvirtd.give(image);
    Domain domain =
        define(
            Guests.qemuXml("web01", image)
                .replace(
                    image + "'/>",
                    image
                        + "'><encryption format='luks'><secret type='passphrase' uuid='"
                        + uuid
                        + "'/></encryption></source>"));
    takeExternal(domain, "clean-install");
    return to(domain).running();
  }

  private SnapshotReverter emptySecret() throws Exception {
    String uuid = UUID.randomUUID().toString();
    Path secret = libvirtd.directory().resolve("secret.xml");
    Files.writeString(secret, "<secret><uuid>" + uuid + "</uuid></secret>");
    virsh("secret-define", secret.toString());
    return needing(diskWithSecret(uuid), "");
  }

  /**
   * Returns a revert of a running guest to a snapshot that was taken shut off, with devices and
   * elements that the definition no longer has.
   */
  private SnapshotReverter needing(String devices, String elements) throws Exception {
    String current =
        Guests.qemuXml("web01", libvirtd.disk("web01"))
            .replace("</name>", "</name><uuid>" + UUID.randomUUID() + "</uuid>");
    Domain domain =
        define(
            current
                .replace("<devices>", elements + "<devices>")
                .replace("</devices>", devices + "</devices>"));
    Guests.take(domain, "clean-install");
    define(current).create();
    return to(domain).running().force();
  }

  private static String interfaceOf(String network) {
    return "<interface type='network'><source network='" + network + "'/></interface>";
  }

  private static String volumeOf(String pool) {
    return "<disk type='volume' device='cdrom'><driver name='qemu' type='raw'/><source pool='"
        + pool
        + "' volume='v'/><target dev='hdc' bus='ide'/><readonly/></disk>";
  }

  private SnapshotReverter idleNetwork() throws Exception {
    Path network = libvirtd.directory().resolve("network.xml");
    Files.writeString(network, "<network><name>idle</name></network>");
    virsh("net-define", network.toString());
    return needing(interfaceOf("idle"), "");
  }

  private void pool(String name) throws Exception {
    virsh("pool-define-as", name, "dir", "--target", libvirtd.directory().toString());
  }

  private SnapshotReverter idlePool() throws Exception {
    pool("idle");
    return needing(volumeOf("idle"), "");
  }

  private SnapshotReverter noVolume() throws Exception {
    pool("empty");
    virsh("pool-start", "empty");
    return needing(volumeOf("empty"), "");
  }

  private void virsh(String... words) throws Exception {
    PrivateLibvirtd.run(
        Stream.concat(Stream.of("virsh", "-q", "-c", libvirtd.qemu()), Stream.of(words))
            .toArray(String[]::new));
  }

  private SnapshotReverter pciDevice() throws Exception {
    return needing(
        "<hostdev mode='subsystem' type='pci'><source>"
            + "<address domain='0x0000' bus='0x00' slot='0x1f' function='0x7'/></source></hostdev>",
        "");
  }

  private SnapshotReverter portInUse() throws Exception {
    String vnc =
        "<graphics type='vnc' autoport='no' listen='127.0.0.1' port='"
            + PrivateLibvirtd.freePort()
            + "'/></devices>";
    define(Guests.qemuXml("web02", libvirtd.disk("web02")).replace("</devices>", vnc)).create();
    return needing(vnc.replace("</devices>", ""), "");
  }

  private SnapshotReverter noImage(boolean takenRunning) throws Exception {
    Path image = libvirtd.disk("web01");
    Domain domain = withSnapshot(image, takenRunning);
    Files.delete(image);
    return to(domain);
  }

  private SnapshotReverter noOverlay() throws Exception {
    Domain domain = define(Guests.qemuXml("web01", libvirtd.disk("web01")));
    domain.create();
    takeExternal(domain, "before-update");
    Guests.take(domain, "clean-install");
    domain.destroy();
    Files.delete(libvirtd.directory().resolve("web01.before-update"));
    return to(domain);
  }

  private SnapshotReverter noMedium() throws Exception {
    Path medium = libvirtd.directory().resolve("tools.iso");
    Domain domain = withMedium(medium);
    libvirtd.createPool("images");
    domain.create();
    Guests.take(domain, "clean-install");
    domain.destroy();
    Files.delete(medium);
    return to(domain);
  }

  private SnapshotReverter memoryInOtherDisk() throws Exception {
    String disk =
        "<disk type='file'><driver name='qemu' type='qcow2'/><source file='%s'/>"
            + "<target dev='%s' bus='scsi'/></disk>";
    Path attached = libvirtd.directory().resolve("disk.xml");
    Files.writeString(attached, disk.formatted(libvirtd.disk("data"), "sda"));
    Path image = libvirtd.disk("web01");
    libvirtd.createPool("images");
    Domain domain =
        define(
            Guests.qemuXml("web01", image)
                .replaceAll("(?s)<disk.*</disk>", disk.formatted(image, "sdb"))
                .replace("<devices>", "<devices><controller type='scsi' model='virtio-scsi'/>"));
    domain.create();
    virsh("attach-device", "web01", attached.toString(), "--live");
    Guests.take(domain, "clean-install");
    return to(domain);
  }

  private Domain withMedium(Path medium) throws Exception {
    PrivateLibvirtd.run("qemu-img", "create", "-q", "-f", "raw", medium.toString(), "64k");
    libvirtd.give(medium);
    return define(
        Guests.qemuXml("web01", libvirtd.disk("web01"))
            .replace(
                "</devices>",
                "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='"
                    + medium
                    + "'/><target dev='hdc' bus='ide'/><readonly/></disk></devices>"));
  }

  private SnapshotReverter mediumOfExternalGone() throws Exception {
    libvirtd.createPool("images");
    Path medium = libvirtd.directory().resolve("tools.iso");
    Domain domain = withMedium(medium);
    takeExternal(domain, "clean-install");
    domain.create();
    Files.delete(medium);
    return to(domain).running();
  }

  /** Returns a revert of a running guest, whose process has the missing image of disk vdb open. */
  private SnapshotReverter imageGone(boolean takenRunning) throws Exception {
    Path data = libvirtd.disk("data");
    libvirtd.createPool("images");
    Domain domain = withData(data, takenRunning);
    Files.delete(data);
    return to(domain);
  }

  private SnapshotReverter backingGone(boolean takenRunning) throws Exception {
    Path backing = libvirtd.disk("debian");
    Path data = libvirtd.directory().resolve("data.qcow2");
    PrivateLibvirtd.run(
        "qemu-img",
        "create",
        "-q",
        "-f",
        "qcow2",
        "-b",
        backing.toString(),
        "-F",
        "qcow2",
        data.toString());
    libvirtd.give(data);
    libvirtd.createPool("images");
    Domain domain = withData(data, takenRunning);
    Files.delete(backing);
    return to(domain);
  }

  /** Returns a running guest with a second disk. */
  private Domain withData(Path data, boolean takenRunning) throws Exception {
    Domain domain =
        define(
            Guests.qemuXml("web01", libvirtd.disk("web01"))
                .replace(
                    "</devices>",
                    "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source"
                        + " file='"
                        + data
                        + "'/><target dev='vdb' bus='virtio'/></disk></devices>"));
    if (takenRunning) {
      domain.create();
    }
    Guests.take(domain, "clean-install");
    if (!takenRunning) {
      domain.create();
    }
    return domain;
  }

  private SnapshotReverter noKernel() throws Exception {
    Path kernel = Files.writeString(libvirtd.directory().resolve("vmlinuz"), "a kernel");
    libvirtd.give(kernel);
    Domain domain =
        define(
            Guests.qemuXml("web01", libvirtd.disk("web01"))
                .replace("</os>", "<kernel>" + kernel + "</kernel></os>"));
    libvirtd.createPool("images");
    Guests.take(domain, "clean-install");
    Files.delete(kernel);
    return to(domain).running();
  }

  private SnapshotReverter frozenImageGone() throws Exception {
    libvirtd.createPool("images");
    Path image = libvirtd.disk("web01");
    Domain domain = define(Guests.qemuXml("web01", image));
    takeExternal(domain, "clean-install");
    domain.create();
    Files.delete(image);
    return to(domain).running();
  }

  private SnapshotReverter memoryFileGone() throws Exception {
    libvirtd.createPool("images");
    Domain domain = define(Guests.qemuXml("web01", libvirtd.disk("web01")));
    domain.create();
    Files.delete(takeMemory(domain));
    return to(domain);
  }

  /** Takes an external snapshot with memory, and returns the memory file. */
  private Path takeMemory(Domain domain) throws Exception {
    Path memory = libvirtd.directory().resolve("web01.memory");
    domain
        .snapshotCreateXML(
            "<domainsnapshot><name>clean-install</name><memory snapshot='external' file='"
                + memory
                + "'/></domainsnapshot>")
        .close();
    return memory;
  }

  private SnapshotReverter templateGone() throws Exception {
    libvirtd.createPool("images");
    Path template = libvirtd.directory().resolve("variables.fd");
    Files.copy(Path.of("/usr/share/OVMF/OVMF_VARS_4M.fd"), template);
    libvirtd.give(template);
    Domain domain =
        define(
            Guests.qemuXml("web01", libvirtd.disk("web01"))
                .replace("machine='pc'", "machine='q35'")
                .replace(
                    "</os>",
                    "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>"
                        + "<nvram template='"
                        + template
                        + "'>"
                        + template.resolveSibling("web01.fd")
                        + "</nvram></os><features><acpi/></features>"));
    takeExternal(domain, "clean-install");
    Files.delete(template);
    return to(domain).running().resetNvram();
  }

  /** Sets a mark in the header of an image, as QEMU does when it finds an error in the image. */
  private SnapshotReverter corruptImage(boolean takenRunning) throws Exception {
    Path data = libvirtd.disk("data");
    libvirtd.createPool("images");
    Domain domain = withData(data, takenRunning);
    domain.destroy();
    markAsCorrupt(data);
    return to(domain);
  }

  private static void markAsCorrupt(Path image) throws IOException {
    try (RandomAccessFile header = new RandomAccessFile(image.toFile(), "rw")) {
      header.seek(LAST_INCOMPATIBLE_FEATURES);
      header.write(CORRUPT);
    }
  }

  private SnapshotReverter corruptImageOfMemory() throws Exception {
    Path image = libvirtd.disk("web01");
    Domain domain = withMemoryFile(image);
    markAsCorrupt(image);
    return to(domain);
  }

  /** Returns a domain that is shut off and has an external snapshot with memory. */
  private Domain withMemoryFile(Path image) throws Exception {
    libvirtd.createPool("images");
    Domain domain = define(Guests.qemuXml("web01", image));
    domain.create();
    takeMemory(domain);
    domain.destroy();
    return domain;
  }

  private static void overwriteHeader(Path image) throws IOException {
    try (RandomAccessFile header = new RandomAccessFile(image.toFile(), "rw")) {
      header.write(new byte[4096]);
    }
  }

  private SnapshotReverter otherFormat(boolean takenRunning) throws Exception {
    Path image = libvirtd.disk("web01");
    libvirtd.createPool("images");
    Domain domain = withSnapshot(image, takenRunning);
    overwriteHeader(image);
    return to(domain);
  }

  private SnapshotReverter otherFormatOfExternal() throws Exception {
    Path image = libvirtd.disk("web01");
    libvirtd.createPool("images");
    Domain domain = define(Guests.qemuXml("web01", image));
    takeExternal(domain, "clean-install");
    overwriteHeader(image);
    return to(domain);
  }

  private SnapshotReverter otherFormatOfMemory() throws Exception {
    Path image = libvirtd.disk("web01");
    Domain domain = withMemoryFile(image);
    overwriteHeader(image);
    return to(domain);
  }

  private SnapshotReverter volume() throws Exception {
    Path image = libvirtd.disk("web01");
    libvirtd.createPool("images");
    Domain domain =
        define(
            Guests.qemuXml("web01", image)
                .replace("<disk type='file'", "<disk type='volume'")
                .replace("file='" + image + "'", "pool='images' volume='web01.qcow2'"));
    Guests.take(domain, "clean-install");
    domain.create();
    return to(domain);
  }

  private SnapshotReverter snapshotGone(boolean takenRunning) throws Exception {
    Path image = libvirtd.disk("web01");
    libvirtd.createPool("images");
    Domain domain = withSnapshot(image, takenRunning);
    PrivateLibvirtd.run("qemu-img", "snapshot", "-d", "clean-install", image.toString());
    return to(domain);
  }

  private SnapshotReverter bitmap() throws Exception {
    libvirtd.createPool("images");
    Path image = libvirtd.disk("web01");
    Domain domain = withSnapshot(image, false);
    PrivateLibvirtd.run("qemu-img", "bitmap", "--add", image.toString(), "nightly");
    return to(domain);
  }

  /** Only an older libvirt takes such a snapshot, so the test writes the name into the image. */
  private SnapshotReverter nameIsNoJobId() throws Exception {
    Path image = libvirtd.disk("web01");
    Domain domain = define(Guests.qemuXml("web01", image));
    domain.create();
    Guests.take(domain, "clean.install");
    domain.destroy();
    PrivateLibvirtd.run("sed", "-i", "s/clean\\.install/clean install/", image.toString());
    libvirtd.give(image);
    try (DomainSnapshot snapshot = domain.snapshotLookupByName("clean.install")) {
      String xml = snapshot.getXMLDesc().replace("clean.install", "clean install");
      snapshot.delete(SnapshotDeleteFlag.METADATA_ONLY);
      domain.snapshotCreateXML(xml, SnapshotCreateFlag.REDEFINE).close();
    }
    return SnapshotReverter.of(domain).to("clean install");
  }

  private SnapshotReverter longChain() throws Exception {
    Domain domain = define(Guests.qemuXml("web01", libvirtd.disk("web01")));
    for (int i = 1; i <= 24; i++) {
      takeExternal(domain, "nightly-" + i);
    }
    takeExternal(domain, "clean-install");
    return to(domain).running();
  }

  private Domain withSnapshot(Path image, boolean takenRunning) throws Exception {
    Domain domain = define(Guests.qemuXml("web01", image));
    if (takenRunning) {
      domain.create();
    }
    Guests.take(domain, "clean-install");
    if (takenRunning) {
      domain.destroy();
    }
    return domain;
  }

  private SnapshotReverter networkDisk() throws Exception {
    String disk =
        "<disk type='network'><driver name='qemu' type='raw'/><source protocol='nbd' name='x'>"
            + "<host name='127.0.0.1'/></source><target dev='vdb' bus='virtio'/><readonly/></disk>";
    Domain domain =
        define(
            Guests.qemuXml("web01", libvirtd.disk("web01"))
                .replace("</devices>", disk + "</devices>"));
    takeExternal(domain, "clean-install");
    return to(domain);
  }

  private static void takeExternal(Domain domain, String name) throws Exception {
    domain
        .snapshotCreateXML(
            "<domainsnapshot><name>" + name + "</name></domainsnapshot>",
            SnapshotCreateFlag.DISK_ONLY)
        .close();
  }

  /** The snapshot omits the shareable disk, because libvirt takes no snapshot of such a disk. */
  private SnapshotReverter shareableDisk() throws Exception {
    Path data = libvirtd.directory().resolve("data.img");
    PrivateLibvirtd.run("qemu-img", "create", "-q", "-f", "raw", data.toString(), "1M");
    libvirtd.give(data);
    String disk =
        "<disk type='file'><driver name='qemu' type='raw'/><source file='"
            + data
            + "'/><target dev='vdb' bus='virtio'/><shareable/></disk></devices>";
    Domain domain =
        define(Guests.qemuXml("web01", libvirtd.disk("web01")).replace("</devices>", disk));
    domain
        .snapshotCreateXML(
            "<domainsnapshot><name>clean-install</name><disks><disk name='vdb' snapshot='no'/></disks>"
                + "</domainsnapshot>",
            SnapshotCreateFlag.DISK_ONLY)
        .close();
    domain.create();
    return to(domain);
  }

  /** libvirt creates an overlay also for a disk that the snapshot omits. */
  private SnapshotReverter deviceAsFile() throws Exception {
    String current =
        Guests.qemuXml("web01", libvirtd.disk("web01"))
            .replace("</name>", "</name><uuid>" + UUID.randomUUID() + "</uuid>");
    String disk =
        "<disk type='file'><driver name='qemu' type='raw'/><source file='/dev/zero'/>"
            + "<target dev='vdb' bus='virtio'/></disk></devices>";
    Domain domain = define(current.replace("</devices>", disk));
    domain
        .snapshotCreateXML(
            "<domainsnapshot><name>clean-install</name><disks><disk name='vdb' snapshot='no'/></disks>"
                + "</domainsnapshot>",
            SnapshotCreateFlag.DISK_ONLY)
        .close();
    define(current.replace("web01.qcow2", "web01.clean-install")).create();
    return to(domain).force();
  }

  private SnapshotReverter sameOverlayName() throws Exception {
    Path disk = libvirtd.disk("web01");
    Path medium = disk.resolveSibling("web01.iso");
    PrivateLibvirtd.run("qemu-img", "create", "-q", "-f", "raw", medium.toString(), "64k");
    String drive =
        "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='"
            + medium
            + "'/><target dev='hdc' bus='ide'/><readonly/></disk>";
    Domain domain =
        define(Guests.qemuXml("web01", disk).replace("</devices>", drive + "</devices>"));
    takeExternal(domain, "clean-install");
    return to(domain);
  }

  private SnapshotReverter addedCpu() throws Exception {
    Domain domain =
        define(
            Guests.qemuXml("web01", libvirtd.disk("web01"))
                .replace("<devices>", "<vcpu current='1'>2</vcpu><devices>"));
    domain.create();
    virsh("setvcpus", "web01", "2", "--live");
    Guests.take(domain, "clean-install");
    return to(domain);
  }

  private SnapshotReverter imageOfExternalInUse() throws Exception {
    Path disk = libvirtd.disk("web01");
    Domain domain = define(Guests.qemuXml("web01", disk));
    takeExternal(domain, "clean-install");
    define(Guests.qemuXml("web02", disk)).create();
    return to(domain).running();
  }

  private SnapshotReverter imageOfMemoryInUse() throws Exception {
    Path disk = libvirtd.disk("web01");
    Domain domain = withMemoryFile(disk);
    define(Guests.qemuXml("web02", disk)).create();
    return to(domain);
  }

  private SnapshotReverter imageInUse() throws Exception {
    Path disk = libvirtd.disk("web01");
    Domain domain = define(Guests.qemuXml("web01", disk));
    domain.create();
    Guests.take(domain, "clean-install");
    domain.destroy();
    define(Guests.qemuXml("web02", disk)).create();
    return to(domain);
  }
}
