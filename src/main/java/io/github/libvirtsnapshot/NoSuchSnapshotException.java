package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/**
 * Thrown if the snapshot does not exist, or no longer exists ({@code VIR_ERR_NO_DOMAIN_SNAPSHOT}).
 */
public final class NoSuchSnapshotException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** Creates the exception from the error that libvirt reported. */
  public NoSuchSnapshotException(LibvirtError error) {
    super(error);
  }
}
