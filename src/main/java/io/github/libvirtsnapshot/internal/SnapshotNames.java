package io.github.libvirtsnapshot.internal;

import java.util.Collection;
import java.util.stream.Collectors;

/** Lists the snapshots of a domain in the message about a snapshot that was not found. */
public final class SnapshotNames {
  private static final int MAX_NAMES = 10;

  private SnapshotNames() {}

  /**
   * Returns the names on one line, sorted, as in {@code the snapshots are "a", "b"}. Only the first
   * 10 names are listed; the number of the others follows.
   */
  public static String list(Collection<String> names) {
    if (names.isEmpty()) {
      return "the domain has no snapshots";
    }
    String first =
        names.stream()
            .sorted()
            .limit(MAX_NAMES)
            .map(LogEscaper::quote)
            .collect(Collectors.joining(", "));
    int more = names.size() - MAX_NAMES;
    return "the snapshots are " + first + (more > 0 ? " and " + more + " more" : "");
  }
}
