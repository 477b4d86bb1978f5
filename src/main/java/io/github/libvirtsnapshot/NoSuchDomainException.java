package io.github.libvirtsnapshot;

/** There is no such domain, or there is no longer ({@code VIR_ERR_NO_DOMAIN}). */
public final class NoSuchDomainException extends LibvirtException {
  private static final long serialVersionUID = 1;

  NoSuchDomainException(LibvirtError error) {
    super(error);
  }
}
