package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * {@code virDomainSnapshotPtr}: a snapshot of a domain, given back with {@link
 * LibvirtLibrary#virDomainSnapshotFree}.
 */
public final class DomainSnapshotPointer extends PointerType {
  /** For JNA: the null pointer. */
  public DomainSnapshotPointer() {}

  /** Wraps a native address; owning its reference remains the caller's concern. */
  public DomainSnapshotPointer(Pointer pointer) {
    super(pointer);
  }
}
