package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * A pointer to a checkpoint of a domain, {@code virDomainCheckpointPtr}; released with {@link
 * LibvirtLibrary#virDomainCheckpointFree}.
 */
public final class DomainCheckpointPointer extends PointerType {
  /** For JNA: creates a null pointer. */
  public DomainCheckpointPointer() {}

  /** Wraps a native address; this does not add a reference. */
  public DomainCheckpointPointer(Pointer pointer) {
    super(pointer);
  }
}
