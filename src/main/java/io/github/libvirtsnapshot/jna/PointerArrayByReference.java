package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/**
 * The output argument for an array that libvirt allocates, as in {@code virDomainSnapshotPtr
 * **snaps}. The caller has to free the array, and to release each element with the function for its
 * type.
 */
public final class PointerArrayByReference extends PointerByReference {
  /** Creates the argument, with a null pointer. */
  public PointerArrayByReference() {}

  /**
   * Returns the elements and frees the array; the caller owns the elements. A second call returns
   * none. libvirt ends each array with a null; this method stops at the null, whatever the count
   * is.
   *
   * @param count the number of elements, as returned by the call that filled the array
   * @return the elements; fewer than the count if the null comes earlier
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
