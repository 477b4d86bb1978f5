package io.github.libvirtsnapshot.plan.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.images.Qcow2Bitmap;
import io.github.libvirtsnapshot.images.SampleQcow2;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossesTest {
  private static final String MEMORY = "the contents of the guest's memory";
  private static final String MANAGED_SAVE =
      "the managed save image: the file remains, but no longer fits the disks, and the next start"
          + " would resume from it";

  private static List<Loss> losses(String devices, boolean active, boolean managedSave) {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .disks(devices)
            .in(active ? StateReason.RUNNING_BOOTED : StateReason.SHUTOFF_SAVED)
            .snapshot("a", "running", "", "");
    if (managedSave) {
      context.withManagedSave();
    }
    return Losses.of(context.revertingTo("a"));
  }

  private static String words(List<Loss> losses) {
    return losses.stream().map(Loss::toString).collect(Collectors.joining("; "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                      | true  | ",
        "''                                      | false | ",
        "<graphics type='vnc'/>                  | true  | the connections to the guest's vnc",
        "<graphics type='vnc'/>                  | false | ",
        "<graphics type='v&#10;c'/><serial/>     | true  | the connections to the guest's v\\n"
            + "c, serial console",
        "<console/>                              | true  | the"
            + " connections to the guest's serial console",
        "<graphics type='vnc'/><graphics type='spice'/><serial/><console/>"
            + "| true | the connections to the guest's vnc, spice, serial console",
      })
  void activeDomainLosesMemoryAndConsoles(String devices, boolean active, String consoles) {
    String expected = active ? consoles == null ? MEMORY : MEMORY + "; " + consoles : "";

    assertEquals(expected, words(losses(devices, active, false)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<disk><target dev='vda'/></disk>                                       | vda",
        "<disk device='disk'><target dev='vda'/></disk>                         | vda",
        "<disk device='lun'><target dev='sda'/></disk>                          | sda",
        "<disk><target dev='vda'/></disk><disk><target dev='vdb'/></disk>       | vda, vdb",
        "<disk device='cdrom'><target dev='hda'/></disk>                        | ",
        "<disk device='floppy'><target dev='fda'/></disk>                       | ",
        "<disk><target dev='vda'/><readonly/></disk>                            | ",
        "<disk><target dev='v&#10;a'/></disk>                                   | v\\na",
      })
  void dataOnWritableDisksIsLost(String devices, String disks) {
    String expected =
        disks == null
            ? ""
            : "data written to "
                + disks
                + " since 1970-01-01T00:00:00Z that is in no other snapshot";

    assertEquals(expected, words(losses(devices, false, false)));
  }

  @Test
  void managedSaveImageIsLost() {
    List<Loss> losses = losses("", false, true);
    assertEquals(MANAGED_SAVE, words(losses));
    assertEquals(Loss.Kind.MANAGED_SAVE, losses.get(0).kind());
  }

  private static final String VDA = PlanningContextBuilder.disk("vda", "/i");
  private static final String SINCE = " since 1970-01-01T00:00:00Z that is in no other snapshot";

  private static String losses(PlanningContextBuilder context, String target) {
    return words(Losses.of(context.revertingTo(target)));
  }

  @Test
  void diskAddedSinceSnapshot_isNotLost() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", VDA)
            .disks(VDA, PlanningContextBuilder.disk("vdb", "/b"));
    assertEquals("data written to vda" + SINCE, losses(context, "clean-install"));
  }

  /** A revert to an external snapshot deletes the overlays of the current snapshot. */
  @Test
  void diskAddedSinceSnapshot_onOverlayOfCurrentSnapshot_isLost() {
    String data = PlanningContextBuilder.disk("vdb", "/b");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", VDA)
            .snapshot(
                "after-update",
                "shutoff",
                "<disk name='vda' snapshot='external'><source file='/o2'/></disk>"
                    + "<disk name='vdb' snapshot='external'><source file='/b2'/></disk>",
                "<devices>" + PlanningContextBuilder.disk("vda", "/o") + data + "</devices>")
            .disks(
                PlanningContextBuilder.disk("vda", "/o2"),
                PlanningContextBuilder.disk("vdb", "/b2"));
    String files =
        "; the file \"/o2\", which libvirt deletes; the file \"/b2\", which libvirt deletes";
    assertEquals("data written to vda, vdb" + SINCE + files, losses(context, "before-update"));

    context.disks(
        PlanningContextBuilder.disk("vda", "/o2"), PlanningContextBuilder.disk("vdb", "/b3"));
    assertEquals("data written to vda" + SINCE + files, losses(context, "before-update"));
  }

  @Test
  void diskRemovedSinceSnapshot_isLost() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", VDA)
            .disks(PlanningContextBuilder.disk("vda", "/j"));
    assertEquals(
        "data written to \"/i\"" + SINCE + " (the domain does not use this image now)",
        losses(context, "clean-install"));
  }

  @Test
  void diskThatTheRunningGuestLacks_isLost() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", VDA)
            .disks(VDA)
            .active("<devices/>")
            .in(StateReason.RUNNING_BOOTED);
    assertEquals(
        "the contents of the guest's memory; data written to \"/i\""
            + SINCE
            + " (the domain does not use this image now)",
        losses(context, "clean-install"));
  }

  /** The data stays in the image beneath the overlay that the revert creates. */
  @Test
  void diskInImageOfExternalSnapshot_isNotLost() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", VDA)
            .external("after-update", "/o", VDA)
            .current("clean-install")
            .disks(VDA);
    assertEquals("", losses(context, "after-update"));
  }

  @Test
  void diskExcludedFromSnapshot_isNotLost() {
    String modes = "<disk name='vda' snapshot='no'/>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("clean-install", "running", modes, "<devices>" + VDA + "</devices>")
            .disks(VDA);
    assertEquals("", losses(context, "clean-install"));
  }

  /**
   * Returns a domain with an external snapshot that excludes the disk, which is in an image now.
   */
  private static PlanningContextBuilder withExcluded(String image) {
    return new PlanningContextBuilder()
        .snapshot(
            "before-update",
            "running",
            "<disk name='vda' snapshot='no'/>",
            "<devices>" + VDA + "</devices>",
            "<memory snapshot='external' file='/m'/>")
        .disks(PlanningContextBuilder.disk("vda", image));
  }

  @Test
  void diskExcludedFromSnapshot_inAnotherImage_losesItsPresentContent() {
    assertEquals("", losses(withExcluded("/i"), "before-update"));
    assertEquals(
        "the present content of disk vda: the revert attaches \"/i\" in place of \"/later\"",
        losses(withExcluded("/later"), "before-update"));
  }

  @Test
  void externalRevert_checkpointsAndBitmapsAreLost() {
    String overlay = PlanningContextBuilder.disk("vda", "/o");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", VDA)
            .current(null)
            .disks(overlay)
            .checkpointIn("/o")
            .read(
                "/o",
                SampleQcow2.reading(
                    SampleQcow2.image(
                        List.of(),
                        List.of(
                            new Qcow2Bitmap("c1", false, true),
                            new Qcow2Bitmap("nightly", false, true)))));
    assertEquals(
        "data written to vda"
            + SINCE
            + "; checkpoint \"c1\": libvirt keeps its metadata, but no incremental backup can be"
            + " based on it, because the new overlays lack its bitmap; bitmap \"nightly\" in \"/o\":"
            + " the new overlay of the disk lacks it",
        losses(context, "before-update"));
  }

  @Test
  void internalRevert_checkpointIsNotLost() {
    assertEquals(
        "data written to vda" + SINCE,
        losses(
            new PlanningContextBuilder()
                .internal("clean-install", VDA)
                .disks(VDA)
                .checkpointIn("/i"),
            "clean-install"));
  }

  /** The smallest case of a snapshot that is lost by a revert to another snapshot. */
  @Test
  void externalSnapshotIsLostIfRevertWritesToItsImage() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", VDA)
            .external("after-update", "/o", VDA)
            .disks(PlanningContextBuilder.disk("vda", "/o"));
    assertEquals(
        "data written to vda" + SINCE + "; snapshot \"after-update\", which needs \"/i\"",
        losses(context, "clean-install"));
  }

  /** The metadata of the external snapshot in between was deleted, and its overlay is in use. */
  @Test
  void snapshotWithUnknownBackingImageMayBeLost() {
    String overlay = PlanningContextBuilder.disk("vda", "/o");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", VDA)
            .current("clean-install")
            .internal("before-login", overlay)
            .current("before-login")
            .internal("after-login", overlay)
            .disks(VDA);
    String unknownBase = ", which may need \"/i\": the backing image of its disk is unknown";
    assertEquals(
        "data written to vda"
            + SINCE
            + "; snapshot \"before-login\""
            + unknownBase
            + "; snapshot \"after-login\""
            + unknownBase,
        losses(context, "clean-install"));
  }

  @Test
  void overlayOfCurrentSnapshotIsLost() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", VDA)
            .disks(PlanningContextBuilder.disk("vda", "/o"));
    assertEquals(
        "data written to vda" + SINCE + "; the file \"/o\", which libvirt deletes",
        losses(context, "before-update"));
  }

  /**
   * libvirt forgets the overlay of a revert, and deletes an overlay that another snapshot needs.
   */
  @Test
  void snapshotIsLostWithTheOverlayThatItNeeds() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/o", VDA)
            .external("after-update", "/p", PlanningContextBuilder.disk("vda", "/o"))
            .current("before-update")
            .disks(PlanningContextBuilder.disk("vda", "/r"));
    assertEquals(
        "data written to vda"
            + SINCE
            + "; the file \"/o\", which libvirt deletes"
            + "; snapshot \"after-update\", which needs \"/o\"",
        losses(context, "before-update"));
  }

  @Test
  void otherDomainIsLostIfRevertWritesToItsBackingImage() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", VDA)
            .disks(VDA)
            .other("clone", false, PlanningContextBuilder.disk("vda", "/c", backedBy("/i")))
            .other("stranger", true, PlanningContextBuilder.disk("vda", "/x"));
    assertEquals(
        "data written to vda" + SINCE + "; domain \"clone\", which needs \"/i\"",
        losses(context, "clean-install"));
  }

  static String backedBy(String image) {
    return "<backingStore type='file'><source file='" + image + "'/><backingStore/></backingStore>";
  }

  @Test
  void nvramReset_snapshotsInOldNvramAreLost() {
    String nvram = "<os><nvram format='qcow2'/></os><devices>" + VDA + "</devices>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("off", "shutoff", "<disk name='vda' snapshot='internal'/>", nvram)
            .snapshot(
                "on",
                "running",
                "<disk name='vda' snapshot='internal'/>",
                nvram,
                "<memory snapshot='internal'/>")
            .disks(VDA);
    String written = "data written to vda" + SINCE;
    String present = "; the present content of the NVRAM";
    assertEquals(written, losses(context.flags(8), "off"));
    assertEquals(
        written
            + present
            + "; snapshot \"off\", whose NVRAM is lost when RESET_NVRAM creates a new one",
        losses(context.flags(9), "off"));
    assertEquals(
        written.replace("00:00:00", "00:00:01")
            + present
            + "; snapshot \"off\", whose NVRAM is lost when RESET_NVRAM creates a new one",
        losses(context.flags(8), "on"));
  }

  private static final String NVRAM = "<os><nvram>/nvram/web01.fd</nvram></os>";
  private static final String PRESENT_NVRAM =
      "the present content of the NVRAM \"/nvram/web01.fd\"";

  /** Returns a domain with two snapshots: of the disks only, and with memory. */
  private static PlanningContextBuilder withNvramNow(String nvram) {
    return new PlanningContextBuilder()
        .snapshot("disks", "shutoff", "", NVRAM)
        .snapshot("memory", "running", "", NVRAM, "<memory snapshot='external' file='/m'/>")
        .domain(nvram);
  }

  @Test
  void presentContentOfNvramIsLost_ifSnapshotHasMemory() {
    List<Loss> losses = Losses.of(withNvramNow(NVRAM).revertingTo("memory"));
    assertEquals(PRESENT_NVRAM, words(losses));
    assertEquals(Loss.Kind.DEVICES, losses.get(0).kind());
    assertEquals("", losses(withNvramNow(NVRAM), "disks"));
    assertEquals("", losses(withNvramNow(NVRAM).gone("/nvram/web01.fd"), "memory"));
  }

  /** QEMU writes the memory's copy to the file that the snapshot's definition names. */
  @Test
  void nvramThatOnlyAnotherDomainUsesNow_isLost() {
    PlanningContextBuilder context =
        withNvramNow("<os><nvram>/nvram/new.fd</nvram></os>")
            .otherWithNvram("web02", "/nvram/web01.fd")
            .otherWithNvram("web03", "/nvram/web03.fd");
    assertEquals(
        PRESENT_NVRAM
            + " (the domain does not use this file now)"
            + "; domain \"web02\", which needs \"/nvram/web01.fd\"",
        losses(context, "memory"));
    assertEquals("", losses(context, "disks"));
  }

  @Test
  void snapshotWithoutCreationTime_lossNamesTheSnapshot() {
    SnapshotDescription snapshot =
        SnapshotDescription.parse(
            "<domainsnapshot><name>a</name><state>running</state></domainsnapshot>");
    Facts known = new PlanningContextBuilder().disks(VDA).internal("a").revertingTo("a");
    Facts facts =
        new Facts(
            known.driver(),
            known.before(),
            known.request(),
            snapshot,
            known.definitions(),
            known.path(),
            known.domainFacts(),
            known.blockers(),
            known.unknowns());
    assertEquals(
        "data written to vda since the snapshot that is in no other snapshot",
        words(Losses.of(facts)));
  }

  private static final String CONSOLE_LOG =
      "<devices><serial type='file'><source path='/var/log/web01'/></serial></devices>";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "running | 0 | the contents of file \"/var/log/web01\", which QEMU empties when it starts",
        "shutoff | 1 | the contents of file \"/var/log/web01\", which QEMU empties when it starts",
        "shutoff | 0 | ''",
      })
  void fileOfSerialConsoleIsLostIfGuestIsStarted(String taken, int flags, String expected) {
    PlanningContextBuilder context =
        new PlanningContextBuilder().snapshot("clean-install", taken, "", CONSOLE_LOG).flags(flags);
    assertEquals(expected, losses(context, "clean-install"));
    assertEquals(
        "",
        losses(
            new PlanningContextBuilder()
                .snapshot(
                    "clean-install", taken, "", CONSOLE_LOG.replace("/></s", " append='on'/></s"))
                .flags(flags),
            "clean-install"));
  }

  @Test
  void dataOnTransientDiskIsLostWithTheGuest() {
    String scratch = PlanningContextBuilder.disk("vdb", "/b", "<transient/>");
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean-install", VDA).disks(VDA, scratch);
    assertEquals("data written to vda" + SINCE, losses(context, "clean-install"));
    assertEquals(
        MEMORY
            + "; data written to vda"
            + SINCE
            + "; data written to vdb since the guest was started: the disk is transient",
        losses(context.in(StateReason.RUNNING_BOOTED), "clean-install"));
  }

  @Test
  void presentStateOfTpmIsLostIfSnapshotHasMemory() {
    String tpm = "<devices><tpm><backend type='emulator'/></tpm></devices>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("off", "shutoff", "", tpm)
            .snapshot("on", "running", "", tpm, "<memory snapshot='internal'/>")
            .domain(tpm);
    assertEquals("", losses(context, "off"));
    assertEquals("the present state of the TPM", losses(context, "on"));
  }

  @Test
  void devicesOfTheRunningGuestOnlyAreLost() {
    String plugged =
        "<interface><mac address='52:54:00:00:00:0b'/></interface>"
            + "<memory model='dimm'><target><size>1024</size></target></memory>"
            + "<rng/><rng/><controller/>";
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean-install", VDA)
            .domain("<vcpu current='1'>4</vcpu><devices>" + VDA + "<rng/></devices>")
            .active("<vcpu current='3'>4</vcpu><devices>" + VDA + "<rng/>" + plugged + "</devices>")
            .in(StateReason.RUNNING_BOOTED);
    String added = ", added to the running guest and not to its persistent definition";
    assertEquals(
        MEMORY
            + "; data written to vda"
            + SINCE
            + "; rng device (2 of them)"
            + added
            + "; interface 52:54:00:00:00:0b"
            + added
            + "; memory device of 1024 KiB"
            + added
            + "; 2 virtual CPUs"
            + added,
        losses(context, "clean-install"));
  }

  @Test
  void deviceThatTheSnapshotHasIsNotLost() {
    String disks = VDA + PlanningContextBuilder.disk("vdb", "/b");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("clean-install", "running", "", "<devices>" + disks + "</devices>")
            .disks(VDA)
            .active("<devices>" + disks + "</devices>")
            .in(StateReason.RUNNING_BOOTED);
    assertFalse(losses(context, "clean-install").contains("added to the running guest"));
  }
}
