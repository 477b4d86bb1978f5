package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * A pointer to a storage pool, {@code virStoragePoolPtr}; released with {@link
 * LibvirtLibrary#virStoragePoolFree}.
 */
public final class StoragePoolPointer extends PointerType {
  /** For JNA: creates a null pointer. */
  public StoragePoolPointer() {}

  /** Wraps a native address; this does not add a reference. */
  public StoragePoolPointer(Pointer pointer) {
    super(pointer);
  }
}
