package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.UnreadableImageException.damaged;

import io.github.libvirtsnapshot.images.Qcow2Snapshot.Entry;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * The content of the disk in a qcow2 image, compared with the snapshots of the image. The data of a
 * backing image is not compared.
 */
public final class Qcow2Content {
  /** A revert copies the level 1 table of a snapshot without this bit: both share the clusters. */
  private static final long UNSHARED = 1L << 63;

  private Qcow2Content() {}

  /**
   * Returns whether the image has the content of a snapshot, as right after a revert: nothing was
   * written since.
   *
   * @param bytes the image, which no process may write to meanwhile
   * @return false also if the image does not contain the snapshot; empty if the image cannot be
   *     read as qcow2, or its data is in another file
   * @throws X if a read fails
   */
  public static <X extends Exception> Optional<Boolean> isOf(
      SnapshotDescription snapshot, ImageBytes<X> bytes) throws X {
    try {
      Qcow2Image image = Qcow2Image.read(new ImageReader<>(bytes));
      if (image.externalData()) {
        return Optional.empty();
      }
      Optional<Qcow2Snapshot> loaded = LoadedSnapshot.find(snapshot, image);
      return Optional.of(
          loaded.isPresent() && hasContentOf(loaded.get(), new ImageReader<>(bytes)));
    } catch (UnreadableImageException e) {
      return Optional.empty();
    }
  }

  private static <X extends Exception> boolean hasContentOf(
      Qcow2Snapshot snapshot, ImageReader<X> reader) throws X, UnreadableImageException {
    Qcow2Header header = Qcow2Header.read(reader);
    for (Entry entry : Qcow2Snapshot.readTable(reader, header)) {
      if (entry.snapshot().equals(snapshot)) {
        long[] now = table(reader, header, header.level1Table(), header.level1Count());
        long[] then = table(reader, header, entry.level1Table(), entry.level1Count());
        long size = Math.max(header.virtualSize(), snapshot.diskSize().orElse(0));
        int length = (int) Math.min(header.level1Entries(size), Math.max(now.length, then.length));
        return Arrays.equals(Arrays.copyOf(now, length), Arrays.copyOf(then, length));
      }
    }
    return false;
  }

  private static <X extends Exception> long[] table(
      ImageReader<X> reader, Qcow2Header header, long offset, int count)
      throws X, UnreadableImageException {
    if (count < 0 || count > ImageReader.MAX_READ / Long.BYTES) {
      throw damaged("the number of entries of a level 1 table is out of range");
    }
    header.moveToTable(reader, offset);
    ByteBuffer entries = reader.next(count * Long.BYTES);
    long[] table = new long[count];
    for (int i = 0; i < count; i++) {
      table[i] = entries.getLong(i * Long.BYTES) & ~UNSHARED;
    }
    return table;
  }
}
