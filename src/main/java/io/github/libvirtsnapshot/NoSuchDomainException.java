package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/** Thrown if the domain does not exist, or no longer exists ({@code VIR_ERR_NO_DOMAIN}). */
public final class NoSuchDomainException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** Creates the exception from the error that libvirt reported. */
  public NoSuchDomainException(LibvirtError error) {
    super(error);
  }
}
