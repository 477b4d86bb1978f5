package io.github.libvirtsnapshot.plan.rules;

import com.google.common.io.Files;
import com.google.common.primitives.Longs;
import io.github.libvirtsnapshot.definition.Disk;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The names that libvirt gives to the files of an external snapshot, and to those that the disks go
 * on in after a revert to one: the image's, with what follows its last dot replaced, by the name of
 * the snapshot or by the time in seconds.
 */
public final class OverlayNames {
  /** A name from further ahead is not of this clock. */
  private static final Duration LONGEST = Duration.ofSeconds(2);

  private OverlayNames() {}

  /** Returns when the second is over that the newest of these images is named after, if not yet. */
  public static Optional<Instant> free(Set<String> images, Instant now) {
    return images.stream()
        .map(image -> Longs.tryParse(Files.getFileExtension(image)))
        .filter(Objects::nonNull)
        .filter(seconds -> seconds >= 0 && seconds < Instant.MAX.getEpochSecond())
        .map(seconds -> Instant.ofEpochSecond(seconds + 1))
        .filter(free -> free.isAfter(now) && free.isBefore(now.plus(LONGEST)))
        .max(Comparator.naturalOrder());
  }

  /** Returns whether the files of two disks, or of media in drives, would get one name. */
  public static boolean collide(List<Disk> disks) {
    List<String> images =
        disks.stream().map(Disk::image).filter(image -> !image.isEmpty()).distinct().toList();
    return images.stream().map(OverlayNames::stem).distinct().count() < images.size();
  }

  private static String stem(String image) {
    String extension = Files.getFileExtension(image);
    return extension.isEmpty()
        ? image
        : image.substring(0, image.length() - extension.length() - 1);
  }
}
