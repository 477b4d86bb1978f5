package io.github.libvirtsnapshot.snapshots;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.collect.Lists;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The snapshots of a domain, as far as they were looked for: each is found once, and its XML is
 * fetched and read once. Internal to the library.
 *
 * @hidden
 */
public final class SnapshotCache implements AutoCloseable {
  private final Domain domain;
  private final Map<String, DomainSnapshot> found = new LinkedHashMap<>();
  private final Map<String, SnapshotDescription> whole = new HashMap<>();

  /** The others, without the definitions of the domain, which take most of the memory. */
  private final Map<String, SnapshotDescription> others = new HashMap<>();

  private boolean complete;

  /** None is found yet. */
  public SnapshotCache(Domain domain) {
    this.domain = domain;
  }

  /** Returns the domain. */
  public Domain domain() {
    return domain;
  }

  /** Finds all in one listing, unless that was done before. */
  public void findAll() throws LibvirtException {
    if (complete) {
      return;
    }
    for (DomainSnapshot snapshot : domain.listAllSnapshots()) {
      if (found.putIfAbsent(snapshot.getName(), snapshot) != null) {
        snapshot.close();
      }
    }
    complete = true;
  }

  /** Returns the names of all snapshots. */
  public Set<String> names() throws LibvirtException {
    findAll();
    return found.keySet();
  }

  /** Finds one, whose handle is closed with this. */
  public DomainSnapshot find(String name) throws LibvirtException {
    DomainSnapshot known = found.get(name);
    if (known != null) {
      return known;
    }
    DomainSnapshot snapshot = domain.snapshotLookupByName(name);
    found.put(name, snapshot);
    return snapshot;
  }

  /** Returns all that the XML of a snapshot says: of the one that a run reverts to. */
  public SnapshotDescription description(String name) throws LibvirtException {
    SnapshotDescription known = whole.get(name);
    if (known != null) {
      return known;
    }
    SnapshotDescription description = SnapshotDescription.of(find(name), name);
    whole.put(name, description);
    return description;
  }

  /** Returns what the XML of a snapshot says, perhaps without the definitions of the domain. */
  public SnapshotDescription withoutDefinitions(String name) throws LibvirtException {
    Optional<SnapshotDescription> known = known(name);
    if (known.isPresent()) {
      return known.get();
    }
    SnapshotDescription description = SnapshotDescription.of(find(name), name).withoutDefinitions();
    others.put(name, description);
    return description;
  }

  private Optional<SnapshotDescription> known(String name) {
    return Optional.ofNullable(whole.getOrDefault(name, others.get(name)));
  }

  /** Returns the details of a snapshot, for a run that needs no more of it. */
  public SnapshotDetails details(String name) throws LibvirtException {
    return SnapshotDetails.of(find(name));
  }

  /**
   * Returns the names of the snapshots on the way from one to another: up to the nearest that both
   * are on top of, and down from there, both ends with it. Only what is on the way is read, or up
   * to a root.
   *
   * @return empty if they have different roots
   */
  public List<String> path(String from, String to) throws LibvirtException {
    List<String> up = upFrom(from, Set.of(to));
    List<String> down = upFrom(to, Set.copyOf(up));
    int meeting = up.indexOf(Iterables.getLast(down));
    return meeting < 0
        ? List.of()
        : ImmutableList.<String>builder()
            .addAll(up.subList(0, meeting))
            .addAll(Lists.reverse(down))
            .build();
  }

  /** Returns a snapshot and those that it is on top of, up to one of these, or to the root. */
  private List<String> upFrom(String name, Set<String> enough) throws LibvirtException {
    Set<String> up = new LinkedHashSet<>();
    Optional<String> next = Optional.of(name);
    while (next.isPresent() && up.add(next.get()) && !enough.contains(next.get())) {
      String current = next.get();
      Optional<SnapshotDescription> known = known(current);
      SnapshotDetails details = known.isPresent() ? known.get().details() : details(current);
      next = details.parent().filter(found::containsKey);
    }
    return List.copyOf(up);
  }

  @Override
  public void close() {
    found.values().forEach(DomainSnapshot::close);
  }
}
