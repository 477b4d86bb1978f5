package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.facts.DomainAfterFailure;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PartialRevertTest {
  private static final String IMAGE = disk("vda", "/images/web01.qcow2");

  private static final SnapshotDescription INTERNAL =
      new PlanningContextBuilder().internal("clean", IMAGE).revertingTo("clean").target();

  private static final SnapshotDescription EXTERNAL =
      new PlanningContextBuilder()
          .external("clean", "/images/web01.clean", IMAGE)
          .revertingTo("clean")
          .target();

  private static DomainAfterFailure domain(String more, String disks) {
    return new DomainAfterFailure(
        XmlNode.parse("<domain>" + more + "<devices>" + disks + "</devices></domain>"),
        Map.of(),
        ImageReadings.NONE);
  }

  @Test
  void definitionOfSnapshot_isReplacedOnlyIfItDifferedBefore() {
    DomainAfterFailure same = domain("", IMAGE);
    assertTrue(PartialRevert.of(same, INTERNAL, true).replacedDefinition());
    assertFalse(PartialRevert.of(same, INTERNAL, false).replacedDefinition());
    assertFalse(
        PartialRevert.of(domain("<title>x</title>", IMAGE), INTERNAL, true).replacedDefinition());
  }

  @Test
  void imageOfExternalSnapshot_isExposedIfTheDomainUsesIt() {
    PartialRevert exposed = PartialRevert.of(domain("", IMAGE), EXTERNAL, false);
    assertEquals(Optional.of("/images/web01.qcow2"), exposed.exposedImage());
    assertTrue(exposed.replacedDefinition());
    PartialRevert untouched =
        PartialRevert.of(domain("", disk("vda", "/images/web01.clean")), EXTERNAL, false);
    assertEquals(PartialRevert.NONE, untouched);
  }

  @Test
  void diskOnOverlayOfRevert_isNamed() {
    PartialRevert partial =
        PartialRevert.of(domain("", disk("vda", "/images/web01.1795795487")), EXTERNAL, true);
    assertEquals(List.of("vda"), partial.disksOnOverlays());
    assertEquals(Optional.empty(), partial.exposedImage());
    for (String other : List.of("/images/web01.clean", "/images/web02.1795795487")) {
      assertEquals(
          List.of(),
          PartialRevert.of(domain("", disk("vda", other)), EXTERNAL, true).disksOnOverlays());
    }
    assertEquals(
        List.of(),
        PartialRevert.of(domain("", disk("vda", "/images/web01.1795795487")), INTERNAL, true)
            .disksOnOverlays());
  }

  @Test
  void imageOfAnExternalSnapshot_isExposedAfterARollback() {
    DomainAfterFailure onTarget = domain("", IMAGE);
    assertEquals(
        Optional.of("/images/web01.qcow2"),
        PartialRevert.ofRollback(onTarget, INTERNAL, Optional.of(EXTERNAL)).exposedImage());
    assertEquals(
        Optional.of("/images/web01.qcow2"),
        PartialRevert.ofRollback(onTarget, EXTERNAL, Optional.empty()).exposedImage());
    assertEquals(
        PartialRevert.NONE, PartialRevert.ofRollback(onTarget, INTERNAL, Optional.empty()));
  }

  @Test
  void imageOfAnExternalSnapshot_isFoundIfAPausedGuestUsesIt() {
    XmlNode definition = domain("", IMAGE).definition();
    assertEquals(
        Optional.of("/images/web01.qcow2"),
        PartialRevert.ofPausedGuest(definition, List.of(INTERNAL, EXTERNAL)).imageOfPausedGuest());
    assertEquals(PartialRevert.NONE, PartialRevert.ofPausedGuest(definition, List.of(INTERNAL)));
  }

  private static ImageReading reading(Optional<String> backing, Instant modified) {
    return new ImageReading(
        Optional.of(modified), Optional.of(modified), Optional.empty(), backing, Optional.empty());
  }

  private static List<String> changed(Instant modified) {
    DomainAfterFailure domain =
        new DomainAfterFailure(
            XmlNode.parse("<domain/>"),
            Map.of("vda", Optional.of(true)),
            new ImageReadings(
                Map.of(
                    "/images/web01.qcow2",
                    reading(Optional.of("/images/golden.qcow2"), modified),
                    "/images/golden.qcow2",
                    reading(Optional.of("/images/web01.qcow2"), modified)),
                Map.of(),
                Set.of()));
    return PartialRevert.of(domain, INTERNAL, false).changed().stream()
        .map(RestoredPart::toString)
        .toList();
  }

  /** The images name each other as backing images, as a tenant could write them. */
  @Test
  void revertedDiskOnAnImageThatWasModifiedSince_isNotThatOfTheSnapshot() {
    assertEquals(List.of(), changed(Instant.EPOCH));
    List<String> changed = changed(Instant.now());
    assertEquals(1, changed.size());
    assertTrue(
        changed.get(0).startsWith("disk vda: changed: \"/images/golden.qcow2\" was modified "),
        changed.get(0));
  }

  @Test
  void disksAreSortedByWhatTheirImagesShow() {
    DomainAfterFailure domain =
        new DomainAfterFailure(
            XmlNode.parse("<domain/>"),
            Map.of("vda", Optional.of(true), "vdb", Optional.of(false), "vdc", Optional.empty()),
            ImageReadings.NONE);
    PartialRevert partial = PartialRevert.of(domain, INTERNAL, false);
    assertEquals(
        List.of(List.of("vda"), List.of("vdb"), List.of("vdc")),
        List.of(partial.revertedDisks(), partial.otherDisks(), partial.unreadDisks()));
  }
}
