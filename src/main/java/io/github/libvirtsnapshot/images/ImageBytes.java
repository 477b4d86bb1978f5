package io.github.libvirtsnapshot.images;

/**
 * The bytes of an image.
 *
 * @param <X> the exception of a read that fails
 */
@FunctionalInterface
public interface ImageBytes<X extends Exception> {
  /**
   * Reads a part of the image.
   *
   * @param offset the position of the first byte, 0 or more
   * @param length the number of bytes, at least 1 and at most {@value ImageReader#MAX_READ}
   * @return the bytes; fewer than requested only if the image ends before
   */
  byte[] read(long offset, int length) throws X;
}
