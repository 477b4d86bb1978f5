package io.github.libvirtsnapshot.snapshots;

import static com.google.common.base.Preconditions.checkNotNull;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import com.google.common.collect.Streams;
import com.google.common.graph.Traverser;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The snapshots of a domain as a tree: each snapshot is a child of its parent snapshot. Snapshots
 * without a parent are roots; a domain may have several. Siblings are ordered by creation time in
 * seconds, then by name.
 *
 * <p>A tree is immutable and does not reflect later changes. Each method takes at most time
 * proportional to the number of snapshots, for a tree of any depth.
 */
public final class SnapshotTree {
  private final Map<String, SnapshotDetails> snapshots = new HashMap<>();
  private final Map<String, SnapshotDetails> parents = new HashMap<>();
  private final Map<String, List<SnapshotDetails>> children = new HashMap<>();
  private final List<SnapshotDetails> roots = new ArrayList<>();
  private final Instant seen;

  /**
   * Creates a tree.
   *
   * @param listed the snapshots, in any order
   * @param seen the time of the listing
   */
  SnapshotTree(List<SnapshotDetails> listed, Instant seen) {
    this.seen = seen;
    listed.forEach(snapshot -> snapshots.put(snapshot.name(), snapshot));
    listed.forEach(this::join);
    if (belowRoots() < listed.size()) {
      cutCycles(listed);
    }
    Comparator<SnapshotDetails> byTime =
        Comparator.comparing((SnapshotDetails snapshot) -> snapshot.creationTime().orElse(0L))
            .thenComparing(SnapshotDetails::name);
    roots.sort(byTime);
    children.values().forEach(siblings -> siblings.sort(byTime));
  }

  private void join(SnapshotDetails snapshot) {
    SnapshotDetails parent = snapshot.parent().map(snapshots::get).orElse(null);
    if (parent == null) {
      roots.add(snapshot);
    } else {
      parents.put(snapshot.name(), parent);
      children.computeIfAbsent(parent.name(), name -> new ArrayList<>(1)).add(snapshot);
    }
  }

  /** Returns the number of the roots and their descendants. */
  private int belowRoots() {
    List<SnapshotDetails> reached = new ArrayList<>(roots);
    for (int i = 0; i < reached.size(); i++) {
      reached.addAll(childrenOf(reached.get(i)));
    }
    return reached.size();
  }

  /**
   * Makes a snapshot of each cycle a root. The parents can form a cycle because the metadata may
   * change between the queries for two parents.
   */
  private void cutCycles(List<SnapshotDetails> listed) {
    Set<String> reached = new HashSet<>();
    below(roots).forEach(snapshot -> reached.add(snapshot.name()));
    for (SnapshotDetails snapshot : listed) {
      if (!reached.contains(snapshot.name())) {
        SnapshotDetails cut = inCycleAbove(snapshot);
        SnapshotDetails parent = requireNonNull(parents.remove(cut.name()));
        requireNonNull(children.get(parent.name())).remove(cut);
        roots.add(cut);
        below(List.of(cut)).forEach(below -> reached.add(below.name()));
      }
    }
  }

  /** Returns a snapshot of the cycle above: the given snapshot itself if it is in the cycle. */
  private SnapshotDetails inCycleAbove(SnapshotDetails snapshot) {
    Set<String> passed = new HashSet<>();
    SnapshotDetails above = snapshot;
    while (passed.add(above.name())) {
      above = requireNonNull(parents.get(above.name()));
    }
    return above;
  }

  private Iterable<SnapshotDetails> below(List<SnapshotDetails> tops) {
    return Traverser.forTree(this::childrenOf).depthFirstPreOrder(tops);
  }

  private List<SnapshotDetails> childrenOf(SnapshotDetails snapshot) {
    return children.getOrDefault(snapshot.name(), List.of());
  }

  /**
   * Lists all snapshots of a domain in one call and fetches the details of each. This takes one
   * round trip to the host for each snapshot, and three more. The method does not use libvirt's
   * topological order: libvirt computes it by recursion, and a deep tree would overflow the stack
   * of libvirt's thread.
   *
   * @throws LibvirtException if a call fails, also because a snapshot was deleted since the listing
   * @throws IllegalStateException if the domain is closed, or the XML of a snapshot cannot be read
   * @see <a
   *     href="https://libvirt.org/html/libvirt-libvirt-domain-snapshot.html#virDomainListAllSnapshots">virDomainListAllSnapshots</a>
   */
  public static SnapshotTree of(Domain domain) throws LibvirtException {
    Set<String> withoutMetadata =
        ImmutableSet.copyOf(domain.snapshotListNames(SnapshotListFlag.NO_METADATA));
    List<DomainSnapshot> listed = domain.listAllSnapshots();
    try {
      Optional<String> current = domain.snapshotCurrentName();
      List<SnapshotDetails> read = new ArrayList<>(listed.size());
      for (DomainSnapshot snapshot : listed) {
        String name = snapshot.getName();
        read.add(
            SnapshotDetails.of(snapshot)
                .foundAs(current.equals(Optional.of(name)), !withoutMetadata.contains(name)));
      }
      return new SnapshotTree(read, Instant.now());
    } finally {
      listed.forEach(DomainSnapshot::close);
    }
  }

  /**
   * Lists the snapshots of a domain as {@link #of} does, but queries only their names and parents
   * and the current snapshot. The number of round trips is about the same, but the host does not
   * have to format the XML of each snapshot, which takes several times as long.
   *
   * @throws LibvirtException if a call fails, also because a snapshot was deleted since the listing
   * @throws IllegalStateException if the domain is closed
   */
  public static SnapshotTree namesOf(Domain domain) throws LibvirtException {
    Map<String, Optional<String>> parents = domain.listSnapshotParents();
    Optional<String> current = domain.snapshotCurrentName();
    List<SnapshotDetails> named = new ArrayList<>(parents.size());
    parents.forEach(
        (name, parent) ->
            named.add(SnapshotDetails.named(name, parent, current.equals(Optional.of(name)))));
    return new SnapshotTree(named, Instant.now());
  }

  /** Returns the number of snapshots. */
  public int size() {
    return snapshots.size();
  }

  /** Returns the snapshots without a parent, the oldest first. */
  public List<SnapshotDetails> roots() {
    return ImmutableList.copyOf(roots);
  }

  /** Returns the current snapshot: the snapshot that was last taken or reverted to. */
  public Optional<SnapshotDetails> current() {
    return snapshots.values().stream()
        .filter(snapshot -> snapshot.current().equals(Optional.of(true)))
        .findFirst();
  }

  /** Returns the snapshot of this name; empty if there is none. */
  public Optional<SnapshotDetails> find(String name) {
    return Optional.ofNullable(snapshots.get(checkNotNull(name, "name is null")));
  }

  /**
   * Returns the children of a snapshot, the oldest first.
   *
   * @throws IllegalArgumentException if there is no snapshot of that name
   */
  public List<SnapshotDetails> children(String name) {
    checkHas(name);
    return ImmutableList.copyOf(childrenOf(requireNonNull(snapshots.get(name))));
  }

  /**
   * Returns the parent of a snapshot; empty for a root.
   *
   * @throws IllegalArgumentException if there is no snapshot of that name
   */
  public Optional<SnapshotDetails> parent(String name) {
    checkHas(name);
    return Optional.ofNullable(parents.get(name));
  }

  /**
   * Returns the path from one snapshot to another: up to the nearest common ancestor, and down to
   * the other. The path includes both snapshots.
   *
   * @return empty if they have different roots
   * @throws IllegalArgumentException if there is no snapshot of one of the names
   */
  public List<SnapshotDetails> path(String from, String to) {
    Set<SnapshotDetails> up = new LinkedHashSet<>(ancestors(from));
    List<SnapshotDetails> down = new ArrayList<>();
    for (SnapshotDetails ancestor : ancestors(to)) {
      down.add(ancestor);
      if (up.contains(ancestor)) {
        return Streams.concat(
                up.stream().takeWhile(snapshot -> !snapshot.equals(ancestor)),
                Lists.reverse(down).stream())
            .collect(ImmutableList.toImmutableList());
      }
    }
    return ImmutableList.of();
  }

  /** Returns a snapshot and its ancestors up to the root. */
  private List<SnapshotDetails> ancestors(String name) {
    checkHas(name);
    return Stream.iterate(
            snapshots.get(name), snapshot -> snapshot != null, up -> parents.get(up.name()))
        .toList();
  }

  /** Returns whether a snapshot is the last child of its parent. */
  boolean isLastChild(String name) {
    List<SnapshotDetails> siblings = childrenOf(requireNonNull(parents.get(name)));
    return siblings.get(siblings.size() - 1).name().equals(name);
  }

  /** Returns all snapshots in depth-first order: each before its children and its next sibling. */
  public Stream<SnapshotDetails> stream() {
    return Streams.stream(below(roots));
  }

  private void checkHas(String name) {
    if (find(name).isEmpty()) {
      throw new IllegalArgumentException(
          "there is no snapshot "
              + LogEscaper.quote(name)
              + "; "
              + ExistingNames.ofSnapshots(snapshots.keySet()));
    }
  }

  /** Returns whether the other is a tree of equal snapshots, listed at any time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof SnapshotTree tree && stream().toList().equals(tree.stream().toList());
  }

  @Override
  public int hashCode() {
    return snapshots.hashCode();
  }

  /**
   * Returns the tree as human-readable text with one line for each snapshot. A line contains the
   * state, the age at the time of the listing, and a mark for the current snapshot. An ambiguous
   * name is in quotation marks, with control characters escaped.
   */
  @Override
  public String toString() {
    return new TreeText(this, seen).toString();
  }

  /**
   * Returns the tree as a Mermaid flowchart, which GitHub and others render from a code block
   * marked {@code mermaid}. The current snapshot has a thick border. Special characters in names
   * are escaped, and long names are truncated.
   *
   * @see <a href="https://mermaid.js.org/syntax/flowchart.html">Flowcharts in Mermaid</a>
   */
  public String toMermaid() {
    return new TreeMermaid(this).toString();
  }

  /**
   * Returns the tree as an SVG, which browsers show without other files or tools. Each snapshot has
   * one row with its name, state and creation time in UTC; the current snapshot has a filled circle
   * and a bold name. Small branches come before large ones. The picture has colors for a light and
   * a dark background. Special characters in names are escaped; long names are truncated, and are
   * complete in the title of their row.
   */
  public String toSvg() {
    return new TreeSvg(this).toString();
  }
}
