package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/**
 * Thrown if libvirt refuses a revert as risky ({@code VIR_ERR_SNAPSHOT_REVERT_RISKY}). libvirt's
 * message names the risk. With {@link io.github.libvirtsnapshot.flags.RevertFlag#FORCE}, libvirt
 * reverts despite the risk.
 */
public final class RevertRiskyException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** Creates the exception from the error that libvirt reported. */
  public RevertRiskyException(LibvirtError error) {
    super(error);
  }
}
