package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.SampleQcow2;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QemuAnalysisTest {
  private static final String IMAGE = disk("vda", "/i.qcow2");

  private static PlanningContextBuilder withMemory() {
    return new PlanningContextBuilder()
        .snapshot(
            "clean-install",
            "running",
            "<disk name='vda' snapshot='internal'/>",
            "<devices>" + IMAGE + "</devices>")
        .disks(IMAGE);
  }

  private static boolean namesBitmaps(PlanningContextBuilder context) {
    return new QemuAnalysis()
        .unknowns(context.revertingTo("clean-install")).stream()
            .anyMatch(unknown -> unknown.contains("bitmap"));
  }

  @Test
  void bitmapOfRunningGuestOrInUnreadImageIsUnknown() {
    ImageReading read = SampleQcow2.reading(SampleQcow2.image(List.of(), List.of()));
    assertTrue(namesBitmaps(withMemory().read("/i.qcow2", read).in(StateReason.RUNNING_BOOTED)));
    assertTrue(namesBitmaps(withMemory()));
    assertFalse(namesBitmaps(withMemory().read("/i.qcow2", read)));
  }

  @Test
  void unknownBeforeLibvirt8NamesTheHardwareThatOnlyLibvirtCompares() {
    PlanningContextBuilder context = withMemory().in(StateReason.RUNNING_BOOTED);

    assertFalse(comparesHardware(context.onLibvirt(8_000_000)));
    assertTrue(comparesHardware(context.onLibvirt(7_000_000)));
  }

  private static boolean comparesHardware(PlanningContextBuilder context) {
    return new QemuAnalysis()
        .unknowns(context.revertingTo("clean-install"))
        .contains(
            "whether the CPU, the features, the timers and the SMBIOS data of the guest, and the"
                + " model and the addresses of each device, are those of the snapshot: libvirt"
                + " compares them, and if one differs, the revert requires force (force(), or:"
                + " revert-domain --force)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<devices><filesystem><driver type='virtiofs'/></filesystem></devices>",
        "<devices><filesystem type='mount'/></devices>",
        "<devices><hostdev type='pci'/></devices>",
        "<devices><hostdev type='mdev'/></devices>",
        "<devices><interface type='hostdev'/></devices>",
        "<devices><interface type='vdpa'/></devices>",
        "<devices><interface type='vhostuser'/></devices>",
        "<devices><video><model><acceleration accel3d='yes'/></model></video></devices>",
        "<launchSecurity type='s390-pv'/>",
        "<cpu mode='host-passthrough' migratable='off'/>",
      })
  void whetherMemoryOfActiveGuestCanBeSavedIsUnknown(String xml) {
    assertTrue(namesSavedMemory(xml, StateReason.RUNNING_BOOTED));
    assertFalse(namesSavedMemory(xml, StateReason.SHUTOFF_SAVED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<devices><hostdev type='usb'/></devices>",
        "<devices><interface type='network'/></devices>",
        "<cpu mode='host-passthrough' migratable='on'/>",
      })
  void memoryOfActiveGuestCanBeSaved(String xml) {
    assertFalse(namesSavedMemory(xml, StateReason.RUNNING_BOOTED));
  }

  private static boolean namesSavedMemory(String xml, StateReason state) {
    return new QemuAnalysis()
            .unknowns(
                withMemory()
                    .active(xml)
                    .onLibvirt(11_003_000)
                    .in(state)
                    .revertingTo("clean-install"))
            .stream()
            .anyMatch(unknown -> unknown.startsWith("whether QEMU can save the memory"));
  }

  private static boolean namesIds(PlanningContextBuilder context, String snapshot) {
    return new QemuAnalysis()
        .unknowns(context.disks(IMAGE).internal(snapshot, IMAGE).revertingTo(snapshot)).stream()
            .anyMatch(unknown -> unknown.contains("has a snapshot with the ID " + snapshot));
  }

  @Test
  void whetherUnreadImageHasSnapshotWithTheNameAsItsId_isUnknown() {
    ImageReading read = SampleQcow2.reading(SampleQcow2.image(List.of(), List.of()));
    assertTrue(namesIds(new PlanningContextBuilder(), "4"));
    assertFalse(namesIds(new PlanningContextBuilder().read("/i.qcow2", read), "4"));
    assertFalse(namesIds(new PlanningContextBuilder(), "1700000000"));
    assertFalse(namesIds(new PlanningContextBuilder(), "clean-install"));
  }

  private static boolean namesOverlays(PlanningContextBuilder context) {
    String disk = disk("vda", "/images/db.prod");
    return new QemuAnalysis()
        .unknowns(
            context
                .external("before-update", "/images/prod.overlay", disk)
                .internal("clean-install", disk)
                .disks(disk)
                .onLibvirt(11_003_000)
                .revertingTo("before-update"))
        .contains(
            "whether domain \"test\" is reverted to an external snapshot in the same second:"
                + " libvirt would give an overlay of both domains the same name, because the names"
                + " of two of their images are equal without the extension");
  }

  @Test
  void revertOfDomainWhoseOverlayCouldHaveTheSameNameIsUnknown() {
    for (String image : List.of("/images/db.test", "/images/db", "/images/db.1795767093")) {
      assertTrue(
          namesOverlays(new PlanningContextBuilder().other("test", false, disk("vda", image))));
    }
    for (String image : List.of("/images/db.d/test", "/db.test", "/images/log.prod")) {
      assertFalse(
          namesOverlays(new PlanningContextBuilder().other("test", false, disk("vda", image))));
    }
  }

  /** Such a domain probably has an external snapshot of the backing image. */
  @Test
  void revertOfDomainOnOverlayOfSuchAnImageIsUnknown() {
    assertTrue(
        namesOverlays(
            new PlanningContextBuilder()
                .other(
                    "test",
                    true,
                    disk("vda", "/images/test.overlay")
                        .replace(
                            "</disk>",
                            "<backingStore type='file'><format type='qcow2'/>"
                                + "<source file='/images/db.test'/></backingStore></disk>"))));
  }

  @Test
  void manyDomainsWithTheSameOverlayAreOneUnknown() {
    String medium = disk("sda", "/iso/tools.iso");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external(
                "before-update", "/images/overlay", disk("vda", "/images/web01.qcow2"), medium)
            .other("web02", false, medium)
            .other("web03", false, medium)
            .other("web04", false, medium);
    List<String> unknowns =
        new QemuAnalysis()
            .unknowns(context.onLibvirt(11_003_000).revertingTo("before-update")).stream()
                .filter(unknown -> unknown.contains("web02"))
                .toList();
    assertEquals(1, unknowns.size());
    assertTrue(
        unknowns.get(0).startsWith("whether domain \"web02\" or one of 2 others is reverted"));
  }

  @Test
  void overlaysOfInternalSnapshotOrOldLibvirtAreNotMentioned() {
    String disk = disk("vda", "/images/db.prod");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("before-update", "/images/prod.overlay", disk)
            .internal("clean-install", disk)
            .disks(disk)
            .other("test", false, disk("vda", "/images/db.test"));
    for (Facts facts :
        List.of(
            context.onLibvirt(9_000_000).revertingTo("before-update"),
            context.onLibvirt(11_003_000).revertingTo("clean-install"))) {
      List<String> unknowns = new QemuAnalysis().unknowns(facts);
      assertFalse(unknowns.toString().contains("\"test\""), unknowns::toString);
    }
  }

  @Test
  void elementThatTheLibraryDoesNotKnowIsUnknown() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .snapshot("clean-install", "running", "", "<devices><teleporter/></devices>")
            .domain("<quantum/>");
    List<String> unknowns = new QemuAnalysis().unknowns(context.revertingTo("clean-install"));
    for (String element : List.of("quantum", "devices/teleporter")) {
      assertTrue(
          unknowns.contains(
              "what a revert does with \""
                  + element
                  + "\": this release does not know this element of a domain's definition"),
          unknowns::toString);
    }
  }
}
