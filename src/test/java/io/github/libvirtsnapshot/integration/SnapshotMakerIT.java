package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.creation.SnapshotException;
import io.github.libvirtsnapshot.creation.SnapshotMaker;
import io.github.libvirtsnapshot.creation.TakenSnapshot;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Takes snapshots of real guests with the library; virsh, qemu-img and qemu-io show what was taken,
 * and virsh reverts to it.
 */
class SnapshotMakerIT extends OnRecipeGuest {
  private static final long EXTERNAL_SINCE = 11_003_000;
  private static final long JOBS_SINCE = 10_010_000;

  private static final Pattern COMMANDS = Pattern.compile("```sh\\n([^`]+)```");

  @BeforeEach
  void createPool() throws Exception {
    guest.createPool();
  }

  private SnapshotMaker maker(String name) {
    return SnapshotMaker.of(guest.domain()).named(name);
  }

  /** Takes a snapshot, and checks that its plan was right about the revert. */
  private TakenSnapshot take(SnapshotMaker maker) throws Exception {
    SnapshotPlan plan = maker.plan();
    TakenSnapshot taken = maker.take();
    assertEquals(plan.isRevertible(), taken.revertPlan().refusal().isEmpty(), plan::toString);
    assertEquals(plan.snapshot().disks(), taken.details().disks());
    return taken;
  }

  private static String imageInfo(Path image) throws Exception {
    return PrivateLibvirtd.run("qemu-img", "info", "-U", image.toString());
  }

  private static List<String> memorySizes(Path image, String name) throws Exception {
    return Pattern.compile("(?m)^\\d+ +" + name + " +(\\S+ \\S+) ")
        .matcher(PrivateLibvirtd.run("qemu-img", "snapshot", "-l", "-U", image.toString()))
        .results()
        .map((MatchResult line) -> line.group(1))
        .toList();
  }

  private SnapshotException failure(SnapshotMaker maker) {
    return assertThrows(SnapshotException.class, () -> maker.take().close());
  }

  @Test
  void shutOffDomain_isRevertedByVirsh() throws Exception {
    guest.write("11");
    try (TakenSnapshot taken = take(maker("clean").describedAs("a <b>\n& c"))) {
      assertEquals(
          Certainty.CERTAIN, RecipeGuest.certainty(taken.contents(), "disk vda"), taken::toString);
    }
    assertEquals(List.of("0 B"), memorySizes(guest.disk(), "clean"));
    assertTrue(
        guest
            .virsh("snapshot-dumpxml", "guest", "clean")
            .contains("<description>a &lt;b&gt;\n&amp; c</description>"));
    guest.write("22");
    guest.virsh("snapshot-revert", "guest", "clean");
    assertEquals("11", guest.content());
  }

  @Test
  void runningGuest_memoryIsInOneOfTwoDisks() throws Exception {
    guest.addDevice(RecipeGuest.diskXml("vdb", guest.image("data.qcow2", "qcow2"), "qcow2"));
    guest.start();
    try (TakenSnapshot taken = take(maker("clean").withMemory())) {
      assertEquals(Certainty.CERTAIN, RecipeGuest.certainty(taken.contents(), "memory"));
    }
    assertEquals(1, memorySizes(guest.path("data.qcow2"), "clean").size());
    assertEquals(List.of("0 B"), memorySizes(guest.path("data.qcow2"), "clean"));
    assertFalse(memorySizes(guest.path("guest.qcow2"), "clean").contains("0 B"));
    guest.virsh("destroy", "guest");
    guest.virsh("snapshot-revert", "guest", "clean");
    assertEquals("running (from snapshot)", guest.state());
  }

  @Test
  void guestIsPausedDuringSnapshot_andResumed() throws Exception {
    guest.start();
    take(maker("clean").withMemory().pausingFirst()).close();
    assertEquals("running (unpaused)", guest.state());
    assertTrue(guest.virsh("snapshot-dumpxml", "guest", "clean").contains("<state>paused</state>"));
    guest.virsh("snapshot-revert", "guest", "clean");
    assertEquals("paused (from snapshot)", guest.state());
  }

  /** libvirt fails after the guest was paused. */
  @Test
  void snapshotFails_guestIsResumed() throws Exception {
    guest.start();
    Files.createSymbolicLink(guest.path("guest.clean"), Path.of("/no/such/folder/file"));
    SnapshotException failed = failure(maker("clean").external().pausingFirst());
    assertEquals(Optional.of(false), failed.exists(), failed::getMessage);
    assertEquals(List.of(), failed.notRestored());
    assertEquals("running (unpaused)", guest.state());
    assertEquals("", guest.virsh("snapshot-list", "guest", "--name").strip());
  }

  /** The firmware of the guest ignores the power button. */
  @Test
  void guestThatDoesNotShutDown_keepsRunning() throws Exception {
    guest.start();
    SnapshotException failed = failure(maker("clean").shuttingOffFirst(Duration.ofSeconds(1)));
    assertTrue(failed.getMessage().contains("did not shut down within 1 s"), failed::getMessage);
    assertTrue(guest.state().startsWith("running"), guest.state());
    assertEquals("", guest.virsh("snapshot-list", "guest", "--name").strip());
  }

  @Test
  void guestIsShutDownForTheSnapshot_andStartedAgain() throws Exception {
    Path image = guest.image("linux.qcow2", "qcow2");
    String xml = Guests.linuxXml("linux", image, TestLinux.copyTo(libvirtd), "");
    try (Domain domain = guest.connect().domainDefineXML(xml)) {
      domain.create();
      int process = domain.getID();
      assertTrue(GuestAgent.of(domain).await(Duration.ofSeconds(60)).responded());
      SnapshotMaker.of(domain).named("off").shuttingOffFirst(Duration.ofSeconds(60)).take().close();
      assertNotEquals(process, domain.getID());
      assertEquals("running (booted)", guest.virsh("domstate", "linux", "--reason").strip());
      String taken = guest.virsh("snapshot-dumpxml", "linux", "off");
      assertTrue(taken.contains("<state>shutoff</state>"), taken);
      assertEquals(List.of("0 B"), memorySizes(image, "off"));
    }
  }

  private void addRawDiskAndMedium() throws Exception {
    guest.addDevice(RecipeGuest.diskXml("vdb", guest.image("data.img", "raw"), "raw"));
    guest.addDevice(
        "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='%s'/><target dev='hdc' bus='ide'/></disk>"
            .formatted(guest.image("medium.iso", "raw")));
  }

  @Test
  void rawDiskAndMedium_planNamesKindAndParts() throws Exception {
    addRawDiskAndMedium();
    guest.write("11");
    SnapshotPlan plan = maker("clean").plan();
    assertTrue(plan.snapshot().external(), plan::toString);
    assertTrue(
        plan.whyExternal().orElseThrow().contains("each disk is a qcow2 image"), plan::toString);
    assertTrue(plan.toString().contains("medium in drive hdc: not affected"), plan::toString);
    if (!guest.hasLibvirtSince(EXTERNAL_SINCE)) {
      assertFalse(plan.isRevertible());
      assertTrue(failure(maker("clean")).getMessage().contains("request its kind (external())"));
      return;
    }
    take(maker("clean")).close();
    guest.write("22");
    guest.virsh("snapshot-revert", "guest", "clean");
    assertEquals("11", guest.content());
  }

  @Test
  void externalSnapshot_overlaysAreBasedOnImages() throws Exception {
    addRawDiskAndMedium();
    guest.start();
    take(maker("both").external().withMemory()).close();
    assertTrue(
        imageInfo(guest.path("guest.both"))
            .contains("backing file: " + guest.path("guest.qcow2") + "\n"));
    assertTrue(
        imageInfo(guest.path("data.both"))
            .contains("backing file: " + guest.path("data.img") + "\n"));
    assertTrue(Files.size(guest.path("guest.both.memory")) > 0);
    take(maker("one").external().leavingOut("vdb")).close();
    assertTrue(
        imageInfo(guest.path("guest.one"))
            .contains("backing file: " + guest.path("guest.both") + "\n"));
    assertFalse(Files.exists(guest.path("data.one")));
    assertEquals(guest.path("data.both"), guest.imageAt(1));
    assertEquals(guest.path("medium.iso"), guest.imageAt(2));
  }

  /** libvirt would overwrite a memory file. Before 8.0, only a storage pool knows of the file. */
  @Test
  void fileThatExistsIsNotOverwritten() throws Exception {
    guest.start();
    guest.file("guest.clean.memory", "precious");
    guest.virsh("pool-refresh", "images");
    SnapshotException refused = failure(maker("clean").external().withMemory());
    assertTrue(refused.getMessage().contains("exists already"), refused::getMessage);
    assertEquals("precious", Files.readString(guest.path("guest.clean.memory")));
    assertEquals("", guest.virsh("snapshot-list", "guest", "--name").strip());
  }

  /**
   * virsh shows the reason: the guest continues on the image, which belongs to the snapshot now.
   */
  @Test
  void managedSave_externalSnapshotIsRefused() throws Exception {
    guest.start();
    guest.virsh("managedsave", "guest");
    SnapshotException refused = failure(maker("clean").external());
    assertTrue(refused.getMessage().contains("has a managed save image"), refused::getMessage);
    guest.virsh("snapshot-create-as", "guest", "clean", "--disk-only");
    guest.start();
    assertEquals(guest.path("guest.qcow2"), guest.imageAt(0));
  }

  /** The snapshot is taken once a command of the refusal was run. */
  @Test
  void managedSave_commandOfRefusalIsTheWayOut() throws Exception {
    guest.start();
    guest.virsh("managedsave", "guest");
    runCommand("managedsave-remove", failure(maker("clean")));
    take(maker("clean")).close();
  }

  @Test
  void blockJob_commandOfRefusalIsTheWayOut() throws Exception {
    guest.start();
    guest.virsh("blockcopy", "guest", "vda", guest.path("copy").toString(), "--transient-job");
    SnapshotMaker maker = maker("clean").withMemory();
    runCommand("blockjob", failure(maker));
    take(maker).close();
  }

  /** Runs the command of virsh that a refusal names. */
  private void runCommand(String command, SnapshotException refused) throws Exception {
    Matcher found = Pattern.compile("virsh (" + command + " [^;)]+)").matcher(refused.getMessage());
    assertTrue(found.find(), refused::getMessage);
    guest.virsh(found.group(1).split(" ", -1));
  }

  @Test
  void shareableDisk_externalSnapshotIsRefused_asByLibvirt() throws Exception {
    guest.addDevice(
        RecipeGuest.diskXml("vdb", guest.image("data.img", "raw"), "raw")
            .replace("</disk>", "<shareable/></disk>"));
    SnapshotException refused = failure(maker("clean").external());
    assertTrue(refused.getMessage().contains("disk vdb is shareable"), refused::getMessage);
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () -> guest.virsh("snapshot-create-as", "guest", "clean", "--disk-only"));
    assertTrue(error.getMessage().contains("shared access"), error::getMessage);
  }

  @Test
  void nvram_isNamedIfItIsNotIncluded() throws Exception {
    Path code = Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd");
    String uuid = guest.domain().getUUIDString();
    guest.redefine(
        xml ->
            Guests.qemuXml("guest", guest.path("guest.qcow2"))
                .replace("machine='pc'", "machine='q35'")
                .replace("</name>", "</name><uuid>" + uuid + "</uuid>")
                .replace("</os>", "</os><features><acpi/></features>")
                .replace(
                    "</type>",
                    "</type><loader readonly='yes' type='pflash'>%s</loader><nvram>%s</nvram>"
                        .formatted(code, guest.path("nvram"))));
    SnapshotPlan plan = maker("clean").external().plan();
    assertEquals(Certainty.NOT_INCLUDED, RecipeGuest.certainty(plan.contents(), "NVRAM"));
    assertFalse(maker("clean").internal().plan().refusals().isEmpty());
    take(maker("clean").external()).close();
  }

  @Test
  void nameOfInternalSnapshotThatLibvirtDoesNotKnowIsRefused() throws Exception {
    PrivateLibvirtd.run("qemu-img", "snapshot", "-c", "clean", guest.disk().toString());
    SnapshotException refused = failure(maker("clean"));
    assertTrue(refused.getMessage().contains("which libvirt does not know"), refused::getMessage);
    assertEquals(1, memorySizes(guest.disk(), "clean").size());
  }

  @Test
  void anyNameIsEscaped_andLongestNameIsStored() throws Exception {
    String odd = " a\t\r\n<b> & 'c' \"d\" \u00fc\ud83d\ude00 ";
    take(maker(odd)).close();
    String longest = "n".repeat(247);
    take(maker(longest)).close();
    assertEquals(java.util.Set.of(odd, longest), guest.domain().listSnapshotParents().keySet());
  }

  /** virsh shows the reason: libvirt has a snapshot that the image does not have. */
  @Test
  void nameThatQemuWouldChangeIsRefused() throws Exception {
    guest.start();
    SnapshotException refused = failure(maker("the \"best\"").withMemory());
    assertTrue(refused.getMessage().contains("choose a name "), refused::getMessage);
    if (!guest.hasLibvirtSince(JOBS_SINCE)) {
      guest.virsh("snapshot-create-as", "guest", "the \"best\"");
      assertFalse(
          PrivateLibvirtd.run("qemu-img", "snapshot", "-l", "-U", guest.disk().toString())
              .contains("the \"best\""));
    }
  }

  @Test
  void readOnlyConnection_planIsRefusal() throws Exception {
    try (Connect connect = new Connect(libvirtd.qemu(), true);
        Domain domain = connect.domainLookupByName("guest")) {
      SnapshotPlan plan = SnapshotMaker.of(domain).named("clean").plan();
      assertTrue(plan.refusals().get(0).contains("is read-only"), plan::toString);
    }
  }

  @Test
  void planChangesNothing() throws Exception {
    guest.start();
    Map<String, String> before = guest.observe();
    for (SnapshotMaker maker :
        List.of(maker("clean").withMemory(), maker("clean").external().pausingFirst())) {
      assertEquals(List.of(), maker.plan().refusals());
    }
    assertEquals(before, guest.observe());
    assertEquals("", guest.virsh("snapshot-list", "guest", "--name").strip());
  }

  @Test
  void fileSystemsAreFrozenDuringSnapshotAndThawed() throws Exception {
    Path linux = TestLinux.copyTo(libvirtd);
    Path image = guest.image("linux.qcow2", "qcow2");
    try (Domain domain =
        guest.connect().domainDefineXML(Guests.linuxXml("linux", image, linux, "data=/dev/vda"))) {
      domain.create();
      GuestAgent agent = GuestAgent.of(domain);
      try {
        assertTrue(agent.await(Duration.ofSeconds(60)).responded());
        SnapshotMaker freezing = SnapshotMaker.of(domain).named("quiet").freezingFileSystems();
        freezing.external().take().close();
        assertEquals("{\"return\":\"thawed\"}", status());
        int frozen = agent.freeze();
        assertEquals(1, frozen);
        SnapshotException refused = failure(freezing.named("again").external());
        assertTrue(refused.getMessage().contains("frozen already"), refused::getMessage);
        assertEquals("{\"return\":\"frozen\"}", status());
      } finally {
        domain.destroy();
      }
    }
  }

  private String status() throws Exception {
    return guest
        .virsh("qemu-agent-command", "linux", "{\"execute\":\"guest-fsfreeze-status\"}")
        .strip();
  }

  @Test
  void commandsOfPageTakeSnapshotAndRevertToIt() throws Exception {
    List<String> blocks =
        COMMANDS
            .matcher(Files.readString(Path.of("docs/taking-snapshots.md")))
            .results()
            .map((MatchResult block) -> block.group(1))
            .toList();
    assertEquals(2, blocks.size());
    guest.write("11");
    String out = runCommands(blocks.get(0));
    assertTrue(out.contains("disk vda: certain"), out);
    assertEquals("clean-install", guest.virsh("snapshot-list", "guest", "--name").strip());
    guest.write("22");
    runCommands(blocks.get(1));
    assertEquals("11", guest.content());
  }

  private String runCommands(String block) throws Exception {
    ProcessBuilder program = JavaProgram.script(List.of("bash", "-ec", block));
    program.environment().put("URI", libvirtd.qemu());
    program.environment().put("DOMAIN", "guest");
    program
        .environment()
        .put(
            "TAKE",
            String.join(
                " ",
                JavaProgram.builder(
                        List.of(
                            "-cp",
                            Path.of(System.getProperty("shaded.jar")).toAbsolutePath().toString(),
                            Path.of("examples/TakeSnapshot.java").toAbsolutePath().toString()))
                    .command()));
    JavaProgram.Result result = JavaProgram.run(program);
    assertEquals(0, result.status(), result.out() + result.err());
    return result.out();
  }
}
