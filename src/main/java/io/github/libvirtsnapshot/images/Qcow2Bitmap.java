package io.github.libvirtsnapshot.images;

import static io.github.libvirtsnapshot.images.UnreadableImageException.damaged;

import com.google.common.collect.ImmutableList;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A persistent bitmap of a qcow2 image, which records the changed parts of the disk, as for a
 * checkpoint.
 *
 * @param name the name
 * @param inUse whether a program has the image open for writing, or ended without storing the
 *     bitmap
 * @param auto whether QEMU records changes in the bitmap while it has the image open
 */
public record Qcow2Bitmap(String name, boolean inUse, boolean auto) {
  private static final int MAX_COUNT = 65_535;
  private static final int MAX_NAME_LENGTH = 1023;
  private static final int ENTRY_LENGTH = 24;

  private static final int IN_USE = 1;
  private static final int AUTO = 1 << 1;

  /**
   * Reads the directory of the bitmaps. If a program that does not know bitmaps has written to the
   * image, QEMU ignores the bitmaps.
   */
  static <X extends Exception> List<Qcow2Bitmap> readDirectory(
      ImageReader<X> reader, Qcow2Header header, Qcow2Extensions extensions)
      throws X, UnreadableImageException {
    if (extensions.bitmaps().isEmpty() || !header.hasValidBitmaps()) {
      return List.of();
    }
    Qcow2Extensions.Bitmaps bitmaps = extensions.bitmaps().get();
    if (bitmaps.count() < 1 || bitmaps.count() > MAX_COUNT) {
      throw damaged("the number of its bitmaps is out of range");
    }
    header.moveToTable(reader, bitmaps.offset());
    ImmutableList.Builder<Qcow2Bitmap> read = ImmutableList.builder();
    for (int i = 0; i < bitmaps.count(); i++) {
      read.add(read(reader));
      reader.align();
    }
    if (reader.position() - bitmaps.offset() != bitmaps.length()) {
      throw damaged("the directory of its bitmaps has a wrong length");
    }
    return read.build();
  }

  private static <X extends Exception> Qcow2Bitmap read(ImageReader<X> reader)
      throws X, UnreadableImageException {
    ByteBuffer entry = reader.next(ENTRY_LENGTH);
    int flags = entry.getInt(12);
    int nameLength = Short.toUnsignedInt(entry.getShort(18));
    int extraLength = entry.getInt(20);
    if (nameLength > MAX_NAME_LENGTH || extraLength < 0) {
      throw damaged("an entry of the directory of its bitmaps is too long");
    }
    reader.skip(extraLength);
    return new Qcow2Bitmap(reader.nextText(nameLength), (flags & IN_USE) != 0, (flags & AUTO) != 0);
  }
}
