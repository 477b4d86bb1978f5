package io.github.libvirtsnapshot.definition;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A disk in a domain's definition.
 *
 * @param target the name of the device in the guest, as in {@code vda}
 * @param device the type of the device: {@code disk}, {@code lun}, {@code cdrom} or {@code floppy}
 * @param image the name of the image, unique on the host: the path of a file or block device,
 *     {@code pool/volume}, or the address of an image on the network; empty if the drive is empty
 * @param type the type of the image's source: {@code file}, {@code block}, {@code network}, ...
 * @param format the format of the image, as in {@code qcow2}
 * @param readOnly whether the guest cannot write to the disk
 * @param isTransient whether libvirt discards what the guest writes when the guest stops
 * @param isShareable whether several guests may write to the image at the same time
 * @param isRequired whether a guest cannot be started without the image
 * @param snapshotMode the default snapshot mode in the definition; empty if not specified
 * @param beneath the backing images in the definition, the nearest first
 * @param standalone whether the definition states that the image has no backing image
 * @param isEncrypted whether the definition states that the image is encrypted
 * @param isOnEncrypted whether the definition states that a backing image is encrypted
 * @param sliced the image and the backing images of which the definition states that the disk uses
 *     only a part ({@code <slices>})
 */
public record Disk(
    String target,
    String device,
    String image,
    String type,
    String format,
    boolean readOnly,
    boolean isTransient,
    boolean isShareable,
    boolean isRequired,
    String snapshotMode,
    List<String> beneath,
    boolean standalone,
    boolean isEncrypted,
    boolean isOnEncrypted,
    Set<String> sliced) {
  private static final ImmutableSet<String> REQUIRED = ImmutableSet.of("", "mandatory");

  /** Returns the disks in a domain's definition. */
  public static List<Disk> of(XmlNode domain) {
    return domain.all("devices/disk").stream().map(Disk::read).toList();
  }

  private static Disk read(XmlNode disk) {
    String device = disk.text("@device");
    return new Disk(
        disk.text("target/@dev"),
        device.isEmpty() ? "disk" : device,
        image(disk),
        disk.text("@type"),
        disk.text("driver/@type"),
        disk.first("readonly").isPresent() || device.equals("cdrom"),
        disk.first("transient").isPresent(),
        disk.first("shareable").isPresent(),
        REQUIRED.contains(disk.text("source/@startupPolicy")),
        disk.text("@snapshot"),
        backingStores(disk).stream().map(Disk::image).toList(),
        disk.first("backingStore").filter(base -> base.children().isEmpty()).isPresent(),
        disk.first("encryption").isPresent() || disk.first("source/encryption").isPresent(),
        backingStores(disk).stream()
            .anyMatch(store -> store.first("source/encryption").isPresent()),
        sliced(disk));
  }

  /** Returns the elements of the backing images, the nearest first. */
  private static List<XmlNode> backingStores(XmlNode disk) {
    ImmutableList.Builder<XmlNode> stores = ImmutableList.builder();
    Optional<XmlNode> next = disk.first("backingStore");
    while (next.isPresent() && !image(next.get()).isEmpty()) {
      stores.add(next.get());
      next = next.get().first("backingStore");
    }
    return stores.build();
  }

  private static Set<String> sliced(XmlNode disk) {
    return Stream.concat(Stream.of(disk), backingStores(disk).stream())
        .filter(store -> store.first("source/slices").isPresent())
        .map(Disk::image)
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns the name of the image of a disk or backing store; empty if there is none. */
  private static String image(XmlNode owner) {
    return owner.first("source").map(ImageName::of).orElse("");
  }

  /** Returns the same disk on an overlay of its image. */
  public Disk on(String overlay) {
    return new Disk(
        target,
        device,
        overlay,
        type,
        "qcow2",
        readOnly,
        isTransient,
        isShareable,
        isRequired,
        snapshotMode,
        ImmutableList.<String>builder().add(image).addAll(beneath).build(),
        false,
        false,
        isEncrypted || isOnEncrypted,
        sliced);
  }

  /**
   * Returns the same disk with the paths of its images.
   *
   * @param paths by name, the paths of images that definitions name as a volume
   */
  public Disk withPaths(Map<String, String> paths) {
    return new Disk(
        target,
        device,
        paths.getOrDefault(image, image),
        type,
        format,
        readOnly,
        isTransient,
        isShareable,
        isRequired,
        snapshotMode,
        beneath.stream().map(name -> paths.getOrDefault(name, name)).toList(),
        standalone,
        isEncrypted,
        isOnEncrypted,
        sliced.stream()
            .map(name -> paths.getOrDefault(name, name))
            .collect(ImmutableSet.toImmutableSet()));
  }

  /** Returns the images of disks and their backing images. */
  public static Set<String> images(Stream<Disk> disks) {
    return disks
        .flatMap(disk -> Stream.concat(Stream.of(disk.image), disk.beneath.stream()))
        .filter(image -> !image.isEmpty())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns whether the guest can write to the disk. */
  public boolean isWritable() {
    return !readOnly && !image.isEmpty();
  }

  /** Returns whether the guest can write to this image through the disk. */
  public boolean writesTo(String someImage) {
    return isWritable() && image.equals(someImage);
  }

  /**
   * Returns whether the image is raw: it has no backing image and no internal snapshots. libvirt
   * uses this format if the definition does not specify one.
   */
  public boolean isRaw() {
    return format.isEmpty() || format.equals("raw");
  }
}
