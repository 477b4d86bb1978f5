package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * The structure {@code virDomainIPAddress}: an address of a network interface. The type of the
 * address is left out, since the text shows it.
 *
 * @param addr the address as a text
 * @param prefix the length of the prefix in bits
 */
public record virDomainIPAddress(@Nullable String addr, int prefix) {
  private static final long ADDR = Native.POINTER_SIZE;
  private static final long PREFIX = 2L * Native.POINTER_SIZE;
  private static final long SIZE = 3L * Native.POINTER_SIZE;

  /** Reads an element of an array. */
  static virDomainIPAddress of(Pointer array, int index) {
    long element = index * SIZE;
    return new virDomainIPAddress(
        CStrings.pointedTo(array, element + ADDR), array.getInt(element + PREFIX));
  }
}
