package io.github.libvirtsnapshot.images;

import com.google.common.base.Splitter;
import com.google.common.hash.Hashing;
import io.github.libvirtsnapshot.definition.Disk;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** The images of disks with their backing images, as the headers of the images state them. */
public final class BackingChains {
  private static final int DIGITS = 16;
  private static final String UNREAD = "unread";
  private static final String SEPARATOR = " ";

  private BackingChains() {}

  /**
   * Returns the backing images of an image, direct and indirect, the nearest first. An image that
   * is beneath itself ends the chain.
   *
   * @param backing returns the known backing image of an image
   */
  public static <T> Set<T> beneath(T image, Function<T, Optional<T>> backing) {
    Set<T> beneath = new LinkedHashSet<>();
    Optional<T> next = backing.apply(image);
    while (next.isPresent() && beneath.add(next.get())) {
      next = backing.apply(next.get());
    }
    return beneath;
  }

  /**
   * Returns for each writable disk a hash of the names of its images, which changes if an image
   * gets another backing image or none.
   *
   * @return for each disk 16 hexadecimal digits, or {@code unread} if the library could not read
   *     one of its images; empty if no images of a disk could be read
   */
  public static Optional<String> hashes(List<Disk> disks, ImageReadings readings) {
    List<String> hashes =
        writable(disks).map(disk -> hash(disk.image(), readings).orElse(UNREAD)).toList();
    return hashes.stream().allMatch(UNREAD::equals)
        ? Optional.empty()
        : Optional.of(String.join(SEPARATOR, hashes));
  }

  /**
   * Returns whether a disk is known to have other images now than at an earlier time.
   *
   * @param then the earlier result of {@link #hashes} for the same disks
   * @param disks all disks, with the present names of their images
   */
  public static boolean hasChanged(
      Disk disk, String then, List<Disk> disks, ImageReadings readings) {
    List<String> hashes = Splitter.on(SEPARATOR).splitToList(then);
    List<Disk> writable = writable(disks).toList();
    int place = writable.indexOf(disk);
    return hashes.size() == writable.size()
        && place >= 0
        && !hashes.get(place).equals(UNREAD)
        && hash(disk.image(), readings).filter(now -> !now.equals(hashes.get(place))).isPresent();
  }

  private static Stream<Disk> writable(List<Disk> disks) {
    return disks.stream().filter(Disk::isWritable).sorted(Comparator.comparing(Disk::target));
  }

  private static Optional<String> hash(String image, ImageReadings readings) {
    Set<String> beneath = readings.beneath(image);
    boolean isRead =
        Stream.concat(Stream.of(image), beneath.stream())
            .allMatch(each -> readings.of(each).isPresent());
    return isRead ? Optional.of(hash(image, beneath)) : Optional.empty();
  }

  private static String hash(String image, Set<String> beneath) {
    return Hashing.sha256()
        .hashString(image + "\0" + String.join("\0", beneath), StandardCharsets.UTF_8)
        .toString()
        .substring(0, DIGITS);
  }
}
