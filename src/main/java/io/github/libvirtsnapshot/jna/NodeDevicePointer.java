package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * {@code virNodeDevicePtr}: a device of the host, given back with {@link
 * LibvirtLibrary#virNodeDeviceFree}.
 */
public final class NodeDevicePointer extends PointerType {
  /** For JNA: the null pointer. */
  public NodeDevicePointer() {}

  /** Wraps a native address; owning its reference remains the caller's concern. */
  public NodeDevicePointer(Pointer pointer) {
    super(pointer);
  }
}
