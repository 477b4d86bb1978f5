package io.github.libvirtsnapshot.images;

import java.util.List;
import java.util.Optional;

/** Results of reading qcow2 images, for tests of the code that uses them. */
public final class SampleQcow2 {
  private SampleQcow2() {}

  /** Returns an image with these snapshots and bitmaps, and without a backing image. */
  public static Qcow2Image image(List<Qcow2Snapshot> snapshots, List<Qcow2Bitmap> bitmaps) {
    return image(Qcow2Image.Encryption.NONE, snapshots, bitmaps);
  }

  /** Returns an image without snapshots, bitmaps and a backing image. */
  public static Qcow2Image encrypted(Qcow2Image.Encryption encryption) {
    return image(encryption, List.of(), List.of());
  }

  private static Qcow2Image image(
      Qcow2Image.Encryption encryption, List<Qcow2Snapshot> snapshots, List<Qcow2Bitmap> bitmaps) {
    return new Qcow2Image(
        3,
        1 << 26,
        Optional.empty(),
        Optional.empty(),
        encryption,
        false,
        Optional.empty(),
        false,
        false,
        snapshots,
        bitmaps);
  }
}
