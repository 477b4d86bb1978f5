package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.UnreadableImageException.damaged;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The header extensions of a qcow2 image.
 *
 * @param backingFormat the format of the backing image
 * @param dataFile the name of the external data file
 * @param bitmaps where the bitmaps are
 */
record Qcow2Extensions(
    Optional<String> backingFormat, Optional<String> dataFile, Optional<Bitmaps> bitmaps) {
  private static final int END = 0;
  private static final int BACKING_FORMAT = 0xE2792ACA;
  private static final int DATA_FILE = 0x44415441;
  private static final int BITMAPS = 0x23852875;

  private static final int START_LENGTH = 8;
  private static final int BITMAPS_LENGTH = 24;
  private static final int MAX_BACKING_FORMAT_LENGTH = 15;

  /**
   * Where the bitmaps are.
   *
   * @param count the number of bitmaps
   * @param offset the position of their directory
   * @param length the length of their directory in bytes
   */
  record Bitmaps(int count, long offset, long length) {}

  /** Reads the extensions. Of several extensions of one type, QEMU uses the last. */
  static <X extends Exception> Qcow2Extensions read(ImageReader<X> reader, Qcow2Header header)
      throws X, UnreadableImageException {
    Optional<String> backingFormat = Optional.empty();
    Optional<String> dataFile = Optional.empty();
    Optional<Bitmaps> bitmaps = Optional.empty();
    reader.moveTo(header.length());
    while (reader.position() < header.extensionsEnd()) {
      ByteBuffer start = reader.next(START_LENGTH);
      int length = length(start.getInt(4), header.extensionsEnd() - reader.position());
      long next = reader.position() + ImageReader.aligned(length);
      switch (start.getInt(0)) {
        case END -> next = header.extensionsEnd();
        case BACKING_FORMAT -> backingFormat = backingFormat(reader, length);
        case DATA_FILE -> dataFile = nonEmpty(reader.nextText(length));
        case BITMAPS -> bitmaps = Optional.of(bitmaps(reader, length));
        default -> {}
      }
      reader.moveTo(next);
    }
    return new Qcow2Extensions(backingFormat, dataFile, bitmaps);
  }

  private static int length(int length, long available) throws UnreadableImageException {
    if (length < 0 || length > available) {
      throw damaged("an extension of its header is too long");
    }
    return length;
  }

  private static <X extends Exception> Optional<String> backingFormat(
      ImageReader<X> reader, int length) throws X, UnreadableImageException {
    if (length > MAX_BACKING_FORMAT_LENGTH) {
      throw damaged("the format of its backing file is too long");
    }
    return nonEmpty(reader.nextText(length));
  }

  private static Optional<String> nonEmpty(String text) {
    return Optional.of(text).filter(any -> !any.isEmpty());
  }

  private static <X extends Exception> Bitmaps bitmaps(ImageReader<X> reader, int length)
      throws X, UnreadableImageException {
    if (length != BITMAPS_LENGTH) {
      throw damaged("the extension for bitmaps has a wrong length");
    }
    ByteBuffer extension = reader.next(BITMAPS_LENGTH);
    return new Bitmaps(extension.getInt(0), extension.getLong(16), extension.getLong(8));
  }
}
