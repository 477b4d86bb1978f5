package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/**
 * libvirt refused a revert as risky ({@code VIR_ERR_SNAPSHOT_REVERT_RISKY}). It would do it with
 * {@link io.github.libvirtsnapshot.flags.RevertFlag#FORCE}; libvirt's message says what the risk
 * is.
 */
public final class RevertRiskyException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** An error as libvirt reported it. */
  public RevertRiskyException(LibvirtError error) {
    super(error);
  }
}
