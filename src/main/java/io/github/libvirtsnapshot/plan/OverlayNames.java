package io.github.libvirtsnapshot.plan;

import com.google.common.io.Files;
import io.github.libvirtsnapshot.images.Disk;
import java.util.List;

/**
 * The names that libvirt gives to the files of an external snapshot: the image's, with what follows
 * its last dot replaced.
 */
final class OverlayNames {
  private OverlayNames() {}

  /** Returns whether the files of two disks, or of media in drives, would get one name. */
  static boolean collide(List<Disk> disks) {
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
