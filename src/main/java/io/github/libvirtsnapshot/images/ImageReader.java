package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.UnreadableImageException.damaged;

import io.github.libvirtsnapshot.images.Qcow2Reading.Outcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads an image from a position onwards, in blocks, and limits how much of the image is read.
 *
 * @param <X> the exception of a read that fails
 */
final class ImageReader<X extends Exception> {
  /** The maximum number of bytes of one read. */
  static final int MAX_READ = 1 << 20;

  /** The maximum number of bytes that a reader reads in total. */
  static final int MAX_TOTAL = 1 << 23;

  /** The header of most images has less, and so has each table. */
  private static final int BLOCK = 1 << 14;

  private static final int ALIGNMENT = 8;

  private final ImageBytes<X> image;
  private long position;
  private int total;
  private long blockOffset;
  private ByteBuffer block = ByteBuffer.allocate(0);

  ImageReader(ImageBytes<X> image) {
    this.image = image;
  }

  long position() {
    return position;
  }

  /**
   * Moves to a position.
   *
   * @param newPosition at most half of the largest number, so that no sum of positions and lengths
   *     exceeds that number
   */
  void moveTo(long newPosition) {
    position = newPosition;
  }

  void skip(long length) {
    position += length;
  }

  /** Moves to the next multiple of eight, where an entry of a table begins. */
  void align() {
    position = aligned(position);
  }

  /** Returns the next multiple of eight. */
  static long aligned(long length) {
    return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Reads the next bytes, in big-endian order. */
  ByteBuffer next(int length) throws X, UnreadableImageException {
    ByteBuffer bytes = peek(length);
    if (bytes.remaining() < length) {
      throw damaged("the image ends before byte " + (position + length));
    }
    position += length;
    return bytes;
  }

  /**
   * Reads the next bytes as a text, up to the first NUL, where the text ends for QEMU. Bytes that
   * are not UTF-8 become replacement characters.
   */
  String nextText(int length) throws X, UnreadableImageException {
    ByteBuffer bytes = next(length);
    int end = 0;
    while (end < length && bytes.get(end) != 0) {
      end++;
    }
    return StandardCharsets.UTF_8.decode(bytes.limit(end)).toString();
  }

  /** Returns the next bytes without moving; fewer if the image ends before. */
  ByteBuffer peek(int length) throws X, UnreadableImageException {
    if (position < blockOffset || position + length > blockOffset + block.limit()) {
      readBlock(Math.max(length, BLOCK));
    }
    int start = (int) (position - blockOffset);
    return block.slice(start, Math.min(length, block.limit() - start));
  }

  private void readBlock(int length) throws X, UnreadableImageException {
    if (length > MAX_READ || length > MAX_TOTAL - total) {
      throw new UnreadableImageException(
          Outcome.TOO_LARGE,
          "the header and the tables of the image have more bytes than the library reads");
    }
    total += length;
    byte[] bytes = image.read(position, length);
    blockOffset = position;
    block = ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, length)).slice();
  }
}
