package io.github.libvirtsnapshot.jna;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.PointerType;

/**
 * A structure of C that libvirt fills in, read at the offsets that C gives its fields. JNA's own
 * {@code Structure} would do that too, but keeps the class loader of each of its classes alive for
 * as long as JNA lives.
 */
abstract class NativeStruct extends PointerType {
  /**
   * Makes one that is all zero.
   *
   * @param size in bytes
   */
  NativeStruct(long size) {
    super(new Memory(size));
    ((Memory) getPointer()).clear();
  }

  /** Reads an {@code unsigned long}, which has the platform's width. */
  final long unsignedLong(long offset) {
    return NativeLong.SIZE == Long.BYTES
        ? getPointer().getLong(offset)
        : Integer.toUnsignedLong(getPointer().getInt(offset));
  }
}
