package io.github.libvirtsnapshot.images;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Another domain of the host, which may use the same images.
 *
 * @param name the name of the domain
 * @param active whether the domain is active, so that its process has its images open
 * @param disks the disks of the domain
 * @param inferred by image, its backing images, the nearest first, of the disks whose definition
 *     states none: storage pools described them when libvirt refreshed the pools last
 * @param nvram the image of the domain's NVRAM, if the definition names one
 */
public record OtherDomain(
    String name,
    boolean active,
    List<Disk> disks,
    Map<String, List<String>> inferred,
    Optional<String> nvram) {
  /** Returns a domain with its disks and its NVRAM from its definition. */
  public static OtherDomain of(String name, XmlNode definition) {
    return new OtherDomain(
        name,
        !definition.text("@id").isEmpty(),
        Disk.of(definition),
        ImmutableMap.of(),
        Nvram.of(definition).map(Nvram::image).filter(image -> !image.isEmpty()));
  }

  /**
   * Returns the same domain with the paths of its images.
   *
   * @param paths by name, the paths of images that definitions name as a volume
   */
  public OtherDomain withPaths(Map<String, String> paths) {
    ImmutableMap.Builder<String, List<String>> withPaths = ImmutableMap.builder();
    inferred.forEach((image, beneath) -> withPaths.put(paths.getOrDefault(image, image), beneath));
    return new OtherDomain(
        name,
        active,
        disks.stream().map(disk -> disk.withPaths(paths)).toList(),
        withPaths.buildKeepingLast(),
        nvram);
  }

  /**
   * Returns the same domain with the backing images of the disks whose definition states none. The
   * guest of a raw disk can write a header to the image, so such a disk has no backing image.
   *
   * @param beneath returns the known backing images of an image, the nearest first
   */
  public OtherDomain withBackingImages(Function<String, List<String>> beneath) {
    ImmutableMap.Builder<String, List<String>> found = ImmutableMap.builder();
    for (Disk disk : disks) {
      boolean canHaveMore = !disk.isRaw() && !disk.standalone() && disk.beneath().isEmpty();
      List<String> images = canHaveMore ? beneath.apply(disk.image()) : List.of();
      if (!images.isEmpty()) {
        found.put(disk.image(), images);
      }
    }
    return new OtherDomain(name, active, disks, found.buildKeepingLast(), nvram);
  }

  /** Returns the images of the disks and the NVRAM, and the backing images of the definition. */
  public Set<String> images() {
    return ImmutableSet.<String>builder()
        .addAll(Disk.images(disks.stream()))
        .addAll(nvram.stream().toList())
        .build();
  }
}
