package io.github.libvirtsnapshot.images;

import java.util.List;
import java.util.Optional;

/** Results of reading qcow2 images, for tests of the code that uses them. */
public final class SampleQcow2 {
  private SampleQcow2() {}

  /** Returns an image with these snapshots and bitmaps, and without a backing image. */
  public static Qcow2Image image(List<Qcow2Snapshot> snapshots, List<Qcow2Bitmap> bitmaps) {
    return image(Qcow2Image.Encryption.NONE, false, snapshots, bitmaps);
  }

  /** Returns a reading of an image of which only the header and the tables are known. */
  public static ImageReading reading(Qcow2Image image) {
    return reading(Optional.empty(), image);
  }

  /** Returns such a reading of an image with a backing image. */
  public static ImageReading reading(Optional<String> backing, Qcow2Image image) {
    return new ImageReading(
        Optional.empty(), Optional.empty(), Optional.empty(), backing, Optional.of(image));
  }

  /** Returns an image without snapshots that QEMU marked as corrupt. */
  public static Qcow2Image corrupt() {
    return image(Qcow2Image.Encryption.NONE, true, List.of(), List.of());
  }

  /** Returns an image without snapshots, bitmaps and a backing image. */
  public static Qcow2Image encrypted(Qcow2Image.Encryption encryption) {
    return image(encryption, false, List.of(), List.of());
  }

  private static Qcow2Image image(
      Qcow2Image.Encryption encryption,
      boolean corrupt,
      List<Qcow2Snapshot> snapshots,
      List<Qcow2Bitmap> bitmaps) {
    return new Qcow2Image(
        3,
        1 << 26,
        Optional.empty(),
        Optional.empty(),
        encryption,
        false,
        Optional.empty(),
        false,
        corrupt,
        snapshots,
        bitmaps);
  }
}
