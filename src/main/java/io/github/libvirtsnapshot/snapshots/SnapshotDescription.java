package io.github.libvirtsnapshot.snapshots;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * All that the XML of a snapshot says, read once. Internal to the library.
 *
 * @param details what it says of the snapshot itself
 * @param revertOverlays the image that each disk went on in after the last revert to the snapshot,
 *     if it differs; by target
 * @param domain the domain as it was, if the XML says it
 * @param inactiveDomain what the domain was to be when it was next started, if that differed
 * @param disks the disks of the domain as it was
 * @hidden
 */
public record SnapshotDescription(
    SnapshotDetails details,
    Map<String, String> revertOverlays,
    Optional<XmlNode> domain,
    Optional<XmlNode> inactiveDomain,
    List<Disk> disks) {

  /**
   * Asks libvirt for the XML of a snapshot, and reads it.
   *
   * @param name the name that the snapshot was looked up by
   * @throws IllegalStateException if that is no XML of a snapshot
   */
  public static SnapshotDescription of(DomainSnapshot snapshot, String name)
      throws LibvirtException {
    SnapshotDescription read = parse(snapshot.getXMLDesc());
    return new SnapshotDescription(
        read.details.foundIn(snapshot, name),
        read.revertOverlays,
        read.domain,
        read.inactiveDomain,
        read.disks);
  }

  /**
   * Reads the XML of a snapshot.
   *
   * @throws IllegalStateException if it is no XML of a snapshot
   */
  public static SnapshotDescription parse(String xml) {
    XmlNode snapshot = XmlNode.parse(xml);
    Optional<XmlNode> domain = snapshot.first("domain");
    return new SnapshotDescription(
        SnapshotDetails.read(snapshot, xml),
        overlays(SnapshotDetails.disks(snapshot.all("revertDisks/disk"))),
        domain,
        snapshot.first("inactiveDomain"),
        domain.map(Disk::of).orElse(List.of()));
  }

  /** Returns the same without the definitions of the domain, but with its disks. */
  SnapshotDescription withoutDefinitions() {
    return new SnapshotDescription(
        details, revertOverlays, Optional.empty(), Optional.empty(), disks);
  }

  private static Map<String, String> overlays(Map<String, StorageLocation> disks) {
    return ImmutableMap.copyOf(
        Maps.transformValues(
            Maps.filterValues(disks, StorageLocation::isExternal), kept -> kept.file().orElse("")));
  }

  /** Returns the name. */
  public String name() {
    return details.name();
  }

  /** Returns whether the other describes the same snapshot of the domain. */
  public boolean isSameAs(SnapshotDescription other) {
    return name().equals(other.name());
  }

  /** Returns when it was taken, in seconds since 1970; 0 if the XML does not say. */
  public long taken() {
    return details.creationTime().orElse(0L);
  }

  /** Returns the image that each external disk went on in; by target. */
  public Map<String, String> overlays() {
    return overlays(details.disks());
  }

  /** Returns whether some of it is in files of its own. */
  public boolean isExternal() {
    return details.external();
  }

  /** Returns whether the content of a disk is kept within its image. */
  public boolean isInternal(Disk disk) {
    return kind(disk.target()) == StorageLocation.Kind.INTERNAL;
  }

  /** Returns whether the content of a disk is the image that it had, which was left alone since. */
  public boolean isExternal(Disk disk) {
    return kind(disk.target()) == StorageLocation.Kind.EXTERNAL;
  }

  /** Returns whether a disk is in it. */
  public boolean has(String target) {
    return kind(target) != StorageLocation.Kind.NO;
  }

  private StorageLocation.Kind kind(String target) {
    return Optional.ofNullable(details.disks().get(target))
        .map(StorageLocation::kind)
        .orElse(StorageLocation.Kind.NO);
  }

  /** Returns the disk that the domain had at a target. */
  public Optional<Disk> disk(String target) {
    return disks.stream().filter(disk -> disk.target().equals(target)).findFirst();
  }

  /** Returns all images that it names. */
  public Set<String> images() {
    return ImmutableSet.<String>builder()
        .addAll(Disk.images(disks.stream()))
        .addAll(overlays().values())
        .addAll(revertOverlays.values())
        .build();
  }

  /** Returns the images that a revert to it writes to. */
  public Set<String> rewritten() {
    return disks.stream()
        .filter(disk -> isInternal(disk) && !disk.image().isEmpty())
        .map(Disk::image)
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns the images that libvirt deletes when it goes from here to an external snapshot. */
  public Set<String> deletedOnLeaving() {
    return ImmutableSet.copyOf((revertOverlays.isEmpty() ? overlays() : revertOverlays).values());
  }

  /** Returns one line about the snapshot itself, with control characters escaped. */
  @Override
  public String toString() {
    return details.toString();
  }
}
