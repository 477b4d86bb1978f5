package io.github.libvirtsnapshot.images;

import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.images.Qcow2Reading.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * The first bytes of images, by which their formats are recognized. A raw image has no such bytes.
 */
final class ImageMagic {
  private static final int LENGTH = 68;

  private static final String QCOW2 = "QFI\u00FB";
  private static final String QCOW = QCOW2 + "\0\0\0\1";

  /** The formats by the bytes at the start of an image. */
  private static final ImmutableMap<String, String> FORMATS =
      ImmutableMap.of(
          QCOW,
          "qcow",
          "QED\0",
          "qed",
          "KDMV",
          "vmdk",
          "COWD",
          "vmdk",
          "vhdxfile",
          "vhdx",
          "conectix",
          "vpc",
          "LUKS\u00BA\u00BE",
          "luks",
          "WithoutFreeSpace",
          "parallels");

  private static final String VDI = "\u007F\u0010\u00DA\u00BE";
  private static final int VDI_OFFSET = 64;

  private ImageMagic() {}

  /** Throws an exception if the image does not start as a qcow2 image does. */
  static <X extends Exception> void requireQcow2(ImageReader<X> reader)
      throws X, UnreadableImageException {
    String start = StandardCharsets.ISO_8859_1.decode(reader.peek(LENGTH)).toString();
    if (!start.startsWith(QCOW2) || start.startsWith(QCOW)) {
      throw new UnreadableImageException(
          Outcome.OTHER_FORMAT,
          format(start)
              .map("the image is a %s image, not a qcow2 image"::formatted)
              .orElse("the image is not a qcow2 image"));
    }
  }

  private static Optional<String> format(String start) {
    return start.startsWith(VDI, VDI_OFFSET)
        ? Optional.of("vdi")
        : FORMATS.entrySet().stream()
            .filter(format -> start.startsWith(format.getKey()))
            .map(Map.Entry::getValue)
            .findFirst();
  }
}
