package io.github.libvirtsnapshot.fleet;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.scheduling.FairScheduler.HostQueue;
import io.github.libvirtsnapshot.scheduling.HostSession;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A host of a run, with the tasks of its domains. */
final class FleetHost<T> {
  /** The limit until the host has responded: one connection shows whether it responds. */
  private static final int UNTIL_CONNECTED = 1;

  final String uri;
  final HostSession session;
  final HostInventory inventory;
  final HostQueue queue = new HostQueue(UNTIL_CONNECTED);

  private final Map<HostSelection, List<DomainTask<T>>> tasks = new LinkedHashMap<>();

  /** The selections whose conditions were not tested yet. */
  private final Set<HostSelection> open = new LinkedHashSet<>();

  private final Map<HostSelection, LibvirtException> failed = new LinkedHashMap<>();
  private int unfinished;

  FleetHost(String uri, HostSession session, HostInventory inventory) {
    this.uri = uri;
    this.session = session;
    this.inventory = inventory;
  }

  /** Adds a selection; returns the number of its results. */
  synchronized int add(HostSelection selection) {
    tasks.put(selection, tasks(selection.domains()));
    int results = selection.domains().size();
    if (selection.condition().isPresent()) {
      open.add(selection);
      results++;
    }
    unfinished += results;
    return results;
  }

  private List<DomainTask<T>> tasks(List<String> names) {
    return names.stream().map(name -> new DomainTask<>(this, name)).toList();
  }

  /** Returns the tasks of the domains that are known so far. */
  synchronized List<DomainTask<T>> tasks() {
    return tasks.values().stream().flatMap(List::stream).toList();
  }

  /** Returns the selections whose conditions were not tested yet. */
  synchronized List<HostSelection> openSelections() {
    return List.copyOf(open);
  }

  /** Lists all domains, and returns the names of those that meet the condition. */
  List<String> select(HostSelection selection, Connect connect) throws LibvirtException {
    Set<String> known = new HashSet<>();
    tasks().forEach(task -> known.add(task.domain));
    Predicate<Domain> condition = selection.condition().orElseThrow();
    List<Domain> all = connect.listAllDomains();
    try {
      return all.stream()
          .filter(domain -> !known.contains(domain.getName()) && condition.test(domain))
          .map(Domain::getName)
          .sorted()
          .toList();
    } finally {
      all.forEach(Domain::close);
    }
  }

  /**
   * Adds the domains that meet a condition; returns false if the selection has a result already.
   */
  synchronized boolean addSelected(HostSelection selection, List<String> names) {
    if (!open.remove(selection)) {
      return false;
    }
    tasks.put(selection, tasks(names));
    unfinished += names.size();
    return true;
  }

  /** Sets a failure as the result of a selection; returns false if it has a result already. */
  synchronized boolean failSelection(HostSelection selection, LibvirtException failure) {
    if (!open.remove(selection)) {
      return false;
    }
    failed.put(selection, failure);
    return true;
  }

  /** Counts one result; returns whether it was the last one. */
  synchronized boolean finishOne() {
    unfinished--;
    return unfinished == 0;
  }

  /** Returns the results of a selection, in the order in which they were requested. */
  synchronized List<DomainResult<T>> results(HostSelection selection) {
    Stream<DomainResult<T>> ofDomains =
        requireNonNull(tasks.get(selection)).stream().map(task -> task.result().orElseThrow());
    Stream<DomainResult<T>> ofHost =
        Stream.ofNullable(failed.get(selection)).map(why -> DomainResult.ofHost(uri, why));
    return Stream.concat(ofDomains, ofHost).toList();
  }
}
