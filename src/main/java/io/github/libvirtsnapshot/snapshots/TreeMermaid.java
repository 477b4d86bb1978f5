package io.github.libvirtsnapshot.snapshots;

import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Formats a tree of snapshots as a Mermaid flowchart. */
final class TreeMermaid {
  private static final int LONGEST_NAME = 60;

  private static final String JOINTS = "-._";

  private final SnapshotTree tree;
  private final Map<String, Integer> numbers = new HashMap<>();
  private final StringBuilder chart = new StringBuilder("flowchart TD\n");

  TreeMermaid(SnapshotTree tree) {
    this.tree = tree;
    if (tree.size() == 0) {
      chart.append("  none[\"no snapshots\"]\n");
    }
    tree.stream().forEach(this::add);
  }

  private void add(SnapshotDetails snapshot) {
    int number = numbers.size();
    numbers.put(snapshot.name(), number);
    chart.append("  s").append(number).append("[\"").append(label(snapshot)).append("\"]\n");
    tree.parent(snapshot.name())
        .ifPresent(
            parent ->
                chart
                    .append("  s")
                    .append(numbers.get(parent.name()))
                    .append(" --> s")
                    .append(number)
                    .append('\n'));
    if (snapshot.current().equals(Optional.of(true))) {
      chart.append("  style s").append(number).append(" stroke-width:4px\n");
    }
  }

  private static String label(SnapshotDetails snapshot) {
    String name = text(LogEscaper.truncate(LogEscaper.escape(snapshot.name()), LONGEST_NAME, "…"));
    return snapshot
        .state()
        .map(state -> name + "<br/>" + text(TreeText.stateWords(state)))
        .orElse(name);
  }

  /** Escapes all characters but letters, digits, spaces and joints with Mermaid's numeric codes. */
  private static String text(String text) {
    int[] characters = text.codePoints().toArray();
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < characters.length; i++) {
      if (isPlain(characters, i)) {
        escaped.appendCodePoint(characters[i]);
      } else {
        escaped.append('#').append(characters[i]).append(';');
      }
    }
    return escaped.toString();
  }

  /** A joint is plain only between letters or digits. */
  private static boolean isPlain(int[] characters, int index) {
    int character = characters[index];
    return character == ' '
        || Character.isLetterOrDigit(character)
        || (JOINTS.indexOf(character) >= 0
            && index > 0
            && index + 1 < characters.length
            && Character.isLetterOrDigit(characters[index - 1])
            && Character.isLetterOrDigit(characters[index + 1]));
  }

  @Override
  public String toString() {
    return chart.toString();
  }
}
