package io.github.libvirtsnapshot.snapshots;

import static io.github.libvirtsnapshot.XmlDocuments.elements;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.XmlDocuments;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The picture of a tree; its colors and its text in a browser are in docs/snapshot-trees.md. */
class TreeSvgTest {
  private static SnapshotDetails snapshot(String name, String parent) {
    return SnapshotDetails.named(name, Optional.ofNullable(parent), name.equals("current"));
  }

  private static Document picture(List<SnapshotDetails> listed) throws Exception {
    return XmlDocuments.parse(new SnapshotTree(listed, Instant.EPOCH).toSvg());
  }

  /** Returns the columns of the snapshots, from the first row to the last. */
  private static List<Integer> columns(Document picture) {
    List<Element> circles = elements(picture, "circle").toList();
    for (int row = 0; row < circles.size(); row++) {
      assertEquals(20 + 24 * row, Integer.parseInt(circles.get(row).getAttribute("cy")));
    }
    return circles.stream()
        .map(circle -> (Integer.parseInt(circle.getAttribute("cx")) - 20) / 22)
        .toList();
  }

  private static List<String> names(Document picture) {
    return elements(picture, "tspan")
        .filter(text -> text.getAttribute("class").equals("name"))
        .map(Element::getTextContent)
        .toList();
  }

  @Test
  void largestBranchContinuesInTheColumnOfItsParent() throws Exception {
    Document picture =
        picture(
            List.of(
                snapshot("base", null),
                snapshot("web", "base"),
                snapshot("current", "web"),
                snapshot("db", "base"),
                snapshot("other", null)));

    assertEquals(List.of("base", "db", "web", "current", "other"), names(picture));
    assertEquals(List.of(0, 1, 0, 0, 0), columns(picture));
    assertEquals(
        List.of("M20 20V44H42", "M20 20V68H20", "M20 68V92H20"),
        elements(picture, "path").map(path -> path.getAttribute("d")).toList());
    assertEquals(
        List.of("5 snapshots; the current snapshot is \"current\""),
        elements(picture, "desc").map(Element::getTextContent).toList());
  }

  @Test
  void onlyTheCurrentSnapshotIsMarked() throws Exception {
    Document picture = picture(List.of(snapshot("base", null), snapshot("current", "base")));

    assertEquals(
        List.of("node", "current"),
        elements(picture, "circle").map(circle -> circle.getAttribute("class")).toList());
    assertEquals(
        List.of("normal", "bold"),
        elements(picture, "tspan")
            .filter(text -> text.getAttribute("class").equals("name"))
            .map(text -> text.getAttribute("font-weight"))
            .toList());
  }

  @Test
  void chainTakesOneColumn() throws Exception {
    List<SnapshotDetails> chain =
        IntStream.range(0, 300)
            .mapToObj(i -> snapshot("s" + i, i == 0 ? null : "s" + (i - 1)))
            .toList();

    assertEquals(Set.of(0), Set.copyOf(columns(picture(chain))));
  }

  /** Each snapshot has a short branch that is older than its long one. */
  @Test
  void shortBranchesTakeOneMoreColumn() throws Exception {
    List<SnapshotDetails> comb = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      comb.add(snapshot("s" + i, i == 0 ? null : "s" + (i - 1)));
      comb.add(snapshot("a" + i, "s" + i));
    }

    assertEquals(Set.of(0, 1), Set.copyOf(columns(picture(comb))));
  }

  @Test
  void columnsAreAtMostTheLogarithmOfTheSize() throws Exception {
    List<SnapshotDetails> binary =
        IntStream.range(0, 511)
            .mapToObj(i -> snapshot("s" + i, i == 0 ? null : "s" + (i - 1) / 2))
            .toList();

    assertEquals(
        IntStream.rangeClosed(0, 8).boxed().collect(Collectors.toSet()),
        Set.copyOf(columns(picture(binary))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "</text><script>alert(1)</script>",
        "\" onload=\"alert(1)",
        "]]>&amp;<!--",
        "\u202e rtl\0\u0085\ufffe",
        " ",
      })
  void nameIsTextOnly(String name) throws Exception {
    Document picture = picture(List.of(snapshot(name, null), snapshot("web", name)));

    assertEquals(List.of(LogEscaper.escape(name), "web"), names(picture));
    assertEquals(
        Set.of("svg", "title", "desc", "style", "rect", "path", "g", "circle", "text", "tspan"),
        elements(picture, "*").map(Element::getTagName).collect(Collectors.toSet()));
    assertTrue(
        elements(picture, "*").noneMatch(element -> element.hasAttribute("onload")),
        picture::toString);
  }

  @Test
  void longNameIsTruncatedExceptInTheTitle() throws Exception {
    String name = "x".repeat(5_000);
    Document picture = picture(List.of(snapshot(name, null)));

    assertEquals(List.of("x".repeat(59) + "…"), names(picture));
    assertTrue(elements(picture, "title").anyMatch(title -> title.getTextContent().equals(name)));
    int width = Integer.parseInt(picture.getDocumentElement().getAttribute("width"));
    assertTrue(width > 60 * 8 && width < 800, width + " pixels");
  }

  @Test
  void anyTimeIsShown() throws Exception {
    SnapshotDetails read =
        SnapshotDetails.parse(
            "<domainsnapshot><state>running</state><creationTime>9223372036854775807"
                + "</creationTime></domainsnapshot>");

    assertTrue(
        elements(picture(List.of(read)), "tspan")
            .anyMatch(
                text -> text.getTextContent().equals("running, +1000000000-12-31T23:59:59Z")));
  }

  @Test
  void emptyTreeSaysSo() throws Exception {
    Document picture = picture(List.of());

    assertEquals(
        List.of("no snapshots"), elements(picture, "text").map(Element::getTextContent).toList());
    assertFalse(elements(picture, "circle").findAny().isPresent());
  }
}
