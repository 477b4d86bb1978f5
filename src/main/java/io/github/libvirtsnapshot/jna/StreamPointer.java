package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * A pointer to a stream, {@code virStreamPtr}; released with {@link LibvirtLibrary#virStreamFree}.
 */
public final class StreamPointer extends PointerType {
  /** For JNA: creates a null pointer. */
  public StreamPointer() {}

  /** Wraps a native address; this does not add a reference. */
  public StreamPointer(Pointer pointer) {
    super(pointer);
  }
}
