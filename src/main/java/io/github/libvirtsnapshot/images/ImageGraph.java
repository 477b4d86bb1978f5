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
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The images of a domain and its snapshots, with their backing images. */
public final class ImageGraph {
  private final List<Disk> disks;
  private final Optional<String> current;
  private final Map<String, SnapshotDescription> snapshots;
  private final List<OtherDomain> otherDomains;
  private final Set<String> written;

  /** The indexes of the other domains in their list, by the images of their disks. */
  private final ListMultimap<String, Integer> users;

  /** The indexes of the other domains in their list, by the images that they write to. */
  private final ListMultimap<String, Integer> writers;

  /** The disks of snapshots, by the images that the disks write to; one disk for each snapshot. */
  private final ListMultimap<String, SnapshotDisk> snapshotWriters;

  /** The images of the domain that are known to have no backing image. */
  private final Set<String> standalone;

  /** The raw images of disks in snapshots. */
  private final Set<String> raw;

  /** The images that a definition states to be encrypted. */
  private final Set<String> encrypted;

  private final ImageReadings readings;

  private final MutableGraph<String> basedOn =
      GraphBuilder.directed().allowsSelfLoops(true).build();

  /**
   * Creates a graph.
   *
   * @param disks the present disks of the domain, from the active and the persistent definition
   * @param current the name of the current snapshot
   * @param snapshots all snapshots of the domain
   * @param otherDomains the other domains of the host
   * @param readings what the library read of the images; a backing image in the header of an image
   *     takes precedence over one in the XML
   */
  public ImageGraph(
      List<Disk> disks,
      Optional<String> current,
      List<SnapshotDescription> snapshots,
      List<OtherDomain> otherDomains,
      ImageReadings readings) {
    this.readings = readings;
    this.disks = List.copyOf(disks);
    this.current = current;
    this.snapshots =
        snapshots.stream()
            .collect(ImmutableMap.toImmutableMap(SnapshotDescription::name, snapshot -> snapshot));
    this.otherDomains = List.copyOf(otherDomains);
    this.written = writtenTo(disks);
    this.standalone =
        Stream.concat(
                disks.stream().filter(Disk::standalone).map(Disk::image),
                readings.read().keySet().stream())
            .filter(image -> readings.of(image).flatMap(ImageReading::backing).isEmpty())
            .collect(ImmutableSet.toImmutableSet());
    this.users = indexesByImage(Disk::image);
    this.writers = indexesByImage(disk -> disk.isWritable() ? disk.image() : "");
    this.snapshotWriters = snapshotWriters();
    this.raw = images(disksOfSnapshots(), Disk::isRaw);
    this.encrypted =
        images(Stream.concat(this.disks.stream(), disksOfSnapshots()), Disk::isEncrypted);
    connect();
  }

  private Stream<Disk> disksOfSnapshots() {
    return snapshots.values().stream().flatMap(snapshot -> snapshot.disks().stream());
  }

  private static Set<String> images(Stream<Disk> someDisks, Predicate<Disk> condition) {
    return someDisks.filter(condition).map(Disk::image).collect(ImmutableSet.toImmutableSet());
  }

  private static Set<String> writtenTo(List<Disk> someDisks) {
    return images(someDisks.stream(), Disk::isWritable);
  }

  private ListMultimap<String, Integer> indexesByImage(Function<Disk, String> image) {
    ImmutableListMultimap.Builder<String, Integer> indexes = ImmutableListMultimap.builder();
    for (int i = 0; i < otherDomains.size(); i++) {
      int index = i;
      otherDomains.get(i).disks().stream()
          .map(image)
          .filter(used -> !used.isEmpty())
          .distinct()
          .forEach(used -> indexes.put(used, index));
    }
    return indexes.build();
  }

  private ListMultimap<String, SnapshotDisk> snapshotWriters() {
    ImmutableListMultimap.Builder<String, SnapshotDisk> writing = ImmutableListMultimap.builder();
    for (SnapshotDescription snapshot : snapshots.values()) {
      Set<String> seen = new HashSet<>();
      snapshot.disks().stream()
          .filter(disk -> disk.isWritable() && seen.add(disk.image()))
          .forEach(disk -> writing.put(disk.image(), new SnapshotDisk(snapshot, disk)));
    }
    return writing.build();
  }

  private void connect() {
    readings
        .read()
        .forEach(
            (image, reading) ->
                reading.backing().ifPresent(lower -> basedOn.putEdge(image, lower)));
    // QEMU uses the backing images that a definition states, also if the header names another.
    Stream.concat(disks.stream(), otherDomains.stream().flatMap(domain -> domain.disks().stream()))
        .forEach(disk -> addChain(disk.image(), disk.beneath(), basedOn::putEdge));
    for (OtherDomain other : otherDomains) {
      other.inferred().forEach((image, beneath) -> addChain(image, beneath, this::addEdge));
    }
    current().ifPresent(snapshot -> disks.forEach(disk -> addInferred(disk, snapshot)));
    for (SnapshotDescription snapshot : snapshots.values()) {
      snapshot.disks().forEach(disk -> addChain(disk.image(), disk.beneath(), this::addEdge));
      addOverlays(snapshot, snapshot.overlays());
      addOverlays(snapshot, snapshot.revertOverlays());
      parent(snapshot)
          .ifPresent(parent -> snapshot.disks().forEach(disk -> addInferred(disk, parent)));
    }
  }

  private static void addChain(String image, List<String> beneath, BiConsumer<String, String> add) {
    String upper = image;
    for (String lower : beneath) {
      add.accept(upper, lower);
      upper = lower;
    }
  }

  /** Adds a backing image that libvirt reports, unless the header of the image has its path. */
  private void addEdge(String upper, String lower) {
    if (readings.of(upper).filter(ImageReading::namesBackingPath).isEmpty()) {
      basedOn.putEdge(upper, lower);
    }
  }

  private void addOverlays(SnapshotDescription snapshot, Map<String, String> overlays) {
    overlays.forEach(
        (target, overlay) ->
            snapshot.disk(target).ifPresent(disk -> addEdge(overlay, disk.image())));
  }

  /** After an external snapshot, a disk writes to an overlay of its previous image. */
  private void addInferred(Disk disk, SnapshotDescription earlier) {
    earlier
        .disk(disk.target())
        .filter(then -> earlier.isExternal(then) && !then.image().equals(disk.image()))
        .ifPresent(then -> addEdge(disk.image(), then.image()));
  }

  /** Returns what the library read of the images. */
  public ImageReadings readings() {
    return readings;
  }

  /** Returns the other domains of the host that may use the images. */
  public List<OtherDomain> otherDomains() {
    return otherDomains;
  }

  /** Returns the present disks of the domain, from the active and the persistent definition. */
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

  /** Returns all known images of the domain, its snapshots and the other domains. */
  public Set<String> all() {
    Stream<Disk> withoutChain = Stream.concat(disks.stream(), disksOfSnapshots());
    return Stream.concat(basedOn.nodes().stream(), withoutChain.map(Disk::image))
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns the known backing images of an image, direct and indirect. */
  public Set<String> beneath(String image) {
    if (!basedOn.nodes().contains(image)) {
      return ImmutableSet.of();
    }
    return ImmutableSet.copyOf(
        Traverser.forGraph(basedOn).depthFirstPreOrder(basedOn.successors(image)));
  }

  /** Returns an image and its known backing images. */
  public Set<String> andBeneath(String image) {
    return ImmutableSet.<String>builder().add(image).addAll(beneath(image)).build();
  }

  /** Returns the current snapshot and its ancestors, the current snapshot first. */
  public List<SnapshotDescription> lineage() {
    return lineage(current());
  }

  /** Returns the names of a snapshot's ancestors. */
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
   * Returns whether all disks of a snapshot are in images of the domain that are known to have no
   * backing image. The contents of such a snapshot do not depend on other domains.
   */
  public boolean sufficeFor(SnapshotDescription snapshot) {
    return snapshot.disks().stream()
        .filter(Disk::isWritable)
        .allMatch(disk -> sufficeFor(snapshot, disk));
  }

  /**
   * Returns whether a disk of a snapshot is in an image of the domain that is known to have no
   * backing image.
   */
  public boolean sufficeFor(SnapshotDescription snapshot, Disk disk) {
    return frozen(snapshot, disk).isEmpty() && standalone.contains(disk.image());
  }

  /**
   * Returns the nearest ancestor of a snapshot in which the disk had an image that is not a known
   * backing image of the disk's later image. The other backing images of the later image are
   * unknown, too.
   */
  public Optional<SnapshotDescription> unknownBase(SnapshotDescription snapshot, Disk disk) {
    if (isChainRead(disk.image())) {
      return Optional.empty();
    }
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
   * Returns whether an image, or one of its backing images, is encrypted, according to its header
   * or to a definition. The definition of a disk on an overlay does not state the encryption of the
   * images beneath.
   */
  public boolean isOnEncryptedImage(String image) {
    return andBeneath(image).stream()
        .anyMatch(
            each ->
                encrypted.contains(each)
                    || readings.qcow2(each).filter(Qcow2Image::isEncrypted).isPresent());
  }

  /** Returns whether the library read an image and all its backing images. */
  public boolean isChainRead(String image) {
    return andBeneath(image).stream().allMatch(each -> readings.of(each).isPresent());
  }

  /**
   * Returns whether another image may be a backing image of a disk. libvirt reports backing images
   * only for the disks of an active domain and for the overlays of an external snapshot.
   */
  public boolean mayBeBasedOn(Disk disk, String other) {
    Set<String> known = andBeneath(disk.image());
    return !disk.isRaw()
        && !known.contains(other)
        && known.stream()
            .filter(this::mayHaveUnknownBase)
            .anyMatch(lowest -> !andBeneath(other).contains(lowest));
  }

  private boolean mayHaveUnknownBase(String image) {
    return readings.of(image).isEmpty()
        && (!basedOn.nodes().contains(image) || basedOn.successors(image).isEmpty());
  }

  /**
   * Returns another image of a disk that may be a backing image of the disk's first image among a
   * snapshot's ancestors; empty if the domain writes to that first image now.
   */
  public Optional<String> possibleBase(SnapshotDescription snapshot, Disk disk) {
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

  /** Returns the images that must not change for a snapshot to keep its contents. */
  public Set<String> frozen(SnapshotDescription snapshot) {
    ImmutableSet.Builder<String> frozen = ImmutableSet.builder();
    for (Disk disk : snapshot.disks()) {
      if (disk.isWritable()) {
        frozen.addAll(frozen(snapshot, disk));
      }
    }
    return frozen.build();
  }

  /** Returns the images that must not change for a disk of a snapshot to keep its contents. */
  public Set<String> frozen(SnapshotDescription snapshot, Disk disk) {
    return snapshot.isInternal(disk) ? beneath(disk.image()) : andBeneath(disk.image());
  }

  /** Returns the other domains that write to an image. */
  public List<OtherDomain> writersOf(String image) {
    return Lists.transform(writers.get(image), otherDomains::get);
  }

  /** Returns the other domains that use an image or an image that is based on it. */
  public List<OtherDomain> usersOf(String image) {
    return andAbove(image).stream()
        .flatMap(above -> users.get(above).stream())
        .distinct()
        .sorted()
        .map(otherDomains::get)
        .toList();
  }

  /** A disk of a snapshot. */
  public record SnapshotDisk(SnapshotDescription snapshot, Disk disk) {}

  /** Returns the snapshots with a disk that writes to an image, with that disk. */
  public List<SnapshotDisk> snapshotsWriting(String image) {
    return snapshotWriters.get(image);
  }

  /** Returns whether an image is raw according to a snapshot. */
  public boolean isRaw(String image) {
    return raw.contains(image);
  }

  /** A set, because the images of many domains may be based on the same image. */
  private Set<String> andAbove(String image) {
    return basedOn.nodes().contains(image)
        ? ImmutableSet.copyOf(Traverser.forGraph(basedOn::predecessors).depthFirstPreOrder(image))
        : ImmutableSet.of(image);
  }
}
