package io.github.libvirtsnapshot.images;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.Lists;
import com.google.common.graph.GraphBuilder;
import com.google.common.graph.MutableGraph;
import com.google.common.graph.Traverser;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The images of a domain: those it writes to now, those its snapshots are in, and which lie beneath
 * which.
 */
public final class ImageGraph {
  private final List<Disk> disks;
  private final Optional<String> current;
  private final Map<String, SnapshotDescription> snapshots;
  private final List<OtherDomain> otherDomains;
  private final Set<String> written;

  /** The places of the other domains in their list, by the images of their disks. */
  private final ListMultimap<String, Integer> users;

  /** The same, by the images that they write to. */
  private final ListMultimap<String, Integer> writers;

  /** The disks of snapshots by the images that they write to, the first of each snapshot. */
  private final ListMultimap<String, SnapshotDisk> snapshotWriters;

  /** The images that the domain has and that are known to be based on nothing. */
  private final Set<String> standalone;

  /** The images of disks that are raw in a snapshot. */
  private final Set<String> raw;

  private final MutableGraph<String> basedOn =
      GraphBuilder.directed().allowsSelfLoops(true).build();

  /**
   * Works them out.
   *
   * @param disks the disks of the domain now, of the active and of the persistent definition
   * @param current the name of the current snapshot
   * @param snapshots all its snapshots
   * @param otherDomains the other domains of the host
   */
  public ImageGraph(
      List<Disk> disks,
      Optional<String> current,
      List<SnapshotDescription> snapshots,
      List<OtherDomain> otherDomains) {
    this.disks = List.copyOf(disks);
    this.current = current;
    this.snapshots =
        snapshots.stream()
            .collect(ImmutableMap.toImmutableMap(SnapshotDescription::name, snapshot -> snapshot));
    this.otherDomains = List.copyOf(otherDomains);
    this.written = writtenTo(disks);
    this.standalone =
        disks.stream()
            .filter(Disk::standalone)
            .map(Disk::image)
            .collect(ImmutableSet.toImmutableSet());
    this.users = placesByImage(Disk::image);
    this.writers = placesByImage(disk -> disk.isWritable() ? disk.image() : "");
    this.snapshotWriters = snapshotWriters();
    this.raw =
        this.snapshots.values().stream()
            .flatMap(snapshot -> snapshot.disks().stream())
            .filter(Disk::isRaw)
            .map(Disk::image)
            .collect(ImmutableSet.toImmutableSet());
    connect();
  }

  private static Set<String> writtenTo(List<Disk> some) {
    return some.stream()
        .filter(Disk::isWritable)
        .map(Disk::image)
        .collect(ImmutableSet.toImmutableSet());
  }

  private ListMultimap<String, Integer> placesByImage(Function<Disk, String> image) {
    ImmutableListMultimap.Builder<String, Integer> places = ImmutableListMultimap.builder();
    for (int i = 0; i < otherDomains.size(); i++) {
      int place = i;
      otherDomains.get(i).disks().stream()
          .map(image)
          .filter(found -> !found.isEmpty())
          .distinct()
          .forEach(found -> places.put(found, place));
    }
    return places.build();
  }

  private ListMultimap<String, SnapshotDisk> snapshotWriters() {
    ImmutableListMultimap.Builder<String, SnapshotDisk> writing = ImmutableListMultimap.builder();
    for (SnapshotDescription snapshot : snapshots.values()) {
      Set<String> found = new HashSet<>();
      snapshot.disks().stream()
          .filter(disk -> disk.isWritable() && found.add(disk.image()))
          .forEach(disk -> writing.put(disk.image(), new SnapshotDisk(snapshot, disk)));
    }
    return writing.build();
  }

  private void connect() {
    disks.forEach(this::addChain);
    otherDomains.forEach(domain -> domain.disks().forEach(this::addChain));
    current().ifPresent(snapshot -> disks.forEach(disk -> addInferred(disk, snapshot)));
    for (SnapshotDescription snapshot : snapshots.values()) {
      snapshot.disks().forEach(this::addChain);
      addOverlays(snapshot, snapshot.overlays());
      addOverlays(snapshot, snapshot.revertOverlays());
      parent(snapshot)
          .ifPresent(parent -> snapshot.disks().forEach(disk -> addInferred(disk, parent)));
    }
  }

  private void addChain(Disk disk) {
    String upper = disk.image();
    for (String lower : disk.beneath()) {
      basedOn.putEdge(upper, lower);
      upper = lower;
    }
  }

  private void addOverlays(SnapshotDescription snapshot, Map<String, String> overlays) {
    overlays.forEach(
        (target, overlay) ->
            snapshot.disk(target).ifPresent(disk -> basedOn.putEdge(overlay, disk.image())));
  }

  /** After an external snapshot, a disk goes on in an image on top of the one it had. */
  private void addInferred(Disk disk, SnapshotDescription earlier) {
    earlier
        .disk(disk.target())
        .filter(then -> earlier.isExternal(then) && !then.image().equals(disk.image()))
        .ifPresent(then -> basedOn.putEdge(disk.image(), then.image()));
  }

  /** Returns the disks of the domain now, of the active and of the persistent definition. */
  public List<Disk> disks() {
    return disks;
  }

  /** Returns all snapshots of the domain. */
  public Collection<SnapshotDescription> snapshots() {
    return snapshots.values();
  }

  /** Returns the current snapshot. */
  public Optional<SnapshotDescription> current() {
    return current.map(snapshots::get);
  }

  private Optional<SnapshotDescription> parent(SnapshotDescription snapshot) {
    return snapshot.details().parent().map(snapshots::get);
  }

  /** Returns the images that the domain writes to. */
  public Set<String> written() {
    return written;
  }

  /** Returns all images that the domain, its snapshots and the other domains are known to have. */
  public Set<String> all() {
    Stream<Disk> withoutChain =
        Stream.concat(
            disks.stream(), snapshots.values().stream().flatMap(each -> each.disks().stream()));
    return Stream.concat(basedOn.nodes().stream(), withoutChain.map(Disk::image))
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns the images that an image is based on, directly or not, as far as it is known. */
  public Set<String> beneath(String image) {
    if (!basedOn.nodes().contains(image)) {
      return ImmutableSet.of();
    }
    return ImmutableSet.copyOf(
        Traverser.forGraph(basedOn).depthFirstPreOrder(basedOn.successors(image)));
  }

  /** Returns an image and those that it is based on. */
  public Set<String> andBeneath(String image) {
    return ImmutableSet.<String>builder().add(image).addAll(beneath(image)).build();
  }

  /** Returns the snapshots that lead to the present, the current one first. */
  public List<SnapshotDescription> lineage() {
    return lineage(current());
  }

  /** Returns the names of the snapshots that were taken on the way to one. */
  public Set<String> ancestors(SnapshotDescription snapshot) {
    return lineage(parent(snapshot)).stream()
        .map(SnapshotDescription::name)
        .collect(ImmutableSet.toImmutableSet());
  }

  private List<SnapshotDescription> lineage(Optional<SnapshotDescription> latest) {
    return Stream.iterate(latest, Optional::isPresent, step -> step.flatMap(this::parent))
        .limit(snapshots.size())
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * Returns whether a snapshot is in images that the domain has and that are known to be based on
   * nothing: what it brings back is the same whatever images other domains have.
   */
  public boolean sufficeFor(SnapshotDescription snapshot) {
    return snapshot.disks().stream()
        .filter(Disk::isWritable)
        .allMatch(disk -> sufficeFor(snapshot, disk));
  }

  /**
   * Returns whether a disk of a snapshot is in an image that the domain has and that is known to be
   * based on nothing.
   */
  public boolean sufficeFor(SnapshotDescription snapshot, Disk disk) {
    return frozen(snapshot, disk).isEmpty() && standalone.contains(disk.image());
  }

  /**
   * Returns the last snapshot on the way to another one that had a disk in an image which the one
   * after it is not known to be based on: what lies beneath that is not known either.
   */
  public Optional<SnapshotDescription> unexplained(SnapshotDescription snapshot, Disk disk) {
    String image = disk.image();
    for (SnapshotDescription earlier : lineage(parent(snapshot))) {
      Optional<Disk> then = earlier.disk(disk.target());
      if (then.isPresent()) {
        if (!andBeneath(image).contains(then.get().image())) {
          return Optional.of(earlier);
        }
        image = then.get().image();
      }
    }
    return Optional.empty();
  }

  /**
   * Returns whether nothing tells that a disk is not based on another image: libvirt names the base
   * only of what an active domain has, and of what an external snapshot went on in.
   */
  public boolean mayBeBasedOn(Disk disk, String other) {
    Set<String> known = andBeneath(disk.image());
    return !disk.isRaw()
        && !known.contains(other)
        && known.stream()
            .filter(this::isLowest)
            .anyMatch(lowest -> !andBeneath(other).contains(lowest));
  }

  private boolean isLowest(String image) {
    return !basedOn.nodes().contains(image) || basedOn.successors(image).isEmpty();
  }

  /**
   * Returns another image of a disk that its first image on the way to a snapshot may be based on,
   * unless the domain has that first one at present.
   */
  public Optional<String> perhapsBeneath(SnapshotDescription snapshot, Disk disk) {
    Disk first =
        lineage(parent(snapshot)).stream()
            .flatMap(earlier -> earlier.disk(disk.target()).stream())
            .reduce(disk, (later, earlier) -> earlier);
    if (written().contains(first.image())) {
      return Optional.empty();
    }
    Stream<Disk> others =
        Stream.concat(
            disks.stream().filter(other -> other.target().equals(disk.target())),
            snapshots.values().stream()
                .filter(other -> !other.isSameAs(snapshot))
                .flatMap(other -> other.disk(disk.target()).stream()));
    return others.map(Disk::image).filter(other -> mayBeBasedOn(first, other)).findFirst();
  }

  /** Returns the images that have to stay as they are for a snapshot to keep its content. */
  public Set<String> frozen(SnapshotDescription snapshot) {
    ImmutableSet.Builder<String> frozen = ImmutableSet.builder();
    for (Disk disk : snapshot.disks()) {
      if (disk.isWritable()) {
        frozen.addAll(frozen(snapshot, disk));
      }
    }
    return frozen.build();
  }

  /** Returns the images that have to stay as they are for a disk of a snapshot. */
  public Set<String> frozen(SnapshotDescription snapshot, Disk disk) {
    return snapshot.isInternal(disk) ? beneath(disk.image()) : andBeneath(disk.image());
  }

  /** Returns the other domains that have an image as a disk to write to. */
  public List<OtherDomain> writersOf(String image) {
    return Lists.transform(writers.get(image), otherDomains::get);
  }

  /** Returns the other domains that have an image, or one that is based on it. */
  public List<OtherDomain> usersOf(String image) {
    return andAbove(image).stream()
        .flatMap(above -> users.get(above).stream())
        .distinct()
        .sorted()
        .map(otherDomains::get)
        .toList();
  }

  /** A disk that a snapshot has. */
  public record SnapshotDisk(SnapshotDescription snapshot, Disk disk) {}

  /** Returns the snapshots that have an image as a disk to write to, with that disk. */
  public List<SnapshotDisk> snapshotsWriting(String image) {
    return snapshotWriters.get(image);
  }

  /** Returns whether an image is raw, as a snapshot has it. */
  public boolean isRaw(String image) {
    return raw.contains(image);
  }

  /** Each image above is found once: many domains may be based on one. */
  private Set<String> andAbove(String image) {
    return basedOn.nodes().contains(image)
        ? ImmutableSet.copyOf(Traverser.forGraph(basedOn::predecessors).depthFirstPreOrder(image))
        : ImmutableSet.of(image);
  }
}
