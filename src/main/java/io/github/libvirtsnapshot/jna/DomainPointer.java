package io.github.libvirtsnapshot.jna;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;

/** {@code virDomainPtr}: a domain, given back with {@link LibvirtLibrary#virDomainFree}. */
public final class DomainPointer extends PointerType {
  /** For JNA: the null pointer. */
  public DomainPointer() {}

  /** Wraps a native address; owning its reference remains the caller's concern. */
  public DomainPointer(Pointer pointer) {
    super(pointer);
  }
}
