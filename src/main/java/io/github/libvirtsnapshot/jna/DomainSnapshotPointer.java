package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * A pointer to a snapshot of a domain, {@code virDomainSnapshotPtr}; released with {@link
 * LibvirtLibrary#virDomainSnapshotFree}.
 */
public final class DomainSnapshotPointer extends PointerType {
  /** For JNA: creates a null pointer. */
  public DomainSnapshotPointer() {}

  /** Wraps a native address; this does not add a reference. */
  public DomainSnapshotPointer(Pointer pointer) {
    super(pointer);
  }
}
