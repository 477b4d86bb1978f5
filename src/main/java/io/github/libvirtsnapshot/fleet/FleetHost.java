package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A host of a run, with the domains that are wanted of it. */
final class Host<T> {
  /** One connection is opened first: a host that is down costs no more. */
  private static final int UNTIL_OPENED = 1;

  final String uri;
  final Turns.Lane lane = new Turns.Lane(UNTIL_OPENED);
  final HostConnections connections;

  private final Map<Wanted, List<Member<T>>> members = new LinkedHashMap<>();

  /** How much of it is not told yet. */
  private final AtomicInteger left = new AtomicInteger();

  Host(String uri, HostConnector connector) {
    this.uri = uri;
    this.connections = new HostConnections(uri, connector);
  }

  /** Adds what is wanted; returns how many things are to be told of it. */
  int add(Wanted wanted) {
    List<Member<T>> named =
        wanted.domains().stream().map(name -> new Member<>(this, name)).toList();
    members.put(wanted, new ArrayList<>(named));
    int things = wanted.choice().isPresent() ? 1 : named.size();
    left.addAndGet(things);
    return things;
  }

  /** Returns those that are wanted there, as far as they are known. */
  synchronized List<Member<T>> members(Wanted wanted) {
    return List.copyOf(members.get(wanted));
  }

  synchronized List<Member<T>> members() {
    return members.values().stream().flatMap(List::stream).toList();
  }

  /** Returns what of it is chosen, and not known before there is a connection. */
  List<Wanted> choices() {
    return members.keySet().stream().filter(wanted -> wanted.choice().isPresent()).toList();
  }

  /** Chooses among all domains but those that are members already. */
  List<String> choose(Wanted wanted, Connect connect) throws LibvirtException {
    Set<String> known = new HashSet<>();
    members().forEach(member -> known.add(member.domain));
    Predicate<Domain> choice = wanted.choice().orElseThrow();
    List<Domain> all = connect.listAllDomains();
    try {
      return all.stream()
          .filter(domain -> !known.contains(domain.getName()) && choice.test(domain))
          .map(Domain::getName)
          .sorted()
          .toList();
    } finally {
      all.forEach(Domain::close);
    }
  }

  /** Adds those that were chosen. */
  synchronized void add(Wanted wanted, List<String> chosen) {
    chosen.forEach(name -> members.get(wanted).add(new Member<>(this, name)));
    left.addAndGet(chosen.size());
  }

  /** One thing more was told; returns whether it was the last. */
  boolean told() {
    return left.decrementAndGet() == 0;
  }
}
