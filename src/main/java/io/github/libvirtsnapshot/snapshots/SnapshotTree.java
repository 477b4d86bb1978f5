package io.github.libvirtsnapshot.snapshots;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import com.google.common.collect.Streams;
import com.google.common.graph.Traverser;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
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
 * The snapshots of a domain, each under the one that it was taken on top of. Those without a parent
 * are roots, of which there may be several. Siblings are in the order in which they were taken, and
 * those of the same second by name.
 *
 * <p>A tree is immutable: what happens to the domain afterwards is not in it. However deep it is,
 * each method takes time in proportion to the number of snapshots at most.
 */
public final class SnapshotTree {
  private final Map<String, SnapshotDetails> snapshots = new HashMap<>();
  private final Map<String, SnapshotDetails> parents = new HashMap<>();
  private final Map<String, List<SnapshotDetails>> children = new HashMap<>();
  private final List<SnapshotDetails> roots = new ArrayList<>();
  private final Instant seen;

  /**
   * Makes a tree.
   *
   * @param listed in any order
   * @param seen when it was so
   */
  SnapshotTree(List<SnapshotDetails> listed, Instant seen) {
    this.seen = seen;
    listed.forEach(snapshot -> snapshots.put(snapshot.name(), snapshot));
    listed.forEach(this::join);
    if (belowRoots() < listed.size()) {
      cutCircles(listed);
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

  /** Returns how many snapshots there are below the roots, with these. */
  private int belowRoots() {
    List<SnapshotDetails> reached = new ArrayList<>(roots);
    for (int i = 0; i < reached.size(); i++) {
      reached.addAll(childrenOf(reached.get(i)));
    }
    return reached.size();
  }

  /**
   * The metadata may change between the questions for two parents, so that the answers lead round
   * in a circle: a snapshot of it becomes a root.
   */
  private void cutCircles(List<SnapshotDetails> listed) {
    Set<String> reached = new HashSet<>();
    below(roots).forEach(snapshot -> reached.add(snapshot.name()));
    for (SnapshotDetails snapshot : listed) {
      if (!reached.contains(snapshot.name())) {
        SnapshotDetails cut = inCircleAbove(snapshot);
        children.get(parents.remove(cut.name()).name()).remove(cut);
        roots.add(cut);
        below(List.of(cut)).forEach(below -> reached.add(below.name()));
      }
    }
  }

  /** Returns the snapshot itself if it is in the circle that its parents lead round in. */
  private SnapshotDetails inCircleAbove(SnapshotDetails snapshot) {
    Set<String> passed = new HashSet<>();
    SnapshotDetails above = snapshot;
    while (passed.add(above.name())) {
      above = parents.get(above.name());
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
   * Asks libvirt for all snapshots of a domain, in one listing, and for the details of each. This
   * takes one round trip to the host for each snapshot, and three more. libvirt is not asked for
   * the order of the tree: it follows a tree by recursion, and a deep one would be too much for the
   * stack of its thread.
   *
   * @throws LibvirtException also if a snapshot is deleted meanwhile
   * @throws IllegalStateException if the domain is closed, or the XML of a snapshot can't be read
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
   * Asks libvirt for the snapshots of a domain as {@link #of} does, but only for their names and
   * parents, and which is the current one. The host does not have to describe each of them, which
   * takes it several times as long; the round trips are about as many.
   *
   * @throws LibvirtException also if a snapshot is deleted meanwhile
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

  /** Returns how many snapshots there are. */
  public int size() {
    return snapshots.size();
  }

  /** Returns the snapshots without a parent, the oldest first. */
  public List<SnapshotDetails> roots() {
    return ImmutableList.copyOf(roots);
  }

  /** Returns the current snapshot: the one that was taken or reverted to last. */
  public Optional<SnapshotDetails> current() {
    return snapshots.values().stream()
        .filter(snapshot -> snapshot.current().equals(Optional.of(true)))
        .findFirst();
  }

  /** Returns the snapshot of this name. */
  public Optional<SnapshotDetails> find(String name) {
    return Optional.ofNullable(snapshots.get(checkNotNull(name, "name is null")));
  }

  /**
   * Returns the snapshots that were taken on top of one, the oldest first.
   *
   * @throws IllegalArgumentException if there is no snapshot of that name
   */
  public List<SnapshotDetails> children(String name) {
    checkHas(name);
    return ImmutableList.copyOf(childrenOf(snapshots.get(name)));
  }

  /**
   * Returns the snapshot that one was taken on top of; empty for a root.
   *
   * @throws IllegalArgumentException if there is no snapshot of that name
   */
  public Optional<SnapshotDetails> parent(String name) {
    checkHas(name);
    return Optional.ofNullable(parents.get(name));
  }

  /**
   * Returns the way from one snapshot to another: up to the nearest that both are on top of, and
   * down from there. Both ends are in it.
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

  /** Returns the snapshot and those that it is on top of, up to the root. */
  private List<SnapshotDetails> ancestors(String name) {
    checkHas(name);
    return Stream.iterate(
            snapshots.get(name), snapshot -> snapshot != null, up -> parents.get(up.name()))
        .toList();
  }

  /** Returns whether a snapshot is the last child of its parent. */
  boolean isLastChild(String name) {
    List<SnapshotDetails> siblings = childrenOf(parents.get(name));
    return siblings.get(siblings.size() - 1).name().equals(name);
  }

  /** Returns all snapshots, each before its children, and these before its next sibling. */
  public Stream<SnapshotDetails> stream() {
    return Streams.stream(below(roots));
  }

  private void checkHas(String name) {
    checkArgument(
        find(name).isPresent(),
        "there is no snapshot %s among the %s of this tree",
        LogEscaper.quote(name),
        size());
  }

  /** Returns whether the other is a tree of the same snapshots, whenever they were seen. */
  @Override
  public boolean equals(Object other) {
    return other instanceof SnapshotTree tree && stream().toList().equals(tree.stream().toList());
  }

  @Override
  public int hashCode() {
    return snapshots.hashCode();
  }

  /**
   * Returns the trees for a person to read, a line for each snapshot: with its state, how long ago
   * it was taken when the tree was made, and which is the current one. A name that could be taken
   * for anything else is in quotation marks, with control characters escaped.
   */
  @Override
  public String toString() {
    return new TreeText(this, seen).toString();
  }

  /**
   * Returns a flowchart in the language of Mermaid, which GitHub and others show as a picture in a
   * block of code marked {@code mermaid}. The current snapshot has a thick border. Nothing in a
   * name is special to Mermaid, and a long one is cut.
   *
   * @see <a href="https://mermaid.js.org/syntax/flowchart.html">Flowcharts in Mermaid</a>
   */
  public String toMermaid() {
    return new TreeMermaid(this).toString();
  }
}
