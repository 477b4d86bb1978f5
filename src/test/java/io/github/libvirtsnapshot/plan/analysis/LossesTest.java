package io.github.libvirtsnapshot.plan.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.Scene;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossesTest {
  private static final String MEMORY = "the contents of the guest's memory";
  private static final String SAVED =
      "the managed save image: the file remains, but no longer fits the disks, and the next start"
          + " would resume from it";

  private static List<Loss> losses(String devices, boolean active, boolean managedSave) {
    Scene scene =
        new Scene()
            .disks(devices)
            .in(active ? StateReason.RUNNING_BOOTED : StateReason.SHUTOFF_SAVED)
            .snapshot("a", "running", "", "");
    if (managedSave) {
      scene.withManagedSave();
    }
    return Losses.of(scene.revertingTo("a"));
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
        "<console/>                              | true  | the connections to the guest's serial console",
        "<graphics type='vnc'/><graphics type='spice'/><serial/><console/>"
            + "| true | the connections to the guest's vnc, spice, serial console",
      })
  void memoryAndConsolesAreLostOfAnActiveDomain(String devices, boolean active, String consoles) {
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
  void whatWasWrittenToTheDisksIsLost(String devices, String disks) {
    String expected =
        disks == null
            ? ""
            : "data written to "
                + disks
                + " since 1970-01-01T00:00:00Z that is in no other snapshot";

    assertEquals(expected, words(losses(devices, false, false)));
  }

  @Test
  void theManagedSaveImageNoLongerFits() {
    List<Loss> losses = losses("", false, true);
    assertEquals(SAVED, words(losses));
    assertEquals(Loss.Kind.MANAGED_SAVE, losses.get(0).kind());
  }

  private static final String VDA = Scene.disk("vda", "/i");
  private static final String SINCE = " since 1970-01-01T00:00:00Z that is in no other snapshot";

  private static String losses(Scene scene, String target) {
    return words(Losses.of(scene.revertingTo(target)));
  }

  @Test
  void aDiskThatCameSinceIsNotWrittenTo() {
    Scene scene = new Scene().internal("s1", VDA).disks(VDA, Scene.disk("vdb", "/b"));
    assertEquals("data written to vda" + SINCE, losses(scene, "s1"));
  }

  @Test
  void aDiskThatWentSinceIsWrittenTo() {
    Scene scene = new Scene().internal("s1", VDA).disks(Scene.disk("vda", "/j"));
    assertEquals(
        "data written to \"/i\"" + SINCE + " (the domain does not use this image now)",
        losses(scene, "s1"));
  }

  @Test
  void aDiskThatWasLeftOutIsNotWrittenTo() {
    String modes = "<disk name='vda' snapshot='no'/>";
    Scene scene =
        new Scene().snapshot("s1", "running", modes, "<devices>" + VDA + "</devices>").disks(VDA);
    assertEquals("", losses(scene, "s1"));
  }

  /** The smallest case of a snapshot that another one spoils. */
  @Test
  void anExternalSnapshotIsSpoiledByWritingToItsBase() {
    Scene scene =
        new Scene().internal("s1", VDA).external("e2", "/o", VDA).disks(Scene.disk("vda", "/o"));
    assertEquals(
        "data written to \"/i\""
            + " since 1970-01-01T00:00:00Z that is in no other snapshot"
            + " (the domain does not use this image now);"
            + " snapshot \"e2\", which needs \"/i\"",
        losses(scene, "s1"));
  }

  /** The metadata of the external snapshot in between is deleted, and its overlay is still used. */
  @Test
  void aSnapshotWhoseBaseNobodyKnowsMayNeedWhatItsParentHad() {
    String overlay = Scene.disk("vda", "/o");
    Scene scene =
        new Scene()
            .internal("s1", VDA)
            .current("s1")
            .internal("s5", overlay)
            .current("s5")
            .internal("s6", overlay)
            .disks(VDA);
    String untold = ", which may need \"/i\": the backing image of its disk is unknown";
    assertEquals(
        "data written to vda" + SINCE + "; snapshot \"s5\"" + untold + "; snapshot \"s6\"" + untold,
        losses(scene, "s1"));
  }

  @Test
  void theOverlayOfTheCurrentSnapshotIsDeleted() {
    Scene scene = new Scene().external("e1", "/o", VDA).disks(Scene.disk("vda", "/o"));
    assertEquals(
        "data written to vda" + SINCE + "; the file \"/o\", which libvirt deletes",
        losses(scene, "e1"));
  }

  /** libvirt forgets where it went on after a revert, and deletes what another snapshot needs. */
  @Test
  void aSnapshotIsLostWithAnOverlayThatItNeeds() {
    Scene scene =
        new Scene()
            .external("e1", "/o", VDA)
            .external("e2", "/p", Scene.disk("vda", "/o"))
            .current("e1")
            .disks(Scene.disk("vda", "/r"));
    assertEquals(
        "data written to vda"
            + SINCE
            + "; the file \"/o\", which libvirt deletes"
            + "; snapshot \"e2\", which needs \"/o\"",
        losses(scene, "e1"));
  }

  @Test
  void anotherDomainIsSpoiledToo() {
    Scene scene =
        new Scene()
            .internal("s1", VDA)
            .disks(VDA)
            .other("clone", false, Scene.disk("vda", "/c", backedBy("/i")))
            .other("stranger", true, Scene.disk("vda", "/x"));
    assertEquals(
        "data written to vda" + SINCE + "; domain \"clone\", which needs \"/i\"",
        losses(scene, "s1"));
  }

  static String backedBy(String image) {
    return "<backingStore type='file'><source file='" + image + "'/><backingStore/></backingStore>";
  }

  @Test
  void aNewNvramHasNoSnapshots() {
    String nvram = "<os><nvram format='qcow2'/></os><devices>" + VDA + "</devices>";
    Scene scene =
        new Scene()
            .snapshot("off", "shutoff", "<disk name='vda' snapshot='internal'/>", nvram)
            .snapshot(
                "on",
                "running",
                "<disk name='vda' snapshot='internal'/>",
                nvram,
                "<memory snapshot='internal'/>")
            .disks(VDA);
    String written = "data written to vda" + SINCE;
    assertEquals(written, losses(scene.flags(8), "off"));
    assertEquals(
        written + "; snapshot \"off\", whose NVRAM is lost when RESET_NVRAM creates a new one",
        losses(scene.flags(9), "off"));
    assertEquals(
        written.replace("00:00:00", "00:00:01")
            + "; snapshot \"off\", whose NVRAM is lost when RESET_NVRAM creates a new one",
        losses(scene.flags(8), "on"));
  }

  @Test
  void aSnapshotOfAnUnknownTimeIsSpokenOfAsSuch() {
    SnapshotDescription snapshot =
        SnapshotDescription.parse(
            "<domainsnapshot><name>a</name><state>running</state></domainsnapshot>");
    Facts known = new Scene().disks(VDA).internal("a").revertingTo("a");
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
}
