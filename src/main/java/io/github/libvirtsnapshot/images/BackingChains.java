package io.github.libvirtsnapshot.images;

import com.google.common.hash.Hashing;
import io.github.libvirtsnapshot.definition.Disk;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The images of disks with their backing images, as the headers of the images state them. */
public final class BackingChains {
  private static final int DIGITS = 16;

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
   * Returns a hash of the names of all images, which changes if an image gets another backing image
   * or none.
   *
   * @return 16 hexadecimal digits; empty if no disk is writable, or if the library could not read
   *     one of the images
   */
  public static Optional<String> hash(List<Disk> disks, ImageReadings readings) {
    List<Disk> writable = disks.stream().filter(Disk::isWritable).toList();
    boolean isKnown =
        !writable.isEmpty() && writable.stream().allMatch(disk -> isRead(disk.image(), readings));
    return isKnown ? Optional.of(hash(writable.stream(), readings)) : Optional.empty();
  }

  private static boolean isRead(String image, ImageReadings readings) {
    return readings.of(image).isPresent()
        && readings.beneath(image).stream().allMatch(beneath -> readings.of(beneath).isPresent());
  }

  private static String hash(Stream<Disk> disks, ImageReadings readings) {
    String chains =
        disks
            .map(Disk::image)
            .sorted()
            .map(image -> chain(image, readings.beneath(image)))
            .collect(Collectors.joining("\n"));
    return Hashing.sha256()
        .hashString(chains, StandardCharsets.UTF_8)
        .toString()
        .substring(0, DIGITS);
  }

  private static String chain(String image, Set<String> beneath) {
    return image + "\0" + String.join("\0", beneath);
  }
}
