package io.github.libvirtsnapshot.plan.rules;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.images.Qcow2Snapshot;
import io.github.libvirtsnapshot.images.SampleQcow2;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequiredFilesTest {
  private static final long V7 = 7_000_000;
  private static final long V9 = 9_000_000;
  private static final String INTERNAL = "<disk name='vda' snapshot='internal'/>";
  private static final String MEMORY = "<memory snapshot='internal'/>";
  private static final String STANDALONE = disk("vda", "/web01.qcow2", "<backingStore/>");
  private static final String VDA = disk("vda", "/web01.qcow2");

  private static Optional<Refusal> refusal(PlanningContextBuilder context) {
    return DriverRules.of("QEMU").predict(context.revertingTo("clean")).refusal();
  }

  /** Returns the code of the refusal; 0 if libvirt would not refuse. */
  private static int code(PlanningContextBuilder context) {
    return refusal(context).map(refusal -> refusal.code().value()).orElse(0);
  }

  private static String devices(String... devices) {
    return "<devices>" + String.join("", devices) + "</devices>";
  }

  private static PlanningContextBuilder shutOff(String domain) {
    return new PlanningContextBuilder()
        .snapshot("clean", "shutoff", INTERNAL, domain)
        .domain(domain);
  }

  private static PlanningContextBuilder running(String domain) {
    return new PlanningContextBuilder()
        .snapshot("clean", "running", INTERNAL, domain, MEMORY)
        .domain(domain);
  }

  private static PlanningContextBuilder external(String state, String domain, String... more) {
    return new PlanningContextBuilder()
        .snapshot(
            "clean",
            state,
            "<disk name='vda' snapshot='external'><source file='/web01.clean'/></disk>",
            domain,
            more)
        .domain(devices(disk("vda", "/web01.clean")));
  }

  @Test
  void imageOfInternalSnapshotIsGone_fails() {
    assertEquals(1, code(shutOff(devices(STANDALONE)).gone("/web01.qcow2")));
    assertEquals(38, code(running(devices(STANDALONE)).gone("/web01.qcow2")));
    Refusal refusal =
        refusal(running(devices(STANDALONE)).gone("/web01.qcow2").onLibvirt(V9)).orElseThrow();
    assertEquals(1, refusal.code().value());
    assertTrue(refusal.guestStopped());
    assertEquals("the image \"/web01.qcow2\" of disk vda no longer exists", refusal.reason());
  }

  private static Qcow2Image withSnapshot(Qcow2Image image) {
    return image.with(
        new Qcow2Snapshot(
            "1", "clean", Instant.EPOCH, Duration.ZERO, 4096, OptionalLong.of(1 << 26)));
  }

  private static ImageReading onBacking(String backing) {
    return SampleQcow2.reading(
        Optional.of(backing), withSnapshot(SampleQcow2.image(List.of(), List.of())));
  }

  private static ImageReading corrupt() {
    return SampleQcow2.reading(withSnapshot(SampleQcow2.corrupt()));
  }

  @Test
  void guestThatContinuesInItsProcess_needsNoFile() {
    PlanningContextBuilder context =
        running(devices(STANDALONE))
            .gone("/web01.qcow2")
            .in(StateReason.RUNNING_BOOTED)
            .onLibvirt(V7);
    assertEquals(0, code(context));
    assertEquals(1, code(context.in(StateReason.SHUTOFF_SAVED)));
    context =
        running(devices(STANDALONE))
            .read("/web01.qcow2", corrupt())
            .in(StateReason.RUNNING_BOOTED)
            .onLibvirt(V7);
    assertEquals(0, code(context));
    assertEquals(1, code(context.in(StateReason.SHUTOFF_SAVED)));
  }

  @Test
  void backingImageInDefinitionIsGone_fails() {
    String vda =
        disk(
            "vda",
            "/web01.qcow2",
            "<backingStore type='file'><source file='/debian.qcow2'/></backingStore>");
    assertEquals(38, code(running(devices(vda)).gone("/debian.qcow2").onLibvirt(V9)));
    assertEquals(1, code(shutOff(devices(vda)).gone("/debian.qcow2")));
    assertEquals(
        "the backing image \"/debian.qcow2\" no longer exists",
        refusal(running(devices(vda)).gone("/debian.qcow2")).orElseThrow().reason());
  }

  @Test
  void backingImageInHeaderIsGone_fails() {
    PlanningContextBuilder context =
        shutOff(devices(VDA))
            .read("/web01.qcow2", onBacking("/web.qcow2"))
            .read("/web.qcow2", onBacking("/debian.qcow2"));
    assertEquals(0, code(context));
    assertEquals(1, code(context.gone("/debian.qcow2")));
  }

  /** The owner of an image writes its header. */
  @Test
  void imageThatIsItsOwnBackingImage_endsTheSearch() {
    assertEquals(0, code(shutOff(devices(VDA)).read("/web01.qcow2", onBacking("/web01.qcow2"))));
  }

  @Test
  void readOnlyDiskIsGone_failsOnlyAtStart() {
    String data = disk("vdb", "/data.qcow2", "<readonly/>", "<backingStore/>");
    PlanningContextBuilder context = shutOff(devices(VDA, data)).gone("/data.qcow2");
    assertEquals(0, code(context));
    assertEquals(38, code(context.flags(RevertFlag.RUNNING.value())));
    assertEquals(1, code(context.onLibvirt(V9)));
    String raw = data.replace("type='qcow2'", "type='raw'");
    assertEquals(38, code(running(devices(VDA, raw)).gone("/data.qcow2").onLibvirt(V9)));
    assertEquals(
        "the medium \"/data.qcow2\" of drive vdb no longer exists",
        refusal(context).orElseThrow().reason());
  }

  @Test
  void floppyIsNotInSnapshotWithoutMemory() {
    String floppy = disk("fda", "/boot.qcow2").replace("'disk'", "'floppy'");
    String both = INTERNAL + "<disk name='fda' snapshot='internal'/>";
    PlanningContextBuilder shutOff =
        new PlanningContextBuilder()
            .snapshot("clean", "shutoff", both, devices(VDA, floppy))
            .disks(VDA, floppy);
    assertEquals(0, code(shutOff.gone("/boot.qcow2")));
    assertEquals(38, code(shutOff.flags(RevertFlag.RUNNING.value())));
    PlanningContextBuilder running =
        new PlanningContextBuilder()
            .snapshot("clean", "running", both, devices(VDA, floppy), MEMORY)
            .disks(VDA, floppy)
            .read("/boot.qcow2", SampleQcow2.reading(SampleQcow2.image(List.of(), List.of())));
    assertEquals(
        "\"/boot.qcow2\" no longer contains the snapshot", refusal(running).orElseThrow().reason());
  }

  @ParameterizedTest
  @CsvSource({"shutoff, 0", "shutoff, 1", "disk-snapshot, 0", "running, 0"})
  void imageOfExternalSnapshotIsGone_fails(String state, int flags) {
    PlanningContextBuilder context = external(state, devices(VDA)).gone("/web01.qcow2");
    assertEquals(67, code(context.flags(flags)));
  }

  /** libvirt creates an overlay for the medium, too. */
  @Test
  void mediumIsGone_externalSnapshot_failsEvenIfOptional() {
    String drive =
        "<disk type='file' device='cdrom'><source file='/tools.iso' startupPolicy='optional'/>"
            + "<target dev='hdc'/></disk>";
    assertEquals(67, code(external("shutoff", devices(VDA, drive)).gone("/tools.iso")));
  }

  @Test
  void backingImageOfExternalSnapshotIsGone_fails() {
    String vda =
        disk(
            "vda",
            "/web01.qcow2",
            "<backingStore type='file'><source file='/debian.qcow2'/></backingStore>");
    String memory = "<memory snapshot='external' file='/web01.memory'/>";
    assertEquals(1, code(external("shutoff", devices(vda)).gone("/debian.qcow2")));
    assertEquals(38, code(external("running", devices(vda), memory).gone("/debian.qcow2")));
  }

  @Test
  void memoryFileIsGone_fails() {
    PlanningContextBuilder context =
        external("running", devices(VDA), "<memory snapshot='external' file='/web01.memory'/>")
            .gone("/web01.memory");
    assertEquals(38, code(context));
    assertEquals(
        "the memory file \"/web01.memory\" no longer exists",
        refusal(context).orElseThrow().reason());
  }

  @ParameterizedTest
  @CsvSource({"loader, firmware", "kernel, kernel", "initrd, initrd", "dtb, device tree"})
  void bootFileIsGone_failsOnlyAtStart(String element, String name) {
    String domain = "<os><" + element + ">/srv/boot</" + element + "></os>" + devices(STANDALONE);
    PlanningContextBuilder context = shutOff(domain).gone("/srv/boot");
    assertEquals(0, code(context));
    assertEquals(1, code(context.flags(RevertFlag.RUNNING.value())));
    assertEquals(
        "the " + name + " \"/srv/boot\" no longer exists", refusal(context).orElseThrow().reason());
    assertEquals(1, code(running(domain).gone("/srv/boot")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<os><acpi><table type='slic'>/a</table></acpi></os> | /a | the ACPI table",
        "<os><acpi><table type='raw'>/x</table><table type='raw'>/a</table></acpi></os>"
            + " | /a | the ACPI table",
        "<sysinfo type='fwcfg'><entry name='opt/n' file='/e'/></sysinfo>"
            + " | /e | the file for the guest's firmware",
      })
  void fileThatQemuPassesToTheFirmwareIsGone_failsOnlyAtStart(
      String element, String file, String words) {
    PlanningContextBuilder context = shutOff(element + devices(STANDALONE)).gone(file);
    assertEquals(0, code(context));
    assertEquals(1, code(context.flags(RevertFlag.RUNNING.value())));
    assertEquals(
        words + " \"" + file + "\" no longer exists", refusal(context).orElseThrow().reason());
  }

  private static String nvram(String format) {
    return "<os><nvram template='/vars.fd' format='"
        + format
        + "' templateFormat='"
        + format
        + "'>/web01.fd</nvram></os>"
        + devices(STANDALONE);
  }

  @Test
  void templateOfNvramIsGone_failsOnlyIfNvramIsCreated() {
    PlanningContextBuilder context =
        shutOff(nvram("raw")).gone("/vars.fd").flags(RevertFlag.RUNNING.value());
    assertEquals(0, code(context));
    context.flags(RevertFlag.RUNNING.value() | RevertFlag.RESET_NVRAM.value());
    assertEquals(38, code(context));
    context.flags(RevertFlag.RESET_NVRAM.value());
    assertEquals(0, code(context));
    context.flags(RevertFlag.RUNNING.value()).gone("/web01.fd");
    assertEquals(38, code(context));
    assertEquals(
        "the template of the NVRAM \"/vars.fd\" no longer exists",
        refusal(context).orElseThrow().reason());
  }

  @Test
  void nvramThatContainsTheSnapshotIsGone_fails() {
    assertEquals(1, code(shutOff(nvram("qcow2")).gone("/web01.fd")));
    assertEquals(0, code(running(nvram("qcow2")).gone("/web01.fd")));
    assertEquals(0, code(shutOff(nvram("raw")).gone("/web01.fd")));
  }

  @ParameterizedTest
  @ValueSource(longs = {V7, V9, 11_003_000})
  void corruptImageOfInternalSnapshot_fails(long version) {
    assertEquals(1, code(shutOff(devices(VDA)).read("/web01.qcow2", corrupt()).onLibvirt(version)));
    PlanningContextBuilder context =
        running(devices(VDA)).read("/web01.qcow2", corrupt()).onLibvirt(version);
    assertEquals(1, code(context));
    assertEquals(
        "QEMU marked the image \"/web01.qcow2\" as corrupt, and opens it only for reading",
        refusal(context).orElseThrow().reason());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/web01.qcow2", "/data.qcow2"})
  void corruptImageOfExternalSnapshotWithMemory_fails(String image) {
    String memory = "<memory snapshot='external' file='/web01.memory'/>";
    PlanningContextBuilder context =
        external("running", devices(VDA, disk("vdb", "/data.qcow2")), memory)
            .read(image, corrupt());
    assertEquals(1, code(context));
    assertEquals(1, code(context.flags(RevertFlag.PAUSED.value())));
  }

  @Test
  void corruptReadOnlyDiskOfExternalSnapshotWithMemory_isNoObstacle() {
    String memory = "<memory snapshot='external' file='/web01.memory'/>";
    String data = disk("vdb", "/data.qcow2", "<readonly/>");
    assertEquals(
        0, code(external("running", devices(VDA, data), memory).read("/data.qcow2", corrupt())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/web01.qcow2", "/debian.qcow2"})
  void imageThatIsNotQcow2_fails(String image) {
    String vda =
        disk(
            "vda",
            "/web01.qcow2",
            "<backingStore type='file'><source file='/debian.qcow2'/></backingStore>");
    assertEquals(1, code(shutOff(devices(vda)).notQcow2(image)));
    assertEquals(1, code(running(devices(vda)).notQcow2(image)));
    assertEquals(1, code(external("shutoff", devices(vda)).notQcow2(image)));
    PlanningContextBuilder withMemory =
        external("running", devices(vda), "<memory snapshot='external' file='/web01.memory'/>")
            .notQcow2(image);
    assertEquals(1, code(withMemory));
    assertTrue(
        refusal(withMemory).orElseThrow().reason().contains("\"" + image + "\""),
        () -> refusal(withMemory).orElseThrow().reason());
  }

  @Test
  void readOnlyDiskThatIsNotQcow2_failsOnlyAtStart() {
    String data = disk("vdb", "/data.qcow2", "<readonly/>");
    PlanningContextBuilder context = shutOff(devices(VDA, data)).notQcow2("/data.qcow2");
    assertEquals(0, code(context));
    assertEquals(1, code(context.flags(RevertFlag.RUNNING.value())));
  }

  @Test
  void corruptImageThatIsOnlyRead_isNoObstacle() {
    String data = disk("vdb", "/data.qcow2", "<readonly/>");
    int starts = RevertFlag.RUNNING.value();
    assertEquals(0, code(shutOff(devices(VDA, data)).read("/data.qcow2", corrupt()).flags(starts)));
    assertEquals(
        0, code(external("shutoff", devices(VDA)).read("/web01.qcow2", corrupt()).flags(starts)));
    assertEquals(
        0,
        code(
            shutOff(devices(VDA))
                .read("/web01.qcow2", onBacking("/debian.qcow2"))
                .read("/debian.qcow2", corrupt())
                .flags(starts)));
  }

  @Test
  void corruptDiskThatSnapshotOmits_failsOnlyAtStart() {
    PlanningContextBuilder context =
        shutOff(devices(VDA, disk("vdb", "/data.qcow2"))).read("/data.qcow2", corrupt());
    assertEquals(0, code(context));
    assertEquals(1, code(context.flags(RevertFlag.RUNNING.value())));
  }

  @Test
  void corruptNvram_failsUnlessReset() {
    PlanningContextBuilder context = running(nvram("qcow2")).read("/web01.fd", corrupt());
    assertEquals(1, code(context));
    assertEquals(0, code(context.flags(RevertFlag.RESET_NVRAM.value())));
    assertEquals(1, code(shutOff(nvram("qcow2")).read("/web01.fd", corrupt())));
  }
}
