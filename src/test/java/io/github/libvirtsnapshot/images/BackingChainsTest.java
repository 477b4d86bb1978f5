package io.github.libvirtsnapshot.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackingChainsTest {
  private static final ImageReading STANDALONE =
      SampleQcow2.reading(SampleQcow2.image(List.of(), List.of()));

  private static ImageReading on(String backing) {
    return SampleQcow2.reading(Optional.of(backing), SampleQcow2.image(List.of(), List.of()));
  }

  private static Optional<String> hash(String type, Map<String, ImageReading> read) {
    List<Disk> disks =
        Disk.of(
            XmlNode.parse(
                """
                <domain><devices><disk type='%s' device='disk'><driver type='qcow2'/>
                <source file='/srv/web01.qcow2'/><target dev='vda'/></disk></devices></domain>
                """
                    .formatted(type)));
    return BackingChains.hashes(disks, new ImageReadings(read, Map.of(), Set.of()));
  }

  @Test
  void hash_backingImageIsAnother_differs() {
    Optional<String> onGolden =
        hash("file", Map.of("/srv/web01.qcow2", on("/srv/golden"), "/srv/golden", STANDALONE));
    assertEquals(16, onGolden.orElseThrow().length());
    assertEquals(
        onGolden,
        hash("file", Map.of("/srv/web01.qcow2", on("/srv/golden"), "/srv/golden", STANDALONE)));
    assertNotEquals(onGolden, hash("file", Map.of("/srv/web01.qcow2", STANDALONE)));
    assertNotEquals(
        onGolden,
        hash("file", Map.of("/srv/web01.qcow2", on("/srv/other"), "/srv/other", STANDALONE)));
    assertNotEquals(
        onGolden,
        hash(
            "file",
            Map.of(
                "/srv/web01.qcow2",
                on("/srv/golden"),
                "/srv/golden",
                on("/srv/base"),
                "/srv/base",
                STANDALONE)));
  }

  @Test
  void hash_imageWasNotRead_isEmpty() {
    assertEquals(Optional.empty(), hash("file", Map.of()));
    assertEquals(Optional.empty(), hash("file", Map.of("/srv/web01.qcow2", on("/srv/golden"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"block", "volume"})
  void hash_diskIsNoFile_isThatOfTheSameImage(String type) {
    Map<String, ImageReading> read = Map.of("/srv/web01.qcow2", STANDALONE);
    assertEquals(hash("file", read).orElseThrow(), hash(type, read).orElseThrow());
  }

  private static final List<Disk> TWO_DISKS =
      Disk.of(
          XmlNode.parse(
              """
              <domain><devices>
              <disk><source file='/srv/data.qcow2'/><target dev='vdb'/></disk>
              <disk><source file='/srv/web01.qcow2'/><target dev='vda'/></disk>
              </devices></domain>
              """));

  private static ImageReadings readings(Map<String, ImageReading> read) {
    return new ImageReadings(read, Map.of(), Set.of());
  }

  private static List<String> changed(String then, Map<String, ImageReading> read) {
    return TWO_DISKS.stream()
        .filter(disk -> BackingChains.hasChanged(disk, then, TWO_DISKS, readings(read)))
        .map(Disk::target)
        .toList();
  }

  @Test
  void hasChanged_oneDiskHasAnotherBackingImage_isTrueForThatDisk() {
    Map<String, ImageReading> before =
        Map.of(
            "/srv/web01.qcow2", on("/srv/golden"),
            "/srv/data.qcow2", on("/srv/golden"),
            "/srv/golden", STANDALONE);
    Map<String, ImageReading> pulled =
        Map.of(
            "/srv/web01.qcow2", on("/srv/golden"),
            "/srv/data.qcow2", STANDALONE,
            "/srv/golden", STANDALONE);
    String then = BackingChains.hashes(TWO_DISKS, readings(before)).orElseThrow();

    assertEquals(List.of(), changed(then, before));
    assertEquals(List.of("vdb"), changed(then, pulled));
    assertEquals(List.of(), changed(then + " unread", pulled));
  }

  @Test
  void hasChanged_imageWasNotReadThenOrIsNotNow_isFalseForThatDisk() {
    Map<String, ImageReading> dataOnly = Map.of("/srv/data.qcow2", STANDALONE);
    String then = BackingChains.hashes(TWO_DISKS, readings(dataOnly)).orElseThrow();
    assertTrue(then.startsWith("unread "), then);

    Map<String, ImageReading> moved =
        Map.of(
            "/srv/web01.qcow2", STANDALONE,
            "/srv/data.qcow2", on("/srv/golden"),
            "/srv/golden", STANDALONE);
    assertEquals(List.of("vdb"), changed(then, moved));
    assertEquals(List.of(), changed(then, Map.of("/srv/web01.qcow2", STANDALONE)));
  }
}
