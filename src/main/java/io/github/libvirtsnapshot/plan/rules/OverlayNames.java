package io.github.libvirtsnapshot.plan.rules;

import com.google.common.io.Files;
import com.google.common.primitives.Longs;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ImageName;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The names of the overlay files that libvirt creates for an external snapshot, and for a revert to
 * one. The name is the image's name, with the part after the last dot replaced by the name of the
 * snapshot or, on a revert, by the time in seconds.
 */
public final class OverlayNames {
  /** A time further in the future is not from the clock of the host. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private OverlayNames() {}

  /**
   * Returns the end of the second that the newest of these images is named after, if in the future.
   */
  public static Optional<Instant> free(Set<String> images, Instant now) {
    return images.stream()
        .map(image -> Longs.tryParse(Files.getFileExtension(image)))
        .filter(Objects::nonNull)
        .filter(seconds -> seconds >= 0 && seconds < Instant.MAX.getEpochSecond())
        .map(seconds -> Instant.ofEpochSecond(seconds + 1))
        .filter(free -> free.isAfter(now) && free.isBefore(now.plus(LONGEST)))
        .max(Comparator.naturalOrder());
  }

  /**
   * Returns whether an image has a name that libvirt gives to the overlay of another on a revert.
   */
  public static boolean isFromRevert(String overlay, String image) {
    Long seconds = Longs.tryParse(Files.getFileExtension(overlay));
    return seconds != null
        && !overlay.equals(image)
        && ImageName.withoutExtension(overlay).equals(ImageName.withoutExtension(image));
  }

  /** Returns whether the overlay files of two disks or media would have the same name. */
  public static boolean collide(List<Disk> disks) {
    List<String> images =
        disks.stream().map(Disk::image).filter(image -> !image.isEmpty()).distinct().toList();
    return images.stream().map(ImageName::withoutExtension).distinct().count() < images.size();
  }
}
