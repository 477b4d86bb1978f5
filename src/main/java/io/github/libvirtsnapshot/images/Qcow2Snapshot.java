package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.UnreadableImageException.damaged;

import com.google.common.collect.ImmutableList;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * An internal snapshot in a qcow2 image.
 *
 * @param id the ID; QEMU uses numbers
 * @param name the name; several snapshots of an image can have the same name
 * @param created when the snapshot was taken
 * @param vmClock how long the guest had been running
 * @param vmStateSize the size of the memory in bytes; 0 if the snapshot does not contain the memory
 * @param diskSize the size of the disk in bytes; empty if the image does not contain that size
 */
public record Qcow2Snapshot(
    String id,
    String name,
    Instant created,
    Duration vmClock,
    long vmStateSize,
    OptionalLong diskSize) {
  private static final int MAX_COUNT = 65_536;
  private static final int ENTRY_LENGTH = 40;
  private static final int MAX_EXTRA_LENGTH = 1024;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** QEMU counts the snapshots of an image; no image has had more than 999,999. */
  private static final Pattern POSSIBLE_ID = Pattern.compile("[1-9][0-9]{0,5}");

  /**
   * An entry of the table of the snapshots.
   *
   * @param level1Count the number of entries of the snapshot's level 1 table
   * @param level1Table the position of that table, which leads to the content of the disk
   */
  record Entry(Qcow2Snapshot snapshot, int level1Count, long level1Table) {}

  /**
   * Returns whether a snapshot of an image that the library did not read could have this ID. The
   * names that libvirt gives, the seconds since 1970, are too large.
   */
  public static boolean canBeId(String name) {
    return POSSIBLE_ID.matcher(name).matches();
  }

  /** Reads the table of the snapshots. */
  static <X extends Exception> List<Entry> readTable(ImageReader<X> reader, Qcow2Header header)
      throws X, UnreadableImageException {
    int count = header.snapshotCount();
    if (count < 0 || count > MAX_COUNT) {
      throw damaged("the number of its snapshots is out of range");
    }
    header.moveToTable(reader, header.snapshotTable());
    ImmutableList.Builder<Entry> snapshots = ImmutableList.builder();
    for (int i = 0; i < count; i++) {
      snapshots.add(read(reader));
      reader.align();
    }
    return snapshots.build();
  }

  private static <X extends Exception> Entry read(ImageReader<X> reader)
      throws X, UnreadableImageException {
    ByteBuffer entry = reader.next(ENTRY_LENGTH);
    int extraLength = entry.getInt(36);
    if (extraLength < 0 || extraLength > MAX_EXTRA_LENGTH) {
      throw damaged("the extra data of a snapshot is too long");
    }
    ByteBuffer extra = reader.next(extraLength);
    Qcow2Snapshot snapshot =
        new Qcow2Snapshot(
            reader.nextText(Short.toUnsignedInt(entry.getShort(12))),
            reader.nextText(Short.toUnsignedInt(entry.getShort(14))),
            Instant.ofEpochSecond(
                Integer.toUnsignedLong(entry.getInt(16)), Integer.toUnsignedLong(entry.getInt(20))),
            duration(entry.getLong(24)),
            vmStateSize(entry, extra),
            extraLength < 16 ? OptionalLong.empty() : OptionalLong.of(size(extra.getLong(8))));
    return new Entry(snapshot, entry.getInt(8), entry.getLong(0));
  }

  /** The number is unsigned. */
  private static Duration duration(long nanos) {
    return Duration.ofSeconds(
        Long.divideUnsigned(nanos, NANOS_PER_SECOND),
        Long.remainderUnsigned(nanos, NANOS_PER_SECOND));
  }

  /** The extra data has the size in 64 bits, the entry in 32 bits. */
  private static long vmStateSize(ByteBuffer entry, ByteBuffer extra)
      throws UnreadableImageException {
    return extra.limit() < 8 ? Integer.toUnsignedLong(entry.getInt(32)) : size(extra.getLong(0));
  }

  private static long size(long size) throws UnreadableImageException {
    if (size < 0) {
      throw damaged("a size of a snapshot is out of range");
    }
    return size;
  }
}
