package io.github.libvirtsnapshot.jna;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import com.sun.jna.PointerType;

/**
 * A C structure that libvirt fills in; subclasses read the fields at their offsets in C. JNA's own
 * {@code Structure} does the same, but keeps the class loader of each subclass reachable as long as
 * JNA itself is.
 */
abstract class NativeStruct extends PointerType {
  /**
   * Creates a structure with all bytes zero.
   *
   * @param size the size in bytes
   */
  NativeStruct(long size) {
    super(new Memory(size));
    ((Memory) getPointer()).clear();
  }

  /** Reads an {@code unsigned long}, whose size depends on the platform. */
  final long unsignedLong(long offset) {
    return NativeLong.SIZE == Long.BYTES
        ? getPointer().getLong(offset)
        : Integer.toUnsignedLong(getPointer().getInt(offset));
  }
}
