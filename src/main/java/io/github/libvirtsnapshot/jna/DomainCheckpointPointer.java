package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * {@code virDomainCheckpointPtr}: a checkpoint of a domain, given back with {@link
 * LibvirtLibrary#virDomainCheckpointFree}.
 */
public final class DomainCheckpointPointer extends PointerType {
  /** For JNA: the null pointer. */
  public DomainCheckpointPointer() {}

  /** Wraps a native address; owning its reference remains the caller's concern. */
  public DomainCheckpointPointer(Pointer pointer) {
    super(pointer);
  }
}
