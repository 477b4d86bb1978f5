package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Domain;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The domains requested on one host: by their names, or by a condition.
 *
 * @param domains the names; empty where there is a condition
 * @param condition selects among all domains of the host, except those that are named elsewhere
 */
record HostSelection(String uri, List<String> domains, Optional<Predicate<Domain>> condition) {
  /** Returns a selection without these domains. */
  HostSelection except(List<String> names) {
    return new HostSelection(
        uri,
        domains,
        condition.map(test -> domain -> !names.contains(domain.getName()) && test.test(domain)));
  }
}
