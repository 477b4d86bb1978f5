package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * A pointer to a connection, {@code virConnectPtr}; released with {@link
 * LibvirtLibrary#virConnectClose}.
 */
public final class ConnectPointer extends PointerType {
  /** For JNA: creates a null pointer. */
  public ConnectPointer() {}

  /** Wraps a native address; this does not add a reference. */
  public ConnectPointer(Pointer pointer) {
    super(pointer);
  }
}
