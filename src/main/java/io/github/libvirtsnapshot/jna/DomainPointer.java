package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/**
 * A pointer to a domain, {@code virDomainPtr}; released with {@link LibvirtLibrary#virDomainFree}.
 */
public final class DomainPointer extends PointerType {
  /** For JNA: creates a null pointer. */
  public DomainPointer() {}

  /** Wraps a native address; this does not add a reference. */
  public DomainPointer(Pointer pointer) {
    super(pointer);
  }
}
