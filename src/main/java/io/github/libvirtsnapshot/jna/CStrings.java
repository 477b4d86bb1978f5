package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** Copies texts of libvirt's. */
final class CStrings {
  private CStrings() {}

  /** Copies the text that a field of a structure points to, which may be null. */
  static String pointedTo(Pointer structure, long offset) {
    return copy(Pointer.nativeValue(structure.getPointer(offset)));
  }

  /** Copies a text that remains libvirt's; null for the null pointer. */
  static String copy(long address) {
    return address == 0 ? null : new Pointer(address).getString(0, LibvirtLibrary.ENCODING);
  }

  /** Copies a text that the caller owns, and frees it; null for the null pointer. */
  static OwnedString take(long address) {
    if (address == 0) {
      return null;
    }
    try {
      return new OwnedString(copy(address));
    } finally {
      Native.free(address);
    }
  }
}
