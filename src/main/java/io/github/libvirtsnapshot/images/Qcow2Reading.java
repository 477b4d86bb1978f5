package io.github.libvirtsnapshot.images;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Optional;

/**
 * The result of reading an image as qcow2.
 *
 * @param outcome whether the image was read
 * @param image the image; present if and only if the outcome is {@link Outcome#READ}
 * @param reason why the image was not read, as in {@code the image changed while it was read},
 *     without any text of the image; empty if the outcome is {@link Outcome#READ}
 */
public record Qcow2Reading(Outcome outcome, Optional<Qcow2Image> image, String reason) {
  /** Checks that there is an image if and only if the image was read. */
  public Qcow2Reading {
    checkArgument(image.isPresent() == (outcome == Outcome.READ), "%s: %s", outcome, image);
  }

  /** Whether an image was read. */
  public enum Outcome {
    /** The image was read. */
    READ,

    /** The image is not a qcow2 image. */
    OTHER_FORMAT,

    /** The image has features of the qcow2 format that the library does not know. */
    UNSUPPORTED,

    /** The image does not conform to the qcow2 format, or ends too early. */
    DAMAGED,

    /** The image changed while it was read. */
    CHANGED,

    /** The header and the tables of the image have more bytes than the library reads. */
    TOO_LARGE
  }

  static Qcow2Reading without(Outcome outcome, String reason) {
    return new Qcow2Reading(outcome, Optional.empty(), reason);
  }

  /**
   * Reads an image. A running guest changes the header and moves the tables of its image at any
   * time, so this method reads the image twice, and both results have to be equal. The library
   * reads at most 16 MiB in all.
   *
   * @throws X if a read fails
   */
  public static <X extends Exception> Qcow2Reading of(ImageBytes<X> image) throws X {
    Qcow2Reading first = readOnce(image);
    return readOnce(image).equals(first)
        ? first
        : without(Outcome.CHANGED, "the image changed while it was read");
  }

  private static <X extends Exception> Qcow2Reading readOnce(ImageBytes<X> bytes) throws X {
    try {
      Qcow2Image image = Qcow2Image.read(new ImageReader<>(bytes));
      return new Qcow2Reading(Outcome.READ, Optional.of(image), "");
    } catch (UnreadableImageException e) {
      return e.reading();
    }
  }
}
