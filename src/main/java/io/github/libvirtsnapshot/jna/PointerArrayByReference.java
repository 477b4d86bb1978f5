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
   * Takes the elements over and frees the array around them; afterwards there is none.
   *
   * @param count how many there are, as the call that filled the array returned
   */
  public Pointer[] take(int count) {
    Pointer array = getValue();
    if (array == null) {
      return new Pointer[0];
    }
    try {
      return array.getPointerArray(0, count);
    } finally {
      setValue(null);
      Native.free(Pointer.nativeValue(array));
    }
  }
}
