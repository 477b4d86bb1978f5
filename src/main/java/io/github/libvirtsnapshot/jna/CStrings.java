package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/** Copies texts of libvirt's, and makes those that it is given. */
final class CStrings {
  private CStrings() {}

  /** Returns the bytes of a text, with the zero that ends it; null for null. */
  static byte[] terminated(String text) {
    return text == null ? null : (text + '\0').getBytes(StandardCharsets.UTF_8);
  }

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
