package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * A pointer to a device of the host, {@code virNodeDevicePtr}; released with {@link
 * LibvirtLibrary#virNodeDeviceFree}.
 */
public final class NodeDevicePointer extends PointerType {
  /** For JNA: creates a null pointer. */
  public NodeDevicePointer() {}

  /** Wraps a native address; this does not add a reference. */
  public NodeDevicePointer(Pointer pointer) {
    super(pointer);
  }
}
