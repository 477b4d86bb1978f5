package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.UnreadableImageException.damaged;

import io.github.libvirtsnapshot.images.Qcow2Image.Encryption;
import io.github.libvirtsnapshot.images.Qcow2Reading.Outcome;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The header of a qcow2 image.
 *
 * @param length the length of the header, after which the extensions begin
 * @param clusterSize the size of a cluster in bytes
 * @param backingFileOffset the position of the backing file's name; 0 if there is none
 * @param level1Count the number of entries of the disk's level 1 table
 * @param level1Table the position of that table, which leads to the content of the disk
 * @param snapshotTable the position of the table of the snapshots
 * @param incompatible the bits of the features that a program has to know to read the image
 * @param autoclear the bits of the features whose data is valid: a program that does not know a
 *     feature clears its bit when the program writes to the image
 */
record Qcow2Header(
    int version,
    int length,
    int clusterSize,
    long virtualSize,
    long backingFileOffset,
    int backingFileLength,
    Encryption encryption,
    int level1Count,
    long level1Table,
    int snapshotCount,
    long snapshotTable,
    long incompatible,
    long autoclear) {
  private static final int VERSION_2_LENGTH = 72;
  private static final int VERSION_3_LENGTH = 104;

  private static final int MIN_CLUSTER_BITS = 9;
  private static final int MAX_CLUSTER_BITS = 21;
  private static final int MAX_BACKING_FILE_LENGTH = 1023;

  private static final long DIRTY = 1;
  private static final long CORRUPT = 1 << 1;
  private static final long EXTERNAL_DATA = 1 << 2;
  private static final long COMPRESSION_TYPE = 1 << 3;
  private static final long EXTENDED_L2 = 1 << 4;
  private static final long KNOWN =
      DIRTY | CORRUPT | EXTERNAL_DATA | COMPRESSION_TYPE | EXTENDED_L2;

  private static final long BITMAPS = 1;

  static <X extends Exception> Qcow2Header read(ImageReader<X> reader)
      throws X, UnreadableImageException {
    ImageMagic.requireQcow2(reader);
    ByteBuffer start = reader.next(VERSION_2_LENGTH);
    int version = start.getInt(4);
    Qcow2Header header =
        switch (version) {
          case 2 -> of(start, VERSION_2_LENGTH, 0, 0);
          case 3 -> version3(start, reader.next(VERSION_3_LENGTH - VERSION_2_LENGTH));
          default -> throw unsupported("version " + Integer.toUnsignedString(version));
        };
    header.check();
    return header;
  }

  private static Qcow2Header version3(ByteBuffer start, ByteBuffer rest)
      throws UnreadableImageException {
    int length = rest.getInt(28);
    if (length < VERSION_3_LENGTH) {
      throw damaged("its header is too short");
    }
    return of(start, length, rest.getLong(0), rest.getLong(16));
  }

  private static Qcow2Header of(ByteBuffer start, int length, long incompatible, long autoclear)
      throws UnreadableImageException {
    return new Qcow2Header(
        start.getInt(4),
        length,
        clusterSize(start.getInt(20)),
        start.getLong(24),
        start.getLong(8),
        start.getInt(16),
        encryption(start.getInt(32)),
        start.getInt(36),
        start.getLong(40),
        start.getInt(60),
        start.getLong(64),
        incompatible,
        autoclear);
  }

  private static int clusterSize(int bits) throws UnreadableImageException {
    if (bits < MIN_CLUSTER_BITS || bits > MAX_CLUSTER_BITS) {
      throw damaged("the size of its clusters is out of range");
    }
    return 1 << bits;
  }

  private static Encryption encryption(int method) throws UnreadableImageException {
    return switch (method) {
      case 0 -> Encryption.NONE;
      case 1 -> Encryption.AES;
      case 2 -> Encryption.LUKS;
      default -> throw unsupported("encryption method " + Integer.toUnsignedString(method));
    };
  }

  private static UnreadableImageException unsupported(String feature) {
    return new UnreadableImageException(
        Outcome.UNSUPPORTED, "the library does not know its qcow2 " + feature);
  }

  private void check() throws UnreadableImageException {
    if ((incompatible & ~KNOWN) != 0) {
      throw unsupported("feature bits 0x" + Long.toHexString(incompatible & ~KNOWN));
    }
    if (length > clusterSize) {
      throw damaged("its header is too long");
    }
    if (backingFileOffset < 0 || backingFileOffset > clusterSize) {
      throw damaged("the name of its backing file is not in the first cluster");
    }
    if (virtualSize < 0) {
      throw damaged("the size of its disk is out of range");
    }
  }

  boolean isDirty() {
    return (incompatible & DIRTY) != 0;
  }

  boolean isCorrupt() {
    return (incompatible & CORRUPT) != 0;
  }

  boolean hasExternalData() {
    return (incompatible & EXTERNAL_DATA) != 0;
  }

  /** Returns whether the bitmaps of the image, if any, are valid. */
  boolean hasValidBitmaps() {
    return (autoclear & BITMAPS) != 0;
  }

  /** Returns the end of the area of the header extensions. */
  long extensionsEnd() {
    return backingFileOffset == 0 ? clusterSize : backingFileOffset;
  }

  /** Reads the name of the backing file. */
  <X extends Exception> Optional<String> backingFile(ImageReader<X> reader)
      throws X, UnreadableImageException {
    if (backingFileOffset == 0) {
      return Optional.empty();
    }
    if (backingFileLength < 0
        || backingFileLength > Math.min(MAX_BACKING_FILE_LENGTH, clusterSize - backingFileOffset)) {
      throw damaged("the name of its backing file is too long");
    }
    reader.moveTo(backingFileOffset);
    return Optional.of(reader.nextText(backingFileLength)).filter(name -> !name.isEmpty());
  }

  /**
   * Returns how many entries of a level 1 table lead to the content of a disk of this size. The
   * memory of a guest is beneath the entries after them.
   */
  long level1Entries(long diskSize) {
    int entryLength = (incompatible & EXTENDED_L2) == 0 ? Long.BYTES : 2 * Long.BYTES;
    long sizePerEntry = (long) clusterSize * (clusterSize / entryLength);
    return diskSize / sizePerEntry + (diskSize % sizePerEntry == 0 ? 0 : 1);
  }

  /** Moves to a table, which begins where a cluster begins. */
  void moveToTable(ImageReader<?> reader, long offset) throws UnreadableImageException {
    if (offset < 0 || offset > Long.MAX_VALUE / 2 || offset % clusterSize != 0) {
      throw damaged("the position of a table is out of range");
    }
    reader.moveTo(offset);
  }
}
