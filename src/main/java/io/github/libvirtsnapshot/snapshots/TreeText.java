package io.github.libvirtsnapshot.snapshots;

import com.google.common.base.Joiner;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Formats a tree of snapshots as human-readable text. */
final class TreeText {
  /** The maximum indentation: without a limit, a chain of n snapshots would take n² characters. */
  private static final int DEEPEST = 32;

  private static final Pattern PLAIN = Pattern.compile("[\\p{L}\\p{N}._:@+-]+");

  private static final int DAYS_OF_A_YEAR = 365;

  private final SnapshotTree tree;
  private final Instant seen;

  TreeText(SnapshotTree tree, Instant seen) {
    this.tree = tree;
    this.seen = seen;
  }

  @Override
  public String toString() {
    return tree.size() == 0
        ? "no snapshots"
        : Joiner.on('\n').join(tree.stream().map(this::line).iterator());
  }

  private String line(SnapshotDetails snapshot) {
    return branches(snapshot) + name(snapshot.name()) + remarks(snapshot);
  }

  /** Returns the indentation of a snapshot, with the branch lines of its ancestors. */
  private String branches(SnapshotDetails snapshot) {
    List<String> columns = new ArrayList<>();
    SnapshotDetails below = snapshot;
    Optional<SnapshotDetails> above = tree.parent(below.name());
    while (above.isPresent() && columns.size() < DEEPEST) {
      boolean last = tree.isLastChild(below.name());
      columns.add(columns.isEmpty() ? (last ? "└── " : "├── ") : (last ? "    " : "│   "));
      below = above.get();
      above = tree.parent(below.name());
    }
    StringBuilder branches = new StringBuilder(above.isPresent() ? "… " : "");
    for (int i = columns.size() - 1; i >= 0; i--) {
      branches.append(columns.get(i));
    }
    return branches.toString();
  }

  private static String name(String name) {
    boolean isPlain = PLAIN.matcher(name).matches() && LogEscaper.escape(name).equals(name);
    return isPlain ? name : LogEscaper.quote(name);
  }

  private String remarks(SnapshotDetails snapshot) {
    List<String> remarks = new ArrayList<>();
    snapshot.state().map(TreeText::stateWords).ifPresent(remarks::add);
    snapshot.taken().ifPresent(taken -> remarks.add(age(Duration.between(taken, seen))));
    if (snapshot.current().equals(Optional.of(true))) {
      remarks.add("current");
    }
    return remarks.isEmpty() ? "" : " (" + Joiner.on(", ").join(remarks) + ")";
  }

  /** Returns the state in the words of virsh. */
  static String stateWords(SnapshotState state) {
    return switch (state) {
      case SHUTOFF -> "shut off";
      case DISK_SNAPSHOT -> "disks only";
      default -> state.word();
    };
  }

  /** An age of less than a minute in the future is "just now", as the host's clock may be ahead. */
  private static String age(Duration age) {
    if (age.toMinutes() < 0) {
      return "in the future";
    }
    if (age.toMinutes() == 0) {
      return "just now";
    }
    if (age.toHours() == 0) {
      return age.toMinutes() + " min ago";
    }
    if (age.toDays() == 0) {
      return age.toHours() + " h ago";
    }
    return age.toDays() < 2 * DAYS_OF_A_YEAR
        ? age.toDays() + (age.toDays() == 1 ? " day ago" : " days ago")
        : age.toDays() / DAYS_OF_A_YEAR + " years ago";
  }
}
