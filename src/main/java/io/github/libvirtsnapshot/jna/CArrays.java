package io.github.libvirtsnapshot.jna;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.ArrayList;
import java.util.List;

/** Reads arrays of pointers. */
final class CArrays {
  private CArrays() {}

  /**
   * Returns the elements.
   *
   * @param atMost how many there are at most; the array may end with a null before
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
