package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.plan.FamilyRow;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each rule that the table of reverts has no case of, made on real QEMU: the plan says it, a
 * guarded revert stops before it, and libvirt does it.
 */
@Tag("qemu")
class FamiliesIT {
  private PrivateLibvirtd libvirtd;
  private GuestWorld world;
  private Connect connect;

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    world = new GuestWorld(libvirtd, libvirtd.directory());
    connect = new Connect(libvirtd.qemu());
  }

  @AfterEach
  void stop() throws Exception {
    connect.close();
    world.close();
    libvirtd.close();
  }

  /** A revert that ends as a rule says. */
  private interface Scenario {
    SnapshotReverter set() throws Exception;
  }

  private final Map<String, Scenario> scenarios =
      Map.of(
          "a read-only connection", this::readOnly,
          "something that is going on in the domain", this::blockJob,
          "a guest that the host can't start", this::noEmulator,
          "an external snapshot, and a disk that is not in a file", this::networkDisk,
          "an internal snapshot, and a checkpoint", this::checkpoint,
          "an image that another guest has open", this::imageInUse,
          "an external snapshot, and images that differ in their extension only",
              this::sameOverlayName,
          "RESET_NVRAM, and an NVRAM in another format than its template", this::nvram,
          "an external snapshot, and no current one", this::noCurrent);

  static Stream<FamilyRow> rows() throws Exception {
    try (PrivateLibvirtd started = PrivateLibvirtd.started();
        Connect asked = new Connect(started.qemu())) {
      String version = Guests.libvirtVersion(asked);
      return FamilyRow.all().stream()
          .filter(row -> row.libvirt().equals(version) && row.driver().equals("QEMU"));
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theRuleIsRight(FamilyRow row) throws Exception {
    SnapshotReverter reverter = scenarios.get(row.rule()).set();

    RevertPlan plan = reverter.plan();
    assertEquals(row.code(), plan.refusal().orElseThrow().code().value(), plan::toString);
    RevertException guarded = assertThrows(RevertException.class, reverter.guarded()::revert);
    assertEquals(RevertOutcome.NOT_STARTED, guarded.outcome());
    RevertException failed = assertThrows(RevertException.class, reverter::revert);
    assertEquals(row.code(), failed.getError().getCode().value(), failed::getMessage);
  }

  private void ask(Object... words) {
    assertEquals(null, world.ask(words).get("refused"));
  }

  private Domain make(String disks, String firmware) throws Exception {
    return connect.domainLookupByName(
        world.ask("make", disks, firmware, "none", false).get("name"));
  }

  private static SnapshotReverter to(Domain domain) {
    return SnapshotReverter.of(domain).to("s");
  }

  private SnapshotReverter readOnly() throws Exception {
    String name = make("qcow2", "bios").getName();
    ask("take", "s", "default");
    return to(new Connect(libvirtd.qemu(), true).domainLookupByName(name));
  }

  private SnapshotReverter blockJob() throws Exception {
    Domain domain = make("qcow2", "bios");
    ask("start");
    ask("take", "s", "default");
    ask("job");
    return to(domain);
  }

  private SnapshotReverter checkpoint() throws Exception {
    Domain domain = make("qcow2", "bios");
    ask("start");
    ask("take", "s", "default");
    ask("checkpoint");
    return to(domain);
  }

  private SnapshotReverter nvram() throws Exception {
    Domain domain = make("qcow2", "mixed");
    ask("take", "s", "external");
    return to(domain).running().flags(RevertFlag.RESET_NVRAM);
  }

  private SnapshotReverter noCurrent() throws Exception {
    Domain domain = make("qcow2", "bios");
    ask("take", "s", "external");
    ask("redefine", "s");
    return to(domain);
  }

  private Domain define(String xml) throws Exception {
    return connect.domainDefineXML(xml);
  }

  private SnapshotReverter noEmulator() throws Exception {
    Path emulator = libvirtd.directory().resolve("emulator");
    Files.createSymbolicLink(emulator, Path.of("/usr/bin/qemu-system-x86_64"));
    Domain domain =
        define(
            Guests.qemuXml("web01", libvirtd.disk("web01"))
                .replace("<devices>", "<devices><emulator>" + emulator + "</emulator>"));
    domain.create();
    Guests.take(domain, "s");
    Files.delete(emulator);
    return to(domain);
  }

  private SnapshotReverter networkDisk() throws Exception {
    String disk =
        "<disk type='network'><driver name='qemu' type='raw'/><source protocol='nbd' name='x'>"
            + "<host name='127.0.0.1'/></source><target dev='vdb' bus='virtio'/><readonly/></disk>";
    Domain domain =
        define(
            Guests.qemuXml("web01", libvirtd.disk("web01"))
                .replace("</devices>", disk + "</devices>"));
    takeExternal(domain);
    return to(domain);
  }

  private static void takeExternal(Domain domain) throws Exception {
    domain
        .snapshotCreateXML(
            "<domainsnapshot><name>s</name></domainsnapshot>", SnapshotCreateFlag.DISK_ONLY)
        .close();
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
    takeExternal(domain);
    return to(domain);
  }

  private SnapshotReverter imageInUse() throws Exception {
    Path disk = libvirtd.disk("web01");
    Domain domain = define(Guests.qemuXml("web01", disk));
    domain.create();
    Guests.take(domain, "s");
    domain.destroy();
    define(Guests.qemuXml("web02", disk)).create();
    return to(domain);
  }
}
