package io.github.libvirtsnapshot.snapshots;

import com.google.common.base.Ascii;
import io.github.libvirtsnapshot.LogText;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes a tree of snapshots as a flowchart in the language of Mermaid. */
final class TreeMermaid {
  private static final int LONGEST_NAME = 60;

  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}]+([-._][\\p{L}\\p{N}]+)*| ");

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
    String name = text(Ascii.truncate(LogText.escape(snapshot.name()), LONGEST_NAME, "…"));
    return snapshot.state().isEmpty()
        ? name
        : name + "<br/>" + text(TreeText.stateWords(snapshot.state()));
  }

  /** Writes all but words and blanks as numbers, which Mermaid takes in a text. */
  private static String text(String text) {
    StringBuilder escaped = new StringBuilder();
    Matcher plain = PLAIN.matcher(text);
    int done = 0;
    while (plain.find()) {
      escaped.append(numbers(text.substring(done, plain.start()))).append(plain.group());
      done = plain.end();
    }
    return escaped.append(numbers(text.substring(done))).toString();
  }

  private static String numbers(String special) {
    return special
        .codePoints()
        .mapToObj(character -> "#" + character + ";")
        .collect(Collectors.joining());
  }

  @Override
  public String toString() {
    return chart.toString();
  }
}
