package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * {@code virStoragePoolPtr}: a storage pool, given back with {@link
 * LibvirtLibrary#virStoragePoolFree}.
 */
public final class StoragePoolPointer extends PointerType {
  /** For JNA: the null pointer. */
  public StoragePoolPointer() {}

  /** Wraps a native address; owning its reference remains the caller's concern. */
  public StoragePoolPointer(Pointer pointer) {
    super(pointer);
  }
}
