package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * {@code virNetworkPtr}: a virtual network, given back with {@link LibvirtLibrary#virNetworkFree}.
 */
public final class NetworkPointer extends PointerType {
  /** For JNA: the null pointer. */
  public NetworkPointer() {}

  /** Wraps a native address; owning its reference remains the caller's concern. */
  public NetworkPointer(Pointer pointer) {
    super(pointer);
  }
}
