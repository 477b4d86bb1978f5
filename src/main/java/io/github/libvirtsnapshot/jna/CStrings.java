package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Converts C strings to Java strings and back. */
final class CStrings {
  private CStrings() {}

  /** Returns the bytes of a text in UTF-8 with a NUL at the end; null for null. */
  static byte @Nullable [] terminated(@Nullable String text) {
    return text == null ? null : (text + '\0').getBytes(StandardCharsets.UTF_8);
  }

  /** Copies the text that a field of a structure points to; null for a null pointer. */
  static @Nullable String pointedTo(Pointer structure, long offset) {
    return copy(Pointer.nativeValue(structure.getPointer(offset)));
  }

  /** Copies a text that libvirt owns; null for a null pointer. */
  static @Nullable String copy(long address) {
    return address == 0 ? null : read(address);
  }

  /** Copies a text that the caller owns, and frees it; null for a null pointer. */
  static @Nullable OwnedString take(long address) {
    if (address == 0) {
      return null;
    }
    try {
      return new OwnedString(read(address));
    } finally {
      Native.free(address);
    }
  }

  private static String read(long address) {
    return new Pointer(address).getString(0, LibvirtLibrary.ENCODING);
  }
}
