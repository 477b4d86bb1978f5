package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.Qcow2Builder.CLUSTER;
import static io.github.libvirtsnapshot.images.Qcow2Builder.SNAPSHOT_TABLE;

import com.google.common.primitives.Bytes;
import com.google.common.primitives.Ints;
import com.google.common.primitives.Longs;
import com.google.common.primitives.Shorts;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * A change of an image.
 *
 * @param kind the kind of change
 * @param position the position of the change, modulo the length of the image
 * @param value the new value, or the number of bytes that are inserted, removed or copied
 */
record Mutation(Kind kind, int position, long value) {
  /** The kinds of changes. */
  enum Kind {
    BIT,
    BYTE,
    SHORT,
    INT,
    LONG,
    INSERTION,
    REMOVAL,
    COPY,
    TRUNCATION
  }

  /** Returns any change. */
  static Arbitrary<Mutation> any() {
    return Combinators.combine(Arbitraries.of(Kind.class), positions(), values()).as(Mutation::new);
  }

  /** Most positions are in the header, in its extensions, or in the first entries of the tables. */
  private static Arbitrary<Integer> positions() {
    int bitmapDirectory = SNAPSHOT_TABLE + CLUSTER;
    return Arbitraries.oneOf(
        Arbitraries.integers().between(0, 103),
        Arbitraries.integers().between(104, 250),
        Arbitraries.integers().between(SNAPSHOT_TABLE, SNAPSHOT_TABLE + 250),
        Arbitraries.integers().between(bitmapDirectory, bitmapDirectory + 100),
        Arbitraries.integers().greaterOrEqual(0));
  }

  private static Arbitrary<Long> values() {
    return Arbitraries.oneOf(
        Arbitraries.longs().between(0, 70),
        Arbitraries.longs().between(0, 10).map(clusters -> clusters * CLUSTER),
        Arbitraries.longs().between(0, 63).map(bit -> 1L << bit),
        Arbitraries.longs());
  }

  /** Returns the changed image. */
  byte[] apply(byte[] image) {
    if (image.length == 0) {
      return image;
    }
    int at = position % image.length;
    int length = (int) Long.remainderUnsigned(value, 128);
    return switch (kind) {
      case BIT -> replace(image, at, new byte[] {(byte) (image[at] ^ 1 << value % 8)});
      case BYTE -> replace(image, at, new byte[] {(byte) value});
      case SHORT -> replace(image, at, Shorts.toByteArray((short) value));
      case INT -> replace(image, at, Ints.toByteArray((int) value));
      case LONG -> replace(image, at, Longs.toByteArray(value));
      case COPY -> replace(image, at, Arrays.copyOf(tail(image, length), length));
      case INSERTION -> Bytes.concat(Arrays.copyOf(image, at), new byte[length], tail(image, at));
      case REMOVAL -> Bytes.concat(Arrays.copyOf(image, at), tail(image, at + length));
      case TRUNCATION -> Arrays.copyOf(image, at);
    };
  }

  private static byte[] replace(byte[] image, int at, byte[] bytes) {
    byte[] changed = image.clone();
    System.arraycopy(bytes, 0, changed, at, Math.min(bytes.length, image.length - at));
    return changed;
  }

  private static byte[] tail(byte[] image, int from) {
    return Arrays.copyOfRange(image, Math.min(from, image.length), image.length);
  }
}
