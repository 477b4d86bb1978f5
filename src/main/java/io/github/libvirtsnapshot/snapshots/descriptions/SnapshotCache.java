package io.github.libvirtsnapshot.snapshots.descriptions;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.collect.Lists;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A cache of a domain's snapshots: each snapshot is looked up once, and its XML is fetched and read
 * once.
 */
public final class SnapshotCache implements AutoCloseable {
  private final Domain domain;
  private final Map<String, DomainSnapshot> handles = new LinkedHashMap<>();
  private final Map<String, SnapshotDescription> descriptions = new HashMap<>();

  /** The descriptions without the definitions of the domain, which take most of the memory. */
  private final Map<String, SnapshotDescription> reducedDescriptions = new HashMap<>();

  private boolean complete;

  /** A condition on a snapshot. */
  @FunctionalInterface
  public interface Condition<X extends Exception> {
    /** Returns whether the snapshot meets the condition. */
    boolean test(SnapshotDetails snapshot) throws X;
  }

  /** The parent of each snapshot; a root has none. */
  private interface Parents {
    Optional<String> of(String name) throws LibvirtException;
  }

  /** Creates an empty cache. */
  public SnapshotCache(Domain domain) {
    this.domain = domain;
  }

  public Domain domain() {
    return domain;
  }

  /** Looks up all snapshots in one listing, unless this was done before. */
  public void findAll() throws LibvirtException {
    if (complete) {
      return;
    }
    for (DomainSnapshot snapshot : domain.listAllSnapshots()) {
      if (handles.putIfAbsent(snapshot.getName(), snapshot) != null) {
        snapshot.close();
      }
    }
    complete = true;
  }

  /** Returns the names of all snapshots. */
  public Set<String> names() throws LibvirtException {
    findAll();
    return handles.keySet();
  }

  /** Returns the handle of a snapshot; the cache closes it. */
  public DomainSnapshot find(String name) throws LibvirtException {
    DomainSnapshot known = handles.get(name);
    if (known != null) {
      return known;
    }
    DomainSnapshot snapshot = domain.snapshotLookupByName(name);
    handles.put(name, snapshot);
    return snapshot;
  }

  /** Returns the complete description of a snapshot. Only the target of a revert requires it. */
  public SnapshotDescription description(String name) throws LibvirtException {
    SnapshotDescription known = descriptions.get(name);
    if (known != null) {
      return known;
    }
    SnapshotDescription description = SnapshotDescription.of(find(name), name);
    descriptions.put(name, description);
    return description;
  }

  /** Returns the description of a snapshot, possibly without the definitions of the domain. */
  public SnapshotDescription withoutDefinitions(String name) throws LibvirtException {
    Optional<SnapshotDescription> known = known(name);
    if (known.isPresent()) {
      return known.get();
    }
    SnapshotDescription description = SnapshotDescription.of(find(name), name).withoutDefinitions();
    reducedDescriptions.put(name, description);
    return description;
  }

  /** Returns the description of a snapshot if it was read before. */
  public Optional<SnapshotDescription> known(String name) {
    return Optional.ofNullable(descriptions.getOrDefault(name, reducedDescriptions.get(name)));
  }

  /**
   * Returns only the details of a snapshot. If it was not read before, the result is not cached.
   */
  public SnapshotDetails details(String name) throws LibvirtException {
    Optional<SnapshotDescription> known = known(name);
    return known.isPresent() ? known.get().details() : SnapshotDetails.of(find(name));
  }

  /**
   * Returns the names of the newest snapshots that meet a condition: those with the latest creation
   * time, without the ancestors of others. Snapshots without a creation time are the oldest. The
   * method tests the condition once for each snapshot of the domain.
   *
   * @return several names if snapshots were taken in the same second; none if no snapshot meets the
   *     condition
   */
  public <X extends Exception> List<String> newest(Condition<X> condition)
      throws LibvirtException, X {
    List<String> newest = new ArrayList<>();
    long latest = Long.MIN_VALUE;
    for (String name : List.copyOf(names())) {
      Optional<SnapshotDetails> details = readDetails(name);
      if (details.isEmpty()) {
        continue;
      }
      long taken = details.get().creationTime().orElse(Long.MIN_VALUE);
      if (!condition.test(details.get()) || taken < latest) {
        dropDefinitions(name);
        continue;
      }
      if (taken > latest) {
        newest.forEach(this::dropDefinitions);
        newest.clear();
        latest = taken;
      }
      newest.add(name);
    }
    return withoutAncestors(newest);
  }

  /**
   * Returns the details even if the part of the XML after them can't be read; empty if the snapshot
   * was deleted since the listing.
   */
  private Optional<SnapshotDetails> readDetails(String name) throws LibvirtException {
    Optional<SnapshotDetails> read = Tried.of(() -> description(name).details()).value();
    if (read.isPresent()) {
      return read;
    }
    try {
      return Optional.of(details(name));
    } catch (NoSuchSnapshotException e) {
      requireNonNull(handles.remove(name)).close();
      return Optional.empty();
    }
  }

  private void dropDefinitions(String name) {
    SnapshotDescription whole = descriptions.remove(name);
    if (whole != null) {
      reducedDescriptions.put(name, whole.withoutDefinitions());
    }
  }

  /**
   * Removes the ancestors of others from the list. If several names are left, a snapshot between
   * them may have been deleted while the XML was read: libvirt knows the present parents.
   */
  private List<String> withoutAncestors(List<String> names) throws LibvirtException {
    List<String> left = withoutAncestors(names, this::parent);
    if (left.size() < 2) {
      return left;
    }
    Map<String, Optional<String>> present;
    try {
      present = domain.listSnapshotParents();
    } catch (NoSuchSnapshotException e) {
      return left;
    }
    return withoutAncestors(
        left.stream().filter(present::containsKey).toList(),
        name -> present.getOrDefault(name, Optional.empty()));
  }

  private static List<String> withoutAncestors(List<String> names, Parents parents)
      throws LibvirtException {
    Set<String> ancestors = new HashSet<>();
    for (String name : names) {
      List<String> up = upFrom(name, ancestors, parents);
      ancestors.addAll(up.subList(1, up.size()));
    }
    return names.stream().filter(name -> !ancestors.contains(name)).toList();
  }

  /**
   * Returns the names of the snapshots on the path from one snapshot to another: up to the nearest
   * common ancestor and down to the other, both included. The method reads only the snapshots on
   * the path, or up to a root.
   *
   * @return empty if they have different roots
   */
  public List<String> path(String from, String to) throws LibvirtException {
    List<String> up = upFrom(from, Set.of(to), this::parent);
    List<String> down = upFrom(to, Set.copyOf(up), this::parent);
    int meeting = up.indexOf(Iterables.getLast(down));
    return meeting < 0
        ? List.of()
        : ImmutableList.<String>builder()
            .addAll(up.subList(0, meeting))
            .addAll(Lists.reverse(down))
            .build();
  }

  /** Returns a snapshot and its ancestors, up to one of the given names or the root. */
  private static List<String> upFrom(String name, Set<String> ends, Parents parents)
      throws LibvirtException {
    Set<String> up = new LinkedHashSet<>();
    Optional<String> next = Optional.of(name);
    while (next.isPresent() && up.add(next.get()) && !ends.contains(next.get())) {
      next = parents.of(next.get());
    }
    return List.copyOf(up);
  }

  private Optional<String> parent(String name) throws LibvirtException {
    return details(name).parent().filter(handles::containsKey);
  }

  /** Closes and forgets all snapshots, because they may change from now on. */
  public void clear() {
    close();
    handles.clear();
    descriptions.clear();
    reducedDescriptions.clear();
    complete = false;
  }

  @Override
  public void close() {
    handles.values().forEach(DomainSnapshot::close);
  }
}
