package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/** Reads C arrays of pointers. */
final class CArrays {
  private CArrays() {}

  /**
   * Returns the elements of an array.
   *
   * @param atMost the maximum number of elements; the array may end earlier with a null
   */
  static Pointer[] read(Pointer array, int atMost) {
    List<Pointer> elements = new ArrayList<>();
    for (long i = 0; i < atMost; i++) {
      Pointer element = array.getPointer(i * Native.POINTER_SIZE);
      if (element == null) {
        break;
      }
      elements.add(element);
    }
    return elements.toArray(Pointer[]::new);
  }
}
