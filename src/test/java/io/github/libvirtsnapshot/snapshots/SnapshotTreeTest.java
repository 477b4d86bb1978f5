package io.github.libvirtsnapshot.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.xml.XmlEscapers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTreeTest {
  private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
  private static final int MINUTE = 60;
  private static final int HOUR = 3_600;
  private static final int DAY = 86_400;

  private static SnapshotDetails snapshot(String name, String parent, String state, long age) {
    SnapshotDetails xml =
        SnapshotDetails.parse(
            "<domainsnapshot><state>%s</state><creationTime>%d</creationTime></domainsnapshot>"
                .formatted(
                    XmlEscapers.xmlContentEscaper().escape(state), NOON.getEpochSecond() - age));
    SnapshotDetails named =
        SnapshotDetails.named(name, Optional.ofNullable(parent), name.equals("patched"));
    return new SnapshotDetails(
        named.name(),
        Optional.empty(),
        xml.state(),
        xml.creationTime(),
        named.parent(),
        xml.memory(),
        xml.disks(),
        false,
        named.current(),
        Optional.of(true));
  }

  private static SnapshotTree tree(SnapshotDetails... listed) {
    return new SnapshotTree(List.of(listed), NOON);
  }

  /** Two roots, listed in another order than the snapshots were taken in. */
  private static final SnapshotTree TREE =
      tree(
          snapshot("other", null, "disk-snapshot", 0),
          snapshot("base", null, "shutoff", 400L * DAY),
          snapshot("db", "base", "paused", 30 * HOUR),
          snapshot("web", "base", "running", 50 * HOUR),
          snapshot("patched", "web", "running", 5 * MINUTE));

  private static List<String> names(List<SnapshotDetails> snapshots) {
    return snapshots.stream().map(SnapshotDetails::name).toList();
  }

  @Test
  void childrenAndParentsAreFound() {
    assertEquals(5, TREE.size());
    assertEquals(List.of("base", "other"), names(TREE.roots()));
    assertEquals(List.of("web", "db"), names(TREE.children("base")));
    assertEquals(List.of(), TREE.children("db"));
    assertEquals("web", TREE.parent("patched").orElseThrow().name());
    assertEquals(Optional.empty(), TREE.parent("base"));
    assertEquals("patched", TREE.current().orElseThrow().name());
    assertEquals(Optional.of(SnapshotState.PAUSED), TREE.find("db").orElseThrow().state());
    assertEquals(Optional.empty(), TREE.find("gone"));
    assertEquals(List.of("base", "web", "patched", "db", "other"), names(TREE.stream().toList()));
  }

  @Test
  void pathLeadsThroughNearestCommonAncestor() {
    assertEquals(List.of("patched", "web", "base", "db"), names(TREE.path("patched", "db")));
    assertEquals(List.of("patched", "web"), names(TREE.path("patched", "web")));
    assertEquals(List.of("base", "web", "patched"), names(TREE.path("base", "patched")));
    assertEquals(List.of("db"), names(TREE.path("db", "db")));
    assertEquals(List.of(), TREE.path("db", "other"));
  }

  @Test
  void missingSnapshotIsNamedInException() {
    assertEquals(
        "there is no snapshot \"a\\nb\"; the snapshots are \"base\", \"db\", \"other\","
            + " \"patched\", \"web\"",
        assertThrows(IllegalArgumentException.class, () -> TREE.children("a\nb")).getMessage());
    assertThrows(IllegalArgumentException.class, () -> TREE.parent("gone"));
    assertThrows(IllegalArgumentException.class, () -> TREE.path("gone", "db"));
    assertThrows(IllegalArgumentException.class, () -> TREE.path("db", "gone"));
    assertThrows(NullPointerException.class, () -> TREE.find(null));
  }

  @Test
  void textShowsTree() {
    assertEquals(
        """
        base (shut off, 400 days ago)
        ├── web (running, 2 days ago)
        │   └── patched (running, 5 min ago, current)
        └── db (paused, 1 day ago)
        other (disks only, just now)\
        """,
        TREE.toString());
    assertEquals("no snapshots", tree().toString());
  }

  @Test
  void pageShowsTextAndPicture() throws IOException {
    String page = Files.readString(Path.of("docs/snapshot-trees.md"));

    assertTrue(page.contains("```\n" + TREE + "\n```"));
    assertTrue(page.contains("```mermaid\n" + TREE.toMermaid() + "```"));
    assertTrue(page.contains("](snapshot-tree.svg)"));
    assertEquals(Files.readString(Path.of("docs/snapshot-tree.svg")), TREE.toSvg());
  }

  @Test
  void textShowsAge() {
    assertEquals(
        "clean-install (running, just now)",
        tree(snapshot("clean-install", null, "running", -30)).toString());
    assertEquals(
        "clean-install (running, in the future)",
        tree(snapshot("clean-install", null, "running", -2 * HOUR)).toString());
    assertEquals(
        "clean-install (running, 3 h ago)",
        tree(snapshot("clean-install", null, "running", 3 * HOUR + 1)).toString());
    assertEquals(
        "clean-install (running, 3 years ago)",
        tree(snapshot("clean-install", null, "running", 1100L * DAY)).toString());
  }

  @Test
  void treeOfNamesShowsNamesOnly() {
    SnapshotTree names =
        tree(
            SnapshotDetails.named("base", Optional.empty(), false),
            SnapshotDetails.named("web", Optional.of("base"), true));

    assertEquals("base\n└── web (current)", names.toString());
    assertEquals(
        """
        flowchart TD
          s0["base"]
          s1["web"]
          s0 --> s1
          style s1 stroke-width:4px
        """,
        names.toMermaid());
  }

  @Test
  void mermaidShowsFlowchart() {
    assertEquals(
        """
        flowchart TD
          s0["base<br/>shut off"]
          s1["web<br/>running"]
          s0 --> s1
          s2["patched<br/>running"]
          s1 --> s2
          style s2 stroke-width:4px
          s3["db<br/>paused"]
          s0 --> s3
          s4["other<br/>disks only"]
        """,
        TREE.toMermaid());
    assertEquals("flowchart TD\n  none[\"no snapshots\"]\n", tree().toMermaid());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "clean-install (running, just now, current)",
        "a\nflowchart TD\n  s9[x]",
        "\"]; click s0 call alert()",
        "#quot;]",
        "<img src=x onerror=alert(1)>",
        "%%{init: {}}%%",
        "`**bold**`",
        "└── forged",
        "\u202e rtl",
        "a\rb",
        "end",
        "1. list",
        "- x",
        "a-b.c_d",
        " ",
        "\ud83d\ude00 \u00e9",
      })
  void specialCharactersInNamesAreEscaped(String name) {
    SnapshotTree tree =
        tree(snapshot(name, null, "running", 0), snapshot("before-update", name, name, 0));

    List<String> lines = Splitter.on('\n').splitToList(tree.toString());
    assertEquals(2, lines.size(), tree.toString());
    assertTrue(
        lines.get(0).matches("(\"([^\"\\\\]|\\\\.)*\"|end|a-b.c_d) \\(running, just now\\)"),
        lines.get(0));
    List<String> chart = Splitter.on('\n').splitToList(tree.toMermaid().strip());
    assertEquals(4, chart.size(), tree.toMermaid());
    assertTrue(
        chart.get(1).matches("  s0\\[\"(\\w+([-.]\\w+)*|[\\p{L} ]|#\\d+;)*<br/>running\"]"),
        chart.get(1));
  }

  @Test
  void longNameIsTruncatedInMermaidOnly() {
    String name = "x".repeat(5_000);
    SnapshotTree tree = tree(snapshot(name, null, "running", 0));

    assertTrue(tree.toString().startsWith(name));
    assertTrue(tree.toMermaid().length() < 200);
  }

  @Test
  void cycleIsCut() {
    SnapshotTree tree =
        tree(
            snapshot("clean-install", "before-update", "running", 0),
            snapshot("before-update", "clean-install", "running", 0));

    assertEquals(List.of("clean-install"), names(tree.roots()));
    assertEquals(List.of("clean-install", "before-update"), names(tree.stream().toList()));
    assertEquals(List.of("gone"), names(tree(snapshot("gone", "gone", "x", 0)).roots()));
  }

  @Test
  void cycleIsCutAtASnapshotOfTheCycle() {
    List<SnapshotDetails> listed = new ArrayList<>();
    IntStream.range(0, 100_000)
        .forEach(i -> listed.add(snapshot("leaf" + i, "clean-install", "x", 0)));
    listed.add(snapshot("clean-install", "before-update", "x", 0));
    listed.add(snapshot("before-update", "clean-install", "x", 0));

    SnapshotTree tree = new SnapshotTree(listed, NOON);

    assertEquals(List.of("clean-install"), names(tree.roots()));
    assertEquals(100_001, tree.children("clean-install").size());
  }

  /** The thread's stack is much too small for one nested call per snapshot. */
  @Test
  @Timeout(60)
  void deepTreeDoesNotOverflowTheStack() throws InterruptedException {
    int length = 100_000;
    List<SnapshotDetails> chain = new ArrayList<>();
    IntStream.range(0, length)
        .forEach(i -> chain.add(snapshot("s" + i, i == 0 ? null : "s" + (i - 1), "x", 0)));
    SnapshotTree tree = new SnapshotTree(chain, NOON);
    List<Integer> lengths = new ArrayList<>();
    Thread small =
        new Thread(
            null,
            () -> {
              lengths.add(tree.path("s0", "s" + (length - 1)).size());
              lengths.add(CharMatcher.is('\n').countIn(tree.toString()) + 1);
              lengths.add(CharMatcher.is('[').countIn(tree.toMermaid()));
            },
            "small stack",
            200_000);
    small.start();
    small.join();

    assertEquals(List.of(length, length, length), lengths);
  }

  @Test
  void unknownStateIsShownAsUnknown() {
    SnapshotTree tree = tree(snapshot("clean-install", null, "a.".repeat(100_000), 0));

    assertTrue(tree.toMermaid().contains("clean-install<br/>unknown"), tree.toMermaid());
    assertEquals("clean-install (unknown, just now)", tree.toString());
  }

  /** Unicode classifies these characters as letters, but they have no glyph. */
  @ParameterizedTest
  @ValueSource(strings = {"\u115f", "\u1160", "\u3164", "\uffa0"})
  void invisibleLetterInNameIsEscaped(String letter) {
    SnapshotTree tree = tree(snapshot("gold" + letter + "en", null, "x", 0));

    String escaped = "\"gold\\u%04xen\"".formatted((int) letter.charAt(0));
    assertTrue(tree.toString().contains(escaped), tree.toString());
    assertFalse(tree.toMermaid().contains(letter), tree.toMermaid());
    assertFalse(tree.toSvg().contains(letter), tree.toSvg());
  }

  @Test
  void surrogatePairIsNotSplitInMermaid() {
    String name = "x".repeat(58) + "\ud83d\ude00 and more";

    String mermaid = tree(snapshot(name, null, "x", 0)).toMermaid();

    assertTrue(mermaid.contains("x".repeat(58) + "#8230;<br/>"), mermaid);
  }

  @Test
  void siblingsOfTheSameSecondAreSortedByName() {
    SnapshotTree tree =
        tree(
            snapshot("base", null, "running", 5),
            snapshot("web", "base", "running", 0),
            snapshot("db", "base", "paused", 0));

    assertEquals(List.of("db", "web"), names(tree.children("base")));
  }

  @Test
  void orderOfListingDoesNotMatter() {
    List<SnapshotDetails> backwards = new ArrayList<>(TREE.stream().toList());
    Collections.reverse(backwards);

    assertEquals(TREE.toString(), new SnapshotTree(backwards, NOON).toString());
  }

  @Test
  void treesOfEqualSnapshotsAreEqual() {
    SnapshotTree same = new SnapshotTree(TREE.stream().toList(), NOON.plusSeconds(9));

    assertEquals(TREE, same);
    assertEquals(TREE.hashCode(), same.hashCode());
    assertNotEquals(TREE, tree());
    assertFalse(TREE.equals(null));
  }

  @Test
  @Timeout(30)
  void longChainTakesLinearTimeAndText() {
    int length = 10_000;
    List<SnapshotDetails> chain = new ArrayList<>();
    IntStream.range(0, length)
        .forEach(i -> chain.add(snapshot("s" + i, i == 0 ? null : "s" + (i - 1), "running", 0)));
    SnapshotTree tree = new SnapshotTree(chain, NOON);

    assertEquals(length, tree.stream().count());
    assertEquals(length, tree.path("s0", "s" + (length - 1)).size());
    String text = tree.toString();
    assertEquals(length - 1, CharMatcher.is('\n').countIn(text));
    assertTrue(text.length() < 200 * length, "the text grows with the square of the length");
    assertEquals(2 * length, CharMatcher.is('\n').countIn(tree.toMermaid()));
    assertEquals(2 * length + 1, CharMatcher.is('\n').countIn(withoutStyle(tree.toSvg())));
  }

  private static String withoutStyle(String svg) {
    return svg.substring(svg.indexOf("</style>"));
  }

  @Test
  @Timeout(30)
  void manyChildrenTakeLinearTime() {
    int width = 10_000;
    List<SnapshotDetails> fan = new ArrayList<>();
    fan.add(snapshot("root", null, "running", 0));
    IntStream.range(0, width).forEach(i -> fan.add(snapshot("s" + i, "root", "running", i)));
    SnapshotTree tree = new SnapshotTree(fan, NOON);

    assertEquals("s" + (width - 1), tree.children("root").get(0).name());
    assertTrue(tree.toString().endsWith("\n└── s0 (running, just now)"));
  }
}
