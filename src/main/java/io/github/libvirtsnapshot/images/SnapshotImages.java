package io.github.libvirtsnapshot.images;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Longs;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Where the content of a snapshot is.
 *
 * @param name the name of the snapshot
 * @param parent the name of its parent, empty if it has none
 * @param taken when it was taken, in seconds since 1970
 * @param memory where the memory is: {@code internal}, {@code external}, or {@code no}
 * @param memoryFile the file of an external memory, empty if there is none
 * @param modes how each disk is in it: {@code internal}, {@code external}, {@code no}, ...; by
 *     target
 * @param overlays the image that each external disk went on in; by target
 * @param revertOverlays the image that each disk went on in after the last revert to the snapshot,
 *     if it differs; by target
 * @param disks the disks of the domain as it was
 */
public record SnapshotImages(
    String name,
    String parent,
    long taken,
    String memory,
    String memoryFile,
    Map<String, String> modes,
    Map<String, String> overlays,
    Map<String, String> revertOverlays,
    List<Disk> disks) {
  private static final String INTERNAL = "internal";
  private static final String EXTERNAL = "external";

  /** Reads the XML of a snapshot. */
  public static SnapshotImages of(XmlNode snapshot) {
    return of(snapshot, snapshot.text("name"), snapshot.text("parent/name"));
  }

  /**
   * Reads the XML of a snapshot whose name is known exactly: white space may be a part of it.
   *
   * @param parent the name of its parent, empty if it has none
   */
  public static SnapshotImages of(XmlNode snapshot, String name, String parent) {
    return new SnapshotImages(
        name,
        parent,
        Optional.ofNullable(Longs.tryParse(snapshot.text("creationTime"))).orElse(0L),
        snapshot.text("memory/@snapshot"),
        snapshot.text("memory/@file"),
        byTarget(snapshot.all("disks/disk"), disk -> disk.text("@snapshot")),
        overlays(snapshot.all("disks/disk")),
        overlays(snapshot.all("revertDisks/disk")),
        snapshot.first("domain").map(Disk::of).orElse(List.of()));
  }

  private static Map<String, String> overlays(List<XmlNode> disks) {
    return byTarget(
        disks.stream().filter(disk -> disk.text("@snapshot").equals(EXTERNAL)).toList(),
        disk -> disk.text("source/@file"));
  }

  private static Map<String, String> byTarget(
      List<XmlNode> disks, Function<XmlNode, String> value) {
    ImmutableMap.Builder<String, String> values = ImmutableMap.builder();
    disks.forEach(disk -> values.put(disk.text("@name"), value.apply(disk)));
    return values.buildKeepingLast();
  }

  /** Returns whether some of it is in files of its own. */
  public boolean isExternal() {
    return memory.equals(EXTERNAL) || modes.containsValue(EXTERNAL);
  }

  /** Returns whether the content of a disk is kept within its image. */
  public boolean isInternal(Disk disk) {
    return INTERNAL.equals(modes.get(disk.target()));
  }

  /** Returns whether the content of a disk is the image that it had, which was left alone since. */
  public boolean isExternal(Disk disk) {
    return EXTERNAL.equals(modes.get(disk.target()));
  }

  /** Returns whether a disk is in it. */
  public boolean has(String target) {
    return !modes.getOrDefault(target, "no").equals("no");
  }

  /** Returns the disk that the domain had at a target. */
  public Optional<Disk> disk(String target) {
    return disks.stream().filter(disk -> disk.target().equals(target)).findFirst();
  }

  /** Returns all images that it names. */
  public Set<String> images() {
    return ImmutableSet.<String>builder()
        .addAll(Disk.images(disks.stream()))
        .addAll(overlays.values())
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
    return ImmutableSet.copyOf((revertOverlays.isEmpty() ? overlays : revertOverlays).values());
  }
}
