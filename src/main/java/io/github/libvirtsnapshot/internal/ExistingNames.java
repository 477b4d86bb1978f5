package io.github.libvirtsnapshot.internal;

import java.util.Collection;
import java.util.stream.Collectors;

/**
 * Lists what exists, sorted and on one line, in the message about a name that was not found. Only
 * the first 10 names are listed; the number of the others follows.
 */
public final class ExistingNames {
  private static final int MAX_NAMES = 10;

  private ExistingNames() {}

  /** Lists the snapshots of a domain, as in {@code the snapshots are "a", "b"}. */
  public static String ofSnapshots(Collection<String> names) {
    return names.isEmpty() ? "the domain has no snapshots" : "the snapshots are " + quoted(names);
  }

  /** Lists the domains of a connection, as in {@code the domains are "a", "b"}. */
  public static String ofDomains(Collection<String> names) {
    return names.isEmpty() ? "there are no domains" : "the domains are " + quoted(names);
  }

  /** Lists names, as in {@code "a", "b"}; {@code none} if there are none. */
  public static String quoted(Collection<String> names) {
    String first =
        names.stream()
            .sorted()
            .limit(MAX_NAMES)
            .map(LogEscaper::quote)
            .collect(Collectors.joining(", "));
    int more = names.size() - MAX_NAMES;
    return names.isEmpty() ? "none" : first + (more > 0 ? " and " + more + " more" : "");
  }
}
