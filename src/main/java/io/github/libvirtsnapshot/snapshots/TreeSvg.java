package io.github.libvirtsnapshot.snapshots;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Ascii;
import com.google.common.base.Joiner;
import com.google.common.collect.Lists;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Markup;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Draws a tree of snapshots as an SVG, with one row for each snapshot. The child with the most
 * snapshots below it continues in the column of its parent and is drawn last, and the other
 * children are one column to the right. So a chain of any length takes one column, and no tree
 * takes more columns than the binary logarithm of its size.
 */
final class TreeSvg {
  private static final int LONGEST_NAME = 60;
  private static final int ROW = 24;
  private static final int COLUMN = 22;
  private static final int MARGIN = 20;
  private static final int EMPTY = 100;
  private static final int FONT = 13;
  private static final int RADIUS = 5;
  private static final int CURRENT_RADIUS = 7;
  private static final int TEXT_GAP = 14;
  private static final int TEXT_DROP = 4;
  private static final int NOTES_GAP = 12;

  /** The maximum width of an ASCII character of the monospaced font, in pixels. */
  private static final int CHARACTER = 8;

  private static final String NOTES_COLOR = "#59636e";

  /** A viewer that applies no style sheet uses the colors of the attributes, on white. */
  private static final String STYLE =
      """

      .snapshots { color-scheme: light dark; }
      @media (prefers-color-scheme: dark) {
        .snapshots .paper { fill: #14171a; }
        .snapshots .name { fill: #e8eaed; }
        .snapshots .notes { fill: #a5adb8; }
        .snapshots .line { stroke: #77818c; }
        .snapshots .node { fill: #14171a; stroke: #a5adb8; }
        .snapshots .current { fill: #62a4e0; stroke: #62a4e0; }
      }
      """;

  private record Placed(SnapshotDetails snapshot, int row, int column) {
    int x() {
      return MARGIN + column * COLUMN;
    }

    int y() {
      return MARGIN + row * ROW;
    }

    boolean isCurrent() {
      return snapshot.current().equals(Optional.of(true));
    }

    String name() {
      return LogEscaper.truncate(LogEscaper.escape(snapshot.name()), LONGEST_NAME, "…");
    }

    String notes() {
      List<String> notes = new ArrayList<>();
      snapshot.state().map(TreeText::stateWords).ifPresent(notes::add);
      snapshot.taken().map(Instant::toString).ifPresent(notes::add);
      if (isCurrent()) {
        notes.add("current");
      }
      return LogEscaper.escape(Joiner.on(", ").join(notes));
    }

    /** Returns the end of the texts; a character that is not ASCII may take twice the width. */
    int right() {
      int characters = (name() + notes()).codePoints().map(each -> each <= Ascii.MAX ? 1 : 2).sum();
      return x() + TEXT_GAP + characters * CHARACTER + NOTES_GAP;
    }
  }

  private final SnapshotTree tree;
  private final Map<String, Integer> sizes = new HashMap<>();
  private final Map<String, Integer> columns = new HashMap<>();

  /** The snapshots by name, from the first row to the last. */
  private final Map<String, Placed> rows = new LinkedHashMap<>();

  private final Markup svg = new Markup("");

  TreeSvg(SnapshotTree tree) {
    this.tree = tree;
    measure();
    place();
    draw();
  }

  /** Counts each snapshot and the snapshots below it. */
  private void measure() {
    for (SnapshotDetails snapshot : Lists.reverse(tree.stream().toList())) {
      int size = sizes.merge(snapshot.name(), 1, Integer::sum);
      tree.parent(snapshot.name())
          .ifPresent(parent -> sizes.merge(parent.name(), size, Integer::sum));
    }
  }

  private void place() {
    Deque<SnapshotDetails> next = new ArrayDeque<>(tree.roots());
    while (!next.isEmpty()) {
      SnapshotDetails snapshot = next.pop();
      int column = columns.getOrDefault(snapshot.name(), 0);
      rows.put(snapshot.name(), new Placed(snapshot, rows.size(), column));
      int columnOfChild = column;
      for (SnapshotDetails child : largestFirst(tree.children(snapshot.name()))) {
        columns.put(child.name(), columnOfChild);
        next.push(child);
        columnOfChild = column + 1;
      }
    }
  }

  private List<SnapshotDetails> largestFirst(List<SnapshotDetails> children) {
    return Lists.reverse(
        children.stream()
            .sorted(Comparator.comparing(child -> requireNonNull(sizes.get(child.name()))))
            .toList());
  }

  private void draw() {
    int width = MARGIN + rows.values().stream().mapToInt(Placed::right).max().orElse(EMPTY);
    int height = 2 * MARGIN + Math.max(0, rows.size() - 1) * ROW;
    svg.open("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("class", "snapshots")
        .with("width", width)
        .with("height", height)
        .with("viewBox", "0 0 " + width + " " + height)
        .with("font-family", "monospace")
        .with("font-size", FONT)
        .element("title", "Snapshots of a domain")
        .element("desc", description())
        .style(STYLE)
        .open("rect")
        .with("class", "paper")
        .with("width", "100%")
        .with("height", "100%")
        .with("fill", "#ffffff")
        .closeEmpty();
    rows.values().forEach(this::drawLine);
    rows.values().forEach(this::drawSnapshot);
    if (rows.isEmpty()) {
      svg.open("text")
          .with("class", "notes")
          .with("fill", NOTES_COLOR)
          .with("x", MARGIN)
          .with("y", MARGIN + TEXT_DROP)
          .text("no snapshots")
          .close();
    }
    svg.newLine().close().newLine();
  }

  private String description() {
    return tree.size()
        + (tree.size() == 1 ? " snapshot" : " snapshots")
        + tree.current()
            .map(current -> "; the current snapshot is " + LogEscaper.quote(current.name()))
            .orElse("");
  }

  /** Draws the line from the parent: down in its column, then to the right. */
  private void drawLine(Placed row) {
    tree.parent(row.snapshot().name())
        .map(parent -> requireNonNull(rows.get(parent.name())))
        .ifPresent(
            parent ->
                svg.newLine()
                    .open("path")
                    .with("class", "line")
                    .with("d", "M" + parent.x() + " " + parent.y() + "V" + row.y() + "H" + row.x())
                    .with("fill", "none")
                    .with("stroke", "#6e7781")
                    .closeEmpty());
  }

  private void drawSnapshot(Placed row) {
    svg.newLine()
        .open("g")
        .element("title", LogEscaper.escape(row.snapshot().name()))
        .open("circle")
        .with("class", row.isCurrent() ? "current" : "node")
        .with("cx", row.x())
        .with("cy", row.y())
        .with("r", row.isCurrent() ? CURRENT_RADIUS : RADIUS)
        .with("fill", row.isCurrent() ? "#0969da" : "#ffffff")
        .with("stroke", row.isCurrent() ? "#0969da" : "#59636e")
        .with("stroke-width", 2)
        .closeEmpty()
        .open("text")
        .with("x", row.x() + TEXT_GAP)
        .with("y", row.y() + TEXT_DROP)
        .open("tspan")
        .with("class", "name")
        .with("fill", "#1f2328")
        .with("unicode-bidi", "isolate")
        .with("font-weight", row.isCurrent() ? "bold" : "normal")
        .text(row.name())
        .close()
        .open("tspan")
        .with("class", "notes")
        .with("fill", NOTES_COLOR)
        .with("dx", NOTES_GAP)
        .text(row.notes())
        .close()
        .close()
        .close();
  }

  @Override
  public String toString() {
    return svg.toString();
  }
}
