package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * {@code virStorageVolPtr}: a storage volume, given back with {@link
 * LibvirtLibrary#virStorageVolFree}.
 */
public final class StorageVolPointer extends PointerType {
  /** For JNA: the null pointer. */
  public StorageVolPointer() {}

  /** Wraps a native address; owning its reference remains the caller's concern. */
  public StorageVolPointer(Pointer pointer) {
    super(pointer);
  }
}
