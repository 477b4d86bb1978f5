package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests what a plan says of the media and the read-only disks of a guest. */
class ReadOnlyDisksTest {
  private static final String MEDIUM =
      "<disk type='file' device='cdrom'><source file='/iso/tools.iso'/><target dev='sda'/></disk>";
  private static final String SHARED = disk("vdb", "/images/data.raw", "<readonly/>");

  private final PlanningContextBuilder context =
      new PlanningContextBuilder()
          .snapshot(
              "clean",
              "running",
              "<disk name='vda' snapshot='internal'/>",
              "<devices>" + disk("vda", "/images/web01.qcow2") + MEDIUM + SHARED + "</devices>")
          .disks(disk("vda", "/images/web01.qcow2"));

  private List<String> unknowns() {
    return ReadOnlyDisks.unknowns(context.revertingTo("clean"));
  }

  private void read(String image, Instant modified) {
    context.read(
        image,
        new ImageReading(
            Optional.of(modified),
            Optional.of(modified),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  @Test
  void unreadImages_mayNotExist() {
    assertEquals(
        List.of(
            "whether this medium exists: /iso/tools.iso",
            "whether this read-only image exists: /images/data.raw"),
        unknowns());
  }

  @Test
  void imagesThatWereModifiedLater_areNamed() {
    Instant taken = context.revertingTo("clean").snapshot().taken().orElseThrow();
    read("/iso/tools.iso", taken.plusSeconds(2));
    read("/images/data.raw", taken.plusSeconds(1));
    assertEquals(
        List.of(
            "whether the guest needs the earlier content of \"/iso/tools.iso\", which was modified "
                + taken.plusSeconds(2)
                + ", after the snapshot was taken: no snapshot contains it"),
        unknowns());
  }

  @Test
  void backingImageThatWasModifiedLater_isNamed() {
    Instant taken = context.revertingTo("clean").snapshot().taken().orElseThrow();
    read("/iso/tools.iso", taken);
    context.read(
        "/images/data.raw",
        new ImageReading(
            Optional.of(taken),
            Optional.of(taken),
            Optional.empty(),
            Optional.of("/images/golden.raw"),
            Optional.empty()));
    read("/images/golden.raw", taken.plusSeconds(60));
    assertEquals(1, unknowns().size());
    assertTrue(unknowns().get(0).contains("\"/images/golden.raw\", which was modified"));
  }

  @Test
  void imagesThatAreGone_areNoUnknowns() {
    context.gone("/iso/tools.iso").gone("/images/data.raw");
    assertEquals(List.of(), unknowns());
  }

  @Test
  void guestThatIsNotStarted_needsNoMedium() {
    context.snapshot(
        "clean",
        "shutoff",
        "<disk name='vda' snapshot='internal'/>",
        "<devices>" + MEDIUM + "</devices>");
    assertEquals(List.of(), unknowns());
    context.flags(RevertFlag.RUNNING.value());
    assertEquals(List.of("whether this medium exists: /iso/tools.iso"), unknowns());
  }
}
