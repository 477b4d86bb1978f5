package io.github.libvirtsnapshot.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tests which source of a backing image takes precedence. */
class ImageGraphTest {
  private static final String CLONE = "/images/web02.qcow2";
  private static final String OLD = "/images/old.qcow2";
  private static final String GOLDEN = "/images/golden.qcow2";

  private static final ImageReadings READ =
      new ImageReadings(
          Map.of(
              CLONE,
              SampleQcow2.reading(Optional.of(GOLDEN), SampleQcow2.image(List.of(), List.of()))),
          Map.of(),
          Set.of());

  private static ImageGraph graph(OtherDomain other, ImageReadings readings) {
    return new ImageGraph(List.of(), Optional.empty(), List.of(), List.of(other), readings);
  }

  private static OtherDomain other(String backingStore, Map<String, List<String>> inferred) {
    XmlNode domain =
        XmlNode.parse(
            """
            <domain><devices><disk><driver type='qcow2'/><source file='%s'/>%s</disk></devices>
            </domain>
            """
                .formatted(CLONE, backingStore));
    return new OtherDomain("web02", false, Disk.of(domain), inferred, Optional.empty());
  }

  /** A pool describes an image as of the last refresh. */
  @Test
  void backingImageOfTheHeader_precedesThatOfThePool() {
    OtherDomain described = other("", Map.of(CLONE, List.of(OLD)));

    assertEquals(Set.of(OLD), graph(described, ImageReadings.NONE).beneath(CLONE));
    assertEquals(Set.of(GOLDEN), graph(described, READ).beneath(CLONE));
  }

  @Test
  void backingImageOfTheDefinition_isUsedBesideThatOfTheHeader() {
    OtherDomain stated =
        other("<backingStore><source file='" + OLD + "'/></backingStore>", Map.of());

    assertEquals(Set.of(OLD, GOLDEN), graph(stated, READ).beneath(CLONE));
  }
}
