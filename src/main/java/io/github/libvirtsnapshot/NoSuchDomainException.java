package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/** There is no such domain, or there is no longer ({@code VIR_ERR_NO_DOMAIN}). */
public final class NoSuchDomainException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** An error as libvirt reported it. */
  public NoSuchDomainException(LibvirtError error) {
    super(error);
  }
}
