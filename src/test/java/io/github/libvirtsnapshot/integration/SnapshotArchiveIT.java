package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.archive.ArchiveException;
import io.github.libvirtsnapshot.archive.ArchivePlan;
import io.github.libvirtsnapshot.archive.SnapshotArchive;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Moves domains with their snapshots from one libvirtd to another one, with the commands of
 * docs/moving-snapshots.md. virsh and qemu-io look at the guests, before and after.
 */
@Timeout(900)
@Tag("qemu")
class SnapshotArchiveIT {
  /** The first libvirt that tells over any connection whether a file exists. */
  private static final long CHECKS_FILES_SINCE = 8_000_000;

  private static final Pattern COMMANDS = Pattern.compile("```sh\\n([^`]+)```");

  private static final String REFUSAL = "revert to external snapshot not supported yet";

  private static final String UUID = "5c58bcff-5b4c-4d3b-b3b1-5a5b6c7d8e9f";
  private static final String OTHER_UUID = "11111111-2222-3333-4444-555555555555";

  @TempDir private Path folder;
  private Path images;
  private PrivateLibvirtd oldHost;
  private PrivateLibvirtd newHost;

  @BeforeEach
  void start() throws Exception {
    oldHost = PrivateLibvirtd.started();
    newHost = PrivateLibvirtd.started();
    images = Files.createTempDirectory(Path.of("/tmp"), "lv-images");
    Files.setPosixFilePermissions(images, PosixFilePermissions.fromString("rwxr-xr-x"));
    oldHost.give(images);
  }

  @AfterEach
  void stop() throws IOException {
    oldHost.close();
    newHost.close();
    MoreFiles.deleteRecursively(images, RecursiveDeleteOption.ALLOW_INSECURE);
  }

  private static String virsh(PrivateLibvirtd host, String... command) throws IOException {
    String[] all = new String[command.length + 4];
    all[0] = "virsh";
    all[1] = "-q";
    all[2] = "-c";
    all[3] = host.qemu();
    System.arraycopy(command, 0, all, 4, command.length);
    return PrivateLibvirtd.run(all).strip();
  }

  private Path image() throws IOException {
    Path image = images.resolve("web01.qcow2");
    PrivateLibvirtd.run("qemu-img", "create", "-q", "-f", "qcow2", image.toString(), "1M");
    oldHost.give(image);
    return image;
  }

  private static void write(Path image, int content) throws IOException {
    PrivateLibvirtd.run(
        "qemu-io", "-f", "qcow2", "-c", "write -P " + content + " 0 64k", image.toString());
  }

  /** Returns a counter in the memory of the guest. */
  private static String ticks(PrivateLibvirtd host) throws IOException {
    return virsh(host, "qemu-monitor-command", "--hmp", "web01", "xp /1wx 0x46c");
  }

  /**
   * What there is after a revert: the state, the first byte of the disk, and the counter in the
   * memory of an active guest.
   */
  private static String look(PrivateLibvirtd host) throws IOException {
    String state = virsh(host, "domstate", "web01");
    String disk = virsh(host, "domblklist", "web01").replaceFirst(".*vda\\s+", "");
    String bytes = PrivateLibvirtd.run("qemu-io", "-U", "-r", "-c", "read -v 0 1", disk);
    return state
        + ", "
        + bytes.lines().findFirst().orElse("")
        + (state.equals("paused") ? ", " + ticks(host) : "");
  }

  /** Reverts with virsh, and returns what there is then, or libvirt's refusal. */
  private static String revert(PrivateLibvirtd host, String snapshot) throws IOException {
    String output =
        PrivateLibvirtd.run(
            "sh",
            "-c",
            "virsh -q -c \"$0\" snapshot-revert web01 $1 2>&1 || true",
            host.qemu(),
            snapshot);
    return output.contains(REFUSAL) ? REFUSAL : output + look(host);
  }

  /** libvirt names the new overlay after the second, and fails if the file exists. */
  private static String revertExternal(PrivateLibvirtd host, String snapshot) throws Exception {
    Thread.sleep(1_000);
    return revert(host, snapshot);
  }

  /** Takes a snapshot of the guest, which is shut off or paused, and looks at it. */
  private static String take(PrivateLibvirtd host, String name, String... options)
      throws IOException {
    String seen = look(host);
    String[] command = new String[options.length + 3];
    command[0] = "snapshot-create-as";
    command[1] = "web01";
    command[2] = name;
    System.arraycopy(options, 0, command, 3, options.length);
    assertEquals("", virsh(host, command));
    return seen;
  }

  private static void startPaused(PrivateLibvirtd host) throws Exception {
    virsh(host, "start", "web01");
    String atStart = ticks(host);
    while (ticks(host).equals(atStart)) {
      Thread.sleep(20);
    }
    virsh(host, "suspend", "web01");
  }

  private void runCommandsOfPage() throws Exception {
    Matcher page = COMMANDS.matcher(Files.readString(Path.of("docs/moving-snapshots.md")));
    assertTrue(page.find());
    ProcessBuilder program =
        JavaProgram.script(
            List.of(
                "bash",
                "-ec",
                """
                virsh() { command virsh -q "$@"; }
                move_files() { cp -a $1 moved; rm -r $1/*; cp -a moved/. $1; }
                """
                    + page.group(1)));
    program.directory(folder.toFile());
    program.environment().put("OLD", oldHost.qemu());
    program.environment().put("NEW", newHost.qemu());
    program.environment().put("IMAGES", images.toString());
    program
        .environment()
        .put(
            "MOVE",
            String.join(
                " ",
                JavaProgram.builder(
                        List.of(
                            "-cp",
                            Path.of(System.getProperty("shaded.jar")).toAbsolutePath().toString(),
                            Path.of("examples/MoveSnapshots.java").toAbsolutePath().toString()))
                    .command()));
    JavaProgram.Result result = JavaProgram.run(program);
    assertEquals(0, result.status(), result.out() + result.err());
    for (String withPasswords : List.of("web01.xml", "web01-snapshots.xml")) {
      assertEquals(
          PosixFilePermissions.fromString("rw-------"),
          Files.getPosixFilePermissions(folder.resolve(withPasswords)),
          withPasswords);
    }
  }

  @Test
  void movedGuestRevertsToEachSnapshotAsBefore() throws Exception {
    Path image = image();
    Path definition =
        Files.writeString(
            folder.resolve("web01.xml"),
            Guests.qemuXml("web01", image)
                .replace(
                    "<os>",
                    "<metadata><x:a xmlns:x='urn:x'><!-- of \u00e4 --><?p y?>a</x:a></metadata><os>"));
    virsh(oldHost, "define", definition.toString());
    Files.delete(definition);
    write(image, 0x11);
    String off = take(oldHost, "off");
    write(image, 0x22);
    startPaused(oldHost);
    String running = take(oldHost, "running");
    virsh(oldHost, "snapshot-revert", "web01", "off");
    write(image, 0x33);
    String branch = take(oldHost, "branch");
    assertEquals(off, revert(oldHost, "off"));
    assertEquals(running, revert(oldHost, "running"));
    assertEquals(branch, revert(oldHost, "branch"));
    write(image, 0x44);
    String disks = take(oldHost, "disks", "--disk-only", "--diskspec", overlay("disks"));
    write(images.resolve("disks"), 0x55);
    String revertedDisks = revertExternal(oldHost, "disks");
    startPaused(oldHost);
    String memory =
        take(oldHost, "saved", "--memspec", memoryFile(), "--diskspec", overlay("saved"));
    String revertedMemory = revertExternal(oldHost, "saved");
    virsh(oldHost, "destroy", "web01");
    String tree = tree(oldHost);

    runCommandsOfPage();

    assertEquals("", virsh(oldHost, "list", "--all", "--name"));
    assertEquals(tree, tree(newHost));
    assertEquals(revertedDisks, revertExternal(newHost, "disks"));
    assertEquals(revertedMemory, revertExternal(newHost, "saved"));
    assertEquals(off, revert(newHost, "off"));
    assertEquals(running, revert(newHost, "running"));
    assertEquals(branch, revert(newHost, "branch"));
    if (revertsToExternalSnapshots()) {
      assertEquals(List.of(disks, memory), List.of(revertedDisks, revertedMemory));
    } else {
      assertEquals(List.of(REFUSAL, REFUSAL), List.of(revertedDisks, revertedMemory));
    }
    assertEquals(5, Stream.of(off, running, branch, disks, memory).distinct().count());
  }

  private boolean revertsToExternalSnapshots() throws LibvirtException {
    try (Connect connect = new Connect(newHost.qemu())) {
      return connect.getLibVersion() >= 9_009_000;
    }
  }

  private String memoryFile() {
    return "snapshot=external,file=" + images.resolve("memory");
  }

  private String overlay(String name) {
    return "vda,file=" + images.resolve(name);
  }

  /** Returns the tree, the current snapshot and the whole metadata, as virsh prints them. */
  private static String tree(PrivateLibvirtd host) throws IOException {
    StringBuilder tree = new StringBuilder(virsh(host, "snapshot-list", "web01", "--tree"));
    tree.append(virsh(host, "snapshot-current", "web01", "--name"));
    for (String name : List.of("off", "running", "branch", "disks", "saved")) {
      tree.append(virsh(host, "snapshot-dumpxml", "web01", name, "--security-info"));
    }
    return tree.toString();
  }

  /** Returns the definition of a guest that is never started, with all that identifies it. */
  private static String definition(String name, String uuid, Path image) {
    return """
    <domain type='qemu'>
      <name>%1$s</name>
      <uuid>%2$s</uuid>
      <memory unit='MiB'>32</memory>
      <sysinfo type='smbios'><system><entry name='uuid'>%2$s</entry></system></sysinfo>
      <os><type machine='pc'>hvm</type><smbios mode='sysinfo'/></os>
      <devices>
        <disk type='file' device='disk'>
          <driver name='qemu' type='qcow2'/>
          <source file='%3$s'/>
          <target dev='vda' bus='virtio'/>
        </disk>
        <graphics type='vnc' passwd='secret'><listen type='socket'/></graphics>
      </devices>
    </domain>
    """
        .formatted(name, uuid, image);
  }

  /** Reads the archive of a guest with three snapshots, and undefines the guest. */
  private SnapshotArchive archiveAndUndefine(Path image) throws Exception {
    try (Connect connect = new Connect(oldHost.qemu());
        Domain domain = connect.domainDefineXML(definition("web01", UUID, image))) {
      for (String name : List.of("first", "second", "third")) {
        Guests.take(domain, name);
      }
      SnapshotArchive archive = SnapshotArchive.of(domain);
      virsh(oldHost, "undefine", "web01", "--snapshots-metadata");
      return archive;
    }
  }

  /** Only newer releases of libvirt look for a file that no storage pool has. */
  @Test
  void missingImageIsRefusedBeforeAnythingIsDone() throws Exception {
    Path image = image();
    SnapshotArchive archive = archiveAndUndefine(image);
    Path elsewhere = Files.move(image, images.resolve("elsewhere"));
    try (Connect connect = new Connect(newHost.qemu());
        Domain domain = connect.domainDefineXML(definition("web01", UUID, image))) {
      if (connect.getLibVersion() < CHECKS_FILES_SINCE) {
        assertEquals(
            List.of(
                "whether the host has the file \""
                    + image
                    + "\" of snapshots \"first\", \"second\", \"third\""),
            archive.plan(domain).unknowns());
        return;
      }
      ArchiveException refused =
          assertThrows(ArchiveException.class, () -> archive.restoreTo(domain));

      assertEquals(
          List.of(
              "the host does not have the file \""
                  + image
                  + "\" of snapshots \"first\", \"second\", \"third\"; move the files of the snapshots to"
                  + " this host first, to the same paths; if the file no longer exists, use the result of"
                  + " without()"),
          refused.plan().refusals());
      assertEquals("", virsh(newHost, "snapshot-list", "web01", "--name"));

      Files.move(elsewhere, image);
      ArchivePlan done = archive.restoreTo(domain);

      assertEquals(List.of(), done.unknowns());
      assertEquals("third", virsh(newHost, "snapshot-current", "web01", "--name"), done::toString);
      assertEquals("", virsh(newHost, "pool-list", "--all", "--name"));
    }
  }

  @Test
  void passwordsAndIdentityAreThoseOfTheOtherDomain() throws Exception {
    Path image = image();
    SnapshotArchive archive = archiveAndUndefine(image);
    try (Connect connect = new Connect(newHost.qemu());
        Domain domain = connect.domainDefineXML(definition("web02", OTHER_UUID, image))) {
      assertThrows(ArchiveException.class, () -> archive.restoreTo(domain));

      archive.forDomain("web02", OTHER_UUID).restoreTo(domain);

      virsh(newHost, "snapshot-revert", "web02", "first");
      assertEquals("web02", virsh(newHost, "list", "--all", "--name"));
      assertEquals("first", virsh(newHost, "snapshot-current", "web02", "--name"));
      String definition = virsh(newHost, "dumpxml", "web02", "--inactive", "--security-info");
      assertTrue(definition.contains("passwd='secret'"), definition);
      assertTrue(definition.contains("<entry name='uuid'>" + OTHER_UUID), definition);
    }
  }

  @Test
  void snapshotsBeforeTheOneThatLibvirtRejectsStay() throws Exception {
    Path image = image();
    SnapshotArchive archive = archiveAndUndefine(image);
    SnapshotArchive broken =
        SnapshotArchive.parse(
            archive
                .toText()
                .replaceFirst("(?s)(<name>second</name>.*?<state>)shutoff", "$1invalid"));
    try (Connect connect = new Connect(newHost.qemu());
        Domain domain = connect.domainDefineXML(definition("web01", UUID, image))) {
      ArchiveException stopped =
          assertThrows(ArchiveException.class, () -> broken.restoreTo(domain));

      assertEquals(List.of("first"), stopped.added());
      assertEquals(List.of("second", "third"), stopped.notAdded());
      assertInstanceOf(LibvirtException.class, stopped.getCause());
      assertEquals("first", virsh(newHost, "snapshot-list", "web01", "--name"));

      ArchivePlan rest = archive.restoreTo(domain);

      assertEquals(List.of("first"), rest.present());
      assertEquals(List.of("second", "third"), rest.toAdd());
      assertEquals(archive, SnapshotArchive.of(domain));
    }
  }

  @Test
  void missingEmulatorIsRefusedBeforeAnythingIsDone() throws Exception {
    Path image = image();
    SnapshotArchive archive = archiveAndUndefine(image);
    SnapshotArchive other =
        SnapshotArchive.parse(
            archive
                .toText()
                .replaceFirst("(?s)(<name>third</name>.*?<emulator>)[^<]*", "$1/opt/no-qemu"));
    try (Connect connect = new Connect(newHost.qemu());
        Domain domain = connect.domainDefineXML(definition("web01", UUID, image))) {
      ArchiveException refused =
          assertThrows(ArchiveException.class, () -> other.restoreTo(domain));

      if (connect.getLibVersion() < CHECKS_FILES_SINCE) {
        String unknowns = refused.plan().unknowns().toString();
        assertTrue(unknowns.contains("the emulator \"/opt/no-qemu\" of snapshot"), unknowns);
        assertTrue(refused.getMessage().contains("not added: \"third\""), refused.getMessage());
        return;
      }
      assertEquals(1, refused.plan().refusals().size(), refused.getMessage());
      assertTrue(
          refused.getMessage().contains("\"/opt/no-qemu\" of snapshot"), refused.getMessage());
      assertEquals("", virsh(newHost, "snapshot-list", "web01", "--name"));
    }
  }

  /** virsh shows the reason: libvirt adds the snapshot to a domain with any image. */
  @Test
  void domainOnImageBeneathItsOverlayIsRefused() throws Exception {
    Path image = image();
    String onImage = definition("web01", UUID, image);
    try (Connect connect = new Connect(oldHost.qemu());
        Domain original = connect.domainDefineXML(onImage)) {
      virsh(oldHost, "snapshot-create-as", "web01", "disks", "--disk-only");
      String snapshot = virsh(oldHost, "snapshot-dumpxml", "web01", "disks");
      Path overlay = images.resolve("web01.disks");
      assertTrue(virsh(oldHost, "domblklist", "web01").contains(overlay.toString()));
      SnapshotArchive archive = SnapshotArchive.of(original);
      try (Connect other = new Connect(newHost.qemu());
          Domain domain = other.domainDefineXML(onImage)) {
        ArchiveException refused =
            assertThrows(ArchiveException.class, () -> archive.restoreTo(domain));

        assertTrue(
            refused.getMessage().contains("define the domain with \"" + overlay + "\" first"),
            refused.getMessage());
        assertEquals("", virsh(newHost, "snapshot-list", "web01", "--name"));
        Path xml = Files.writeString(folder.resolve("disks.xml"), snapshot);
        virsh(newHost, "snapshot-create", "web01", xml.toString(), "--redefine");
        assertEquals("disks", virsh(newHost, "snapshot-list", "web01", "--name"));
        virsh(newHost, "snapshot-delete", "web01", "disks", "--metadata");

        other.domainDefineXML(onImage.replace(image.toString(), overlay.toString())).close();

        assertEquals(List.of("disks"), archive.restoreTo(domain).toAdd());
        assertEquals(archive, SnapshotArchive.of(domain));
      }
    }
  }

  @Test
  void readOnlyConnectionPlansOnly() throws Exception {
    Path image = image();
    SnapshotArchive archive = archiveAndUndefine(image);
    try (Connect connect = new Connect(newHost.qemu());
        Domain domain = connect.domainDefineXML(definition("web01", UUID, image));
        Connect readOnly = new Connect(newHost.qemu(), true);
        Domain same = readOnly.domainLookupByName("web01")) {
      ArchivePlan plan = archive.plan(same);
      assertEquals(archive.names(), plan.toAdd());
      assertEquals(1, plan.unknowns().size());

      ArchiveException denied = assertThrows(ArchiveException.class, () -> archive.restoreTo(same));
      assertEquals(ErrorNumber.VIR_ERR_OPERATION_DENIED, denied.getError().getCode());
      assertEquals(archive.names(), denied.notAdded());
      archive.restoreTo(domain);
      assertEquals(
          ErrorNumber.VIR_ERR_OPERATION_DENIED,
          assertThrows(LibvirtException.class, () -> SnapshotArchive.of(same))
              .getError()
              .getCode());
    }
  }

  /** libvirt writes carriage returns unescaped, and would read them as line feeds. */
  @Test
  void namesAndDescriptionsAreThoseOfTheOriginal() throws Exception {
    String name = "a\r\n &<\"\ud83d\ude00";
    String xml =
        "<domainsnapshot>"
            + "<name>a&#13;&#10; &amp;&lt;&quot;\ud83d\ude00</name>"
            + "<description>  b&#13;\n\tc  </description></domainsnapshot>";
    String uri = "test+unix:///default";
    try (Connect before = new Connect(oldHost.uri(uri));
        Domain original = before.domainLookupByName("test");
        Connect after = new Connect(newHost.uri(uri));
        Domain moved = after.domainLookupByName("test")) {
      original.snapshotCreateXML(xml).close();
      Guests.take(original, "child");

      SnapshotArchive.parse(SnapshotArchive.of(original).toText()).restoreTo(moved);

      try (DomainSnapshot found = moved.snapshotLookupByName(name);
          DomainSnapshot child = moved.snapshotLookupByName("child");
          DomainSnapshot taken = original.snapshotLookupByName(name)) {
        assertEquals(Optional.of(name), child.getParentName());
        assertEquals(taken.getXMLDesc(), found.getXMLDesc());
      }
      assertEquals(Optional.of("child"), moved.snapshotCurrentName());
    }
  }
}
