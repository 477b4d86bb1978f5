package io.github.libvirtsnapshot.definition;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A disk of a domain's definition.
 *
 * @param target where the guest sees it, as in {@code vda}
 * @param device what it is: {@code disk}, {@code lun}, {@code cdrom} or {@code floppy}
 * @param image the image that it writes to: a path, or whatever else names it; empty if the drive
 *     is
 * @param type how libvirt reaches the image: {@code file}, {@code block}, {@code network}, ...
 * @param format the format of the image, as in {@code qcow2}
 * @param readOnly whether the guest can't write to it
 * @param snapshotMode how the definition wants its snapshots taken; empty if it does not say
 * @param beneath the images that it is based on, the nearest first, as far as the definition says
 * @param standalone whether the definition says that it is based on nothing
 */
public record Disk(
    String target,
    String device,
    String image,
    String type,
    String format,
    boolean readOnly,
    String snapshotMode,
    List<String> beneath,
    boolean standalone) {
  private static final ImmutableSet<String> NAMES =
      ImmutableSet.of("@file", "@dev", "@dir", "@name", "@volume", "@path");

  /** Reads the disks of a domain's definition. */
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
        disk.text("@snapshot"),
        beneath(disk),
        disk.first("backingStore").filter(base -> base.children().isEmpty()).isPresent());
  }

  private static List<String> beneath(XmlNode disk) {
    ImmutableList.Builder<String> images = ImmutableList.builder();
    Optional<XmlNode> next = disk.first("backingStore");
    while (next.isPresent() && !image(next.get()).isEmpty()) {
      images.add(image(next.get()));
      next = next.get().first("backingStore");
    }
    return images.build();
  }

  /** Returns what names the image of a disk or of a backing store, empty if there is none. */
  private static String image(XmlNode owner) {
    return owner
        .first("source")
        .flatMap(
            source -> NAMES.stream().map(source::text).filter(name -> !name.isEmpty()).findFirst())
        .orElse("");
  }

  /** Returns the images of disks, and those beneath. */
  public static Set<String> images(Stream<Disk> disks) {
    return disks
        .flatMap(disk -> Stream.concat(Stream.of(disk.image), disk.beneath.stream()))
        .filter(image -> !image.isEmpty())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns whether the guest can change what is on it. */
  public boolean isWritable() {
    return !readOnly && !image.isEmpty();
  }

  /** Returns whether the guest can change this image. */
  public boolean writesTo(String some) {
    return isWritable() && image.equals(some);
  }

  /** Returns whether nothing but writing through this image changes it. */
  public boolean isRaw() {
    return format.equals("raw");
  }
}
