package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/** There is no such snapshot, or there is no longer ({@code VIR_ERR_NO_DOMAIN_SNAPSHOT}). */
public final class NoSuchSnapshotException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** An error as libvirt reported it. */
  public NoSuchSnapshotException(LibvirtError error) {
    super(error);
  }
}
