package io.github.libvirtsnapshot.plan.analysis;

import static io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder.disk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.plan.facts.DomainAfterFailure;
import io.github.libvirtsnapshot.plan.facts.PlanningContextBuilder;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        XmlNode.parse("<domain>" + more + "<devices>" + disks + "</devices></domain>"), Map.of());
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
  void disksAreSortedByWhatTheirImagesShow() {
    DomainAfterFailure domain =
        new DomainAfterFailure(
            XmlNode.parse("<domain/>"),
            Map.of("vda", Optional.of(true), "vdb", Optional.of(false), "vdc", Optional.empty()));
    PartialRevert partial = PartialRevert.of(domain, INTERNAL, false);
    assertEquals(
        List.of(List.of("vda"), List.of("vdb"), List.of("vdc")),
        List.of(partial.revertedDisks(), partial.otherDisks(), partial.unreadDisks()));
  }
}
