package io.github.libvirtsnapshot.images;

import com.google.common.io.ByteArrayDataOutput;
import com.google.common.io.ByteStreams;
import com.google.common.math.IntMath;
import com.google.common.math.LongMath;
import com.google.common.primitives.Bytes;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds qcow2 images byte by byte, as QEMU writes them. */
public final class Qcow2Builder {
  public static final int BACKING_FORMAT = 0xE2792ACA;
  public static final int DATA_FILE = 0x44415441;
  public static final int BITMAPS = 0x23852875;

  public static final int CLUSTER_BITS = 9;
  public static final int CLUSTER = 1 << CLUSTER_BITS;

  /** The length of the header in version 3, after which the extensions begin. */
  public static final int VERSION_3_HEADER = 112;

  private static final int VERSION_2_HEADER = 72;
  private static final int REFERENCE_TABLE = CLUSTER;
  private static final int REFERENCE_BLOCK = 2 * CLUSTER;
  private static final int LEVEL_1_TABLE = 3 * CLUSTER;

  /** The number of bytes of the disk for each entry of the level 1 table. */
  private static final int LEVEL_1_STEP = CLUSTER / Long.BYTES * CLUSTER;

  /** The position of the table of the snapshots, unless {@link #tablesAt} changes it. */
  public static final int SNAPSHOT_TABLE = 4 * CLUSTER;

  private final ByteArrayDataOutput extensions = ByteStreams.newDataOutput();
  private final ByteArrayDataOutput snapshots = ByteStreams.newDataOutput();
  private final ByteArrayDataOutput bitmaps = ByteStreams.newDataOutput();
  private int version = 3;
  private int snapshotTable = SNAPSHOT_TABLE;
  private long size = 1 << 20;
  private byte[] backingFile = {};
  private int encryption;
  private long incompatible;
  private long autoclear;
  private int snapshotCount;
  private int bitmapCount;

  public Qcow2Builder version(int number) {
    version = number;
    return this;
  }

  public Qcow2Builder size(long bytes) {
    size = bytes;
    return this;
  }

  /** Moves the tables to a position, which is a multiple of the size of the clusters. */
  public Qcow2Builder tablesAt(int position) {
    snapshotTable = position;
    return this;
  }

  public Qcow2Builder backingFile(String name) {
    backingFile = utf8(name);
    return this;
  }

  public Qcow2Builder encryption(int method) {
    encryption = method;
    return this;
  }

  public Qcow2Builder incompatible(long bits) {
    incompatible = bits;
    return this;
  }

  public Qcow2Builder extension(int type, String text) {
    byte[] data = utf8(text);
    extensions.writeInt(type);
    extensions.writeInt(data.length);
    extensions.write(padded(data));
    return this;
  }

  /** Adds a snapshot without memory. */
  public Qcow2Builder snapshot(String id, String name) {
    return snapshot(utf8(id), utf8(name), 1_700_000_000, 0, 0, 0, longs(0, size, -1));
  }

  /**
   * Adds a snapshot.
   *
   * @param extra the extra data: the size of the memory, the size of the disk, the number of
   *     instructions; versions of QEMU differ in how many of them they write
   */
  public Qcow2Builder snapshot(
      byte[] id, byte[] name, int seconds, int nanos, long vmClock, int vmState, byte[] extra) {
    ByteArrayDataOutput entry = ByteStreams.newDataOutput();
    entry.writeLong(LEVEL_1_TABLE);
    entry.writeInt(level1Entries());
    entry.writeShort(id.length);
    entry.writeShort(name.length);
    entry.writeInt(seconds);
    entry.writeInt(nanos);
    entry.writeLong(vmClock);
    entry.writeInt(vmState);
    entry.writeInt(extra.length);
    entry.write(extra);
    entry.write(id);
    entry.write(name);
    snapshots.write(padded(entry.toByteArray()));
    snapshotCount++;
    return this;
  }

  /** Adds a bitmap. */
  public Qcow2Builder bitmap(String name, int flags) {
    return bitmap(name, flags, new byte[0]);
  }

  /** Adds a bitmap with extra data, which QEMU does not write. */
  public Qcow2Builder bitmap(String name, int flags, byte[] extra) {
    byte[] text = utf8(name);
    ByteArrayDataOutput entry = ByteStreams.newDataOutput();
    entry.writeLong(LEVEL_1_TABLE);
    entry.writeInt(1);
    entry.writeInt(flags);
    entry.writeByte(1);
    entry.writeByte(16);
    entry.writeShort(text.length);
    entry.writeInt(extra.length);
    entry.write(extra);
    entry.write(text);
    bitmaps.write(padded(entry.toByteArray()));
    bitmapCount++;
    autoclear = 1;
    return this;
  }

  /** Returns the image. */
  public byte[] build() {
    byte[] table = snapshots.toByteArray();
    byte[] directory = bitmaps.toByteArray();
    int directoryOffset = snapshotTable + clusters(table.length) * CLUSTER;
    int length = directoryOffset + clusters(directory.length) * CLUSTER;
    ByteBuffer image = ByteBuffer.allocate(length);
    image.put(0, header(bitmapsExtension(directory.length, directoryOffset)));
    image.putLong(REFERENCE_TABLE, REFERENCE_BLOCK);
    for (int i = 0; i < length / CLUSTER && i < CLUSTER / Short.BYTES; i++) {
      image.putShort(REFERENCE_BLOCK + i * Short.BYTES, (short) 1);
    }
    image.put(snapshotTable, table);
    image.put(directoryOffset, directory);
    return image.array();
  }

  private byte[] bitmapsExtension(long length, long offset) {
    return bitmapCount == 0
        ? new byte[0]
        : ByteBuffer.allocate(32)
            .putInt(BITMAPS)
            .putInt(24)
            .putInt(bitmapCount)
            .putInt(0)
            .putLong(length)
            .putLong(offset)
            .array();
  }

  private byte[] header(byte[] bitmapsExtension) {
    int length = version == 2 ? VERSION_2_HEADER : VERSION_3_HEADER;
    byte[] area = Bytes.concat(extensions.toByteArray(), bitmapsExtension);
    int end = length + area.length + 8;
    ByteBuffer header = ByteBuffer.allocate(CLUSTER);
    header.putInt(0x514649FB).putInt(version);
    header.putLong(backingFile.length == 0 ? 0 : end).putInt(backingFile.length);
    header.putInt(CLUSTER_BITS).putLong(size).putInt(encryption);
    header.putInt(level1Entries()).putLong(LEVEL_1_TABLE);
    header.putLong(REFERENCE_TABLE).putInt(1);
    header.putInt(snapshotCount).putLong(snapshotCount == 0 ? 0 : snapshotTable);
    if (version > 2) {
      header.putLong(incompatible).putLong(0).putLong(autoclear).putInt(4).putInt(length);
    }
    header.put(length, area).put(end, backingFile);
    return header.array();
  }

  private int level1Entries() {
    return (int) LongMath.divide(size, LEVEL_1_STEP, RoundingMode.CEILING);
  }

  private static int clusters(int length) {
    return IntMath.divide(length, CLUSTER, RoundingMode.CEILING);
  }

  private static byte[] padded(byte[] bytes) {
    return Arrays.copyOf(bytes, IntMath.divide(bytes.length, 8, RoundingMode.CEILING) * 8);
  }

  /** Returns numbers as bytes. */
  public static byte[] longs(long... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Long.BYTES);
    for (long number : numbers) {
      bytes.putLong(number);
    }
    return bytes.array();
  }

  /** Returns a text as bytes. */
  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
