package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/**
 * Where libvirt puts an array that it allocates for the caller, as in {@code virDomainSnapshotPtr
 * **snaps}. The array is the caller's to free, and so is each element, in its own way.
 */
public final class PointerArrayByReference extends PointerByReference {
  /**
   * Takes the elements over and frees the array around them; afterwards there is none. libvirt ends
   * each array with a null: what comes after it is not read, whatever the count is.
   *
   * @param count how many there are, as the call that filled the array returned
   * @return as many, or fewer if the null comes earlier
   */
  public Pointer[] take(int count) {
    Pointer array = getValue();
    if (array == null) {
      return new Pointer[0];
    }
    try {
      return CArrays.read(array, count);
    } finally {
      setValue(null);
      Native.free(Pointer.nativeValue(array));
    }
  }
}
