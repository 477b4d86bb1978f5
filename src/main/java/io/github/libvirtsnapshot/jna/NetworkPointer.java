package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * A pointer to a virtual network, {@code virNetworkPtr}; released with {@link
 * LibvirtLibrary#virNetworkFree}.
 */
public final class NetworkPointer extends PointerType {
  /** For JNA: creates a null pointer. */
  public NetworkPointer() {}

  /** Wraps a native address; this does not add a reference. */
  public NetworkPointer(Pointer pointer) {
    super(pointer);
  }
}
