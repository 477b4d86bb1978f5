package io.github.libvirtsnapshot.snapshots.descriptions;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ImageName;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The complete content of a snapshot's XML.
 *
 * @param details the details of the snapshot
 * @param revertOverlays by target, the overlay that each disk writes to since the last revert to
 *     the snapshot, if it differs from the first overlay
 * @param domain the definition of the domain at the snapshot, if the XML contains it
 * @param inactiveDomain the definition for the next start at the snapshot, if it differed
 * @param disks the disks of the domain at the snapshot
 */
public record SnapshotDescription(
    SnapshotDetails details,
    Map<String, String> revertOverlays,
    Optional<XmlNode> domain,
    Optional<XmlNode> inactiveDomain,
    List<Disk> disks) {

  /**
   * Fetches the XML of a snapshot from libvirt and reads it.
   *
   * @param name the name that the snapshot was looked up by
   * @throws IllegalStateException if the result is not the XML of a snapshot
   */
  public static SnapshotDescription of(DomainSnapshot snapshot, String name)
      throws LibvirtException {
    String xml = snapshot.getXMLDesc();
    return of(SnapshotDetails.of(snapshot, name, xml), xml);
  }

  /**
   * Reads the XML of a snapshot.
   *
   * @throws IllegalStateException if the text is not the XML of a snapshot
   */
  public static SnapshotDescription parse(String xml) {
    return of(SnapshotDetails.parse(xml), xml);
  }

  private static SnapshotDescription of(SnapshotDetails details, String xml) {
    XmlNode snapshot = XmlNode.parse(xml);
    Optional<XmlNode> domain = snapshot.first("domain");
    return new SnapshotDescription(
        details,
        revertOverlays(snapshot),
        domain,
        snapshot.first("inactiveDomain"),
        domain.map(Disk::of).orElse(List.of()));
  }

  /** Returns the same description without the definitions of the domain, but with its disks. */
  SnapshotDescription withoutDefinitions() {
    return new SnapshotDescription(
        details, revertOverlays, Optional.empty(), Optional.empty(), disks);
  }

  /**
   * Returns the same description with the paths of its images.
   *
   * @param paths by name, the paths of images that definitions name as a volume
   */
  public SnapshotDescription withPaths(Map<String, String> paths) {
    return new SnapshotDescription(
        details,
        revertOverlays,
        domain,
        inactiveDomain,
        disks.stream().map(disk -> disk.withPaths(paths)).toList());
  }

  /** Returns the same description after a revert to the snapshot created these overlays. */
  public SnapshotDescription withRevertOverlays(Map<String, String> overlays) {
    return new SnapshotDescription(details, overlays, domain, inactiveDomain, disks);
  }

  private static Map<String, String> revertOverlays(XmlNode snapshot) {
    ImmutableMap.Builder<String, String> overlays = ImmutableMap.builder();
    for (XmlNode disk : snapshot.all("revertDisks/disk")) {
      if (disk.text("@snapshot").equals("external")) {
        overlays.put(disk.text("@name"), disk.text("source/@file"));
      }
    }
    return overlays.buildKeepingLast();
  }

  /** Returns the name of the snapshot. */
  public String name() {
    return details.name();
  }

  /** Returns whether the other describes the same snapshot of the domain. */
  public boolean isSameAs(SnapshotDescription other) {
    return name().equals(other.name());
  }

  /** Returns the creation time in seconds since 1970; 0 if unknown. */
  public long taken() {
    return details.creationTime().orElse(0L);
  }

  /** Returns by target the overlay of each external disk. */
  public Map<String, String> overlays() {
    return ImmutableMap.copyOf(
        Maps.transformValues(
            Maps.filterValues(details.disks(), StorageLocation::isExternal),
            location -> location.file().orElse("")));
  }

  /** Returns whether the memory or a disk is stored in a file of its own. */
  public boolean isExternal() {
    return details.external();
  }

  /**
   * Returns whether a disk is stored within its image. Only a snapshot with memory contains a
   * floppy, also if the XML lists the floppy.
   */
  public boolean isInternal(Disk disk) {
    return kind(disk.target()) == StorageLocation.Kind.INTERNAL
        && (details.hasMemory() || !disk.device().equals("floppy"));
  }

  /** Returns whether a disk is stored as its previous image, with the later data in an overlay. */
  public boolean isExternal(Disk disk) {
    return kind(disk.target()) == StorageLocation.Kind.EXTERNAL;
  }

  /** Returns whether the snapshot includes a disk. */
  public boolean has(String target) {
    return kind(target) != StorageLocation.Kind.NO;
  }

  private StorageLocation.Kind kind(String target) {
    return Optional.ofNullable(details.disks().get(target))
        .map(StorageLocation::kind)
        .orElse(StorageLocation.Kind.NO);
  }

  /** Returns the domain's disk at a target. */
  public Optional<Disk> disk(String target) {
    return disks.stream().filter(disk -> disk.target().equals(target)).findFirst();
  }

  /** Returns all images that the XML names. */
  public Set<String> images() {
    return ImmutableSet.<String>builder()
        .addAll(Disk.images(disks.stream()))
        .addAll(overlays().values())
        .addAll(revertOverlays.values())
        .build();
  }

  /** Returns the images that a revert to the snapshot writes to. */
  public Set<String> rewritten() {
    return disks.stream()
        .filter(disk -> isInternal(disk) && !disk.image().isEmpty())
        .map(Disk::image)
        .collect(ImmutableSet.toImmutableSet());
  }

  /**
   * Returns the names of the overlays that a revert to the snapshot creates, without the time that
   * follows: those of the images, without their extensions. A medium in a drive gets an overlay
   * too.
   */
  public Set<String> newOverlays() {
    return isExternal()
        ? disks.stream()
            .map(Disk::image)
            .filter(image -> !image.isEmpty())
            .map(ImageName::withoutExtension)
            .collect(ImmutableSet.toImmutableSet())
        : ImmutableSet.of();
  }

  /** Returns the images that libvirt deletes on a revert from this current snapshot to a target. */
  public Set<String> deletedOnRevertTo(SnapshotDescription target) {
    return target.isExternal()
        ? ImmutableSet.copyOf((revertOverlays.isEmpty() ? overlays() : revertOverlays).values())
        : ImmutableSet.of();
  }

  /** Returns the details on one line, with control characters escaped. */
  @Override
  public String toString() {
    return details.toString();
  }
}
