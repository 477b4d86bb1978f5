package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Domain;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What of a host is wanted.
 *
 * @param domains their names; empty where they are chosen
 * @param choice which of all that the host has, but for those that are named
 */
record Wanted(String uri, List<String> domains, Optional<Predicate<Domain>> choice) {}
