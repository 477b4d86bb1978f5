package io.github.libvirtsnapshot.images;

import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Another domain of the host, which may use the same images.
 *
 * @param name the name of the domain
 * @param active whether the domain is active, so that its process has its images open
 * @param disks the disks of the domain
 */
public record OtherDomain(String name, boolean active, List<Disk> disks) {
  /** Returns a domain with its disks from its definition. */
  public static OtherDomain of(String name, XmlNode definition) {
    return new OtherDomain(name, !definition.text("@id").isEmpty(), Disk.of(definition));
  }

  /**
   * Returns the same domain with the paths of its images.
   *
   * @param paths by name, the paths of images that definitions name as a volume
   */
  public OtherDomain withPaths(Map<String, String> paths) {
    return new OtherDomain(
        name, active, disks.stream().map(disk -> disk.withPaths(paths)).toList());
  }

  /**
   * Returns the same domain with the backing images of its disks.
   *
   * @param beneath returns the known backing images of an image, the nearest first
   */
  public OtherDomain withBackingImages(Function<String, List<String>> beneath) {
    return new OtherDomain(
        name,
        active,
        disks.stream().map(disk -> disk.orAbove(beneath.apply(disk.image()))).toList());
  }
}
