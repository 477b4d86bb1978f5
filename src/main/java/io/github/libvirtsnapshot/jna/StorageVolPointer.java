package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * A pointer to a storage volume, {@code virStorageVolPtr}; released with {@link
 * LibvirtLibrary#virStorageVolFree}.
 */
public final class StorageVolPointer extends PointerType {
  /** For JNA: creates a null pointer. */
  public StorageVolPointer() {}

  /** Wraps a native address; this does not add a reference. */
  public StorageVolPointer(Pointer pointer) {
    super(pointer);
  }
}
