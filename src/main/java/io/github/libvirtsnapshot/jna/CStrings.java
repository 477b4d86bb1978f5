package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/** Converts C strings to Java strings and back. */
final class CStrings {
  private CStrings() {}

  /** Returns the bytes of a text in UTF-8 with a NUL at the end; null for null. */
  static byte[] terminated(String text) {
    return text == null ? null : (text + '\0').getBytes(StandardCharsets.UTF_8);
  }

  /** Copies the text that a field of a structure points to; null for a null pointer. */
  static String pointedTo(Pointer structure, long offset) {
    return copy(Pointer.nativeValue(structure.getPointer(offset)));
  }

  /** Copies a text that libvirt owns; null for a null pointer. */
  static String copy(long address) {
    return address == 0 ? null : new Pointer(address).getString(0, LibvirtLibrary.ENCODING);
  }

  /** Copies a text that the caller owns, and frees it; null for a null pointer. */
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
