package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.images.Qcow2Snapshot;
import io.github.libvirtsnapshot.images.SampleQcow2;
import io.github.libvirtsnapshot.plan.ConfigurationChange;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which sizes of disks a plan lists as changes. */
class DiskSizesTest {
  private static final long GIB = 1L << 30;
  private static final String BASE = disk("vda", "/images/web01.qcow2");
  private static final String OVERLAY = disk("vda", "/images/web01.clean");

  private static List<String> changes(PlanningContextBuilder context, String snapshot) {
    return DiskSizes.changes(context.revertingTo(snapshot)).stream().map(String::valueOf).toList();
  }

  private static ImageReading ofSize(long size, Optional<Qcow2Image> qcow2) {
    return new ImageReading(
        Optional.empty(), Optional.empty(), Optional.of(size), Optional.empty(), qcow2);
  }

  private static ImageReading containing(long size, OptionalLong sizeInSnapshot) {
    Qcow2Snapshot snapshot =
        new Qcow2Snapshot("1", "clean", Instant.EPOCH, Duration.ZERO, 0, sizeInSnapshot);
    return ofSize(size, Optional.of(SampleQcow2.image(List.of(snapshot), List.of())));
  }

  @ParameterizedTest
  @CsvSource({
    "21474836480, 10737418240, 20 GiB -> 10 GiB",
    "10737418240, 21474836480, 10 GiB -> 20 GiB",
    "10738466816, 10737418240, 10241 MiB -> 10 GiB",
    "10737418752, 2199023255552, 10737418752 bytes -> 2 TiB",
    "1152921504606846976, 1024, 1048576 TiB -> 1 KiB",
    "1024, 0, 1 KiB -> 0 bytes"
  })
  void diskThatWasResized_hasTheSizeInTheSnapshotAgain(long now, long then, String expected) {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean", BASE).disks(BASE);
    context.read("/images/web01.qcow2", containing(now, OptionalLong.of(then)));

    assertEquals(List.of("devices/disk[vda]/size: " + expected), changes(context, "clean"));
  }

  @Test
  void sameSizeOrUnknownSize_isNoChange() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean", BASE).disks(BASE);
    assertEquals(List.of(), changes(context, "clean"));

    context.read("/images/web01.qcow2", containing(GIB, OptionalLong.of(GIB)));
    assertEquals(List.of(), changes(context, "clean"));

    context.read("/images/web01.qcow2", containing(GIB, OptionalLong.empty()));
    assertEquals(List.of(), changes(context, "clean"));
  }

  /** The disk continues in a new overlay, which has the size of the image. */
  @Test
  void externalSnapshot_hasTheSizeOfItsImage() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("clean", "/images/web01.clean", BASE)
            .disks(OVERLAY)
            .read("/images/web01.qcow2", ofSize(GIB, Optional.empty()))
            .read("/images/web01.clean", ofSize(2 * GIB, Optional.empty()));

    assertEquals(List.of("devices/disk[vda]/size: 2 GiB -> 1 GiB"), changes(context, "clean"));
  }

  /** The disk uses only a part of its image, so that the size of the image is not its size. */
  @Test
  void diskInSliceOfItsImage_hasNoKnownSize() {
    String slice =
        BASE.replace(
            "web01.qcow2'/>",
            "web01.qcow2'><slices><slice type='storage' offset='4096' size='8192'/></slices>"
                + "</source>");
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .external("clean", "/images/web01.clean", slice)
            .disks(OVERLAY)
            .read("/images/web01.qcow2", ofSize(GIB, Optional.empty()))
            .read("/images/web01.clean", ofSize(2 * GIB, Optional.empty()));

    assertEquals(List.of(), changes(context, "clean"));
  }

  @Test
  void diskOutsideTheSnapshot_keepsItsSize() {
    PlanningContextBuilder context =
        new PlanningContextBuilder()
            .internal("clean", BASE)
            .disks(BASE, disk("vdb", "/images/data.qcow2"))
            .read("/images/data.qcow2", containing(GIB, OptionalLong.of(2 * GIB)));

    assertEquals(List.of(), changes(context, "clean"));
  }

  /** The size is not in the definition, so that no definition has to be restored. */
  @Test
  void size_isNoChangeOfTheDefinition() {
    PlanningContextBuilder context =
        new PlanningContextBuilder().internal("clean", BASE).disks(BASE);
    context.read("/images/web01.qcow2", containing(2 * GIB, OptionalLong.of(GIB)));
    for (ConfigurationChange change : DiskSizes.changes(context.revertingTo("clean"))) {
      assertTrue(DiskSizes.isSize(change));
    }
    assertFalse(
        DiskSizes.isSize(
            new ConfigurationChange("memory", Optional.of("1 GiB"), Optional.of("2 GiB"))));
  }
}
