package io.github.libvirtsnapshot.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which of many domains have an image in common with one. */
class OtherDomainTest {
  /** Describes a domain with a disk, and the images beneath it. */
  private static String definition(String... images) {
    StringBuilder chain = new StringBuilder();
    for (String image : images) {
      chain.append("<source file='").append(image).append("'/><backingStore>");
    }
    return "<domain id='1'><devices><disk type='file'>"
        + chain
        + "</backingStore>".repeat(images.length)
        + "<target dev='vda'/></disk><disk device='cdrom'><target dev='sda'/></disk></devices>"
        + "</domain>";
  }

  private static List<String> related(String image, Map<String, String> definitions) {
    return relatedTo(Set.of(image), definitions).stream().map(OtherDomain::name).toList();
  }

  private static List<OtherDomain> relatedTo(Set<String> images, Map<String, String> definitions) {
    return OtherDomain.relatedTo(
        images,
        definitions,
        (name, unreadable) -> {
          throw unreadable;
        });
  }

  @Test
  void thoseThatShareNothingAreLeftOutUnread() {
    assertEquals(
        List.of("same", "above"),
        related(
            "/a",
            ImmutableMap.of(
                "broken",
                "<domain",
                "same",
                definition("/a"),
                "other",
                definition("/b"),
                "above",
                definition("/c", "/a"))));
  }

  @Test
  void oneThatCanNotBeReadIsToldOfAndTheOthersAreRead() {
    List<String> unreadable = new ArrayList<>();

    List<OtherDomain> related =
        OtherDomain.relatedTo(
            Set.of("/a"),
            ImmutableMap.of("broken", "<domain file='/a'", "same", definition("/a")),
            (name, e) -> unreadable.add(name));

    assertEquals(List.of("same"), related.stream().map(OtherDomain::name).toList());
    assertEquals(List.of("broken"), unreadable);
  }

  @Test
  void oneIsRelatedThroughAnother() {
    assertEquals(
        List.of("second", "first", "third"),
        related(
            "/a",
            ImmutableMap.of(
                "first",
                definition("/c", "/b"),
                "second",
                definition("/b", "/a"),
                "third",
                definition("/c"))));
  }

  @Test
  void aNameThatXmlEscapesIsReadEverywhere() {
    assertEquals(
        List.of("escaped", "other"),
        related(
            "/a&b", ImmutableMap.of("escaped", definition("/a&#38;b"), "other", definition("/c"))));
  }

  @Test
  void nothingIsRelatedToNothing() {
    assertEquals(List.of(), relatedTo(Set.of(), ImmutableMap.of("a", definition("/a"))));
  }

  @Test
  void whatIsReadIsWhole() {
    OtherDomain other =
        relatedTo(Set.of("/a"), ImmutableMap.of("web", definition("/b", "/a"))).get(0);
    assertEquals("web", other.name());
    assertEquals(true, other.active());
    assertEquals("/b", other.disks().get(0).image());
    assertEquals(List.of("/a"), other.disks().get(0).beneath());
  }
}
