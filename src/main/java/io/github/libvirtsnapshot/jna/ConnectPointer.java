package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/** {@code virConnectPtr}: a connection, given back with {@link LibvirtLibrary#virConnectClose}. */
public final class ConnectPointer extends PointerType {
  /** For JNA: the null pointer. */
  public ConnectPointer() {}

  /** Wraps a native address; owning its reference remains the caller's concern. */
  public ConnectPointer(Pointer pointer) {
    super(pointer);
  }
}
