package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/**
 * The call failed because its connection did: the other side is gone, or did not answer in time.
 * What was asked for may have been done or not. Every other call on the connection fails too; a new
 * one is needed.
 */
public final class ConnectionLostException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** An error as libvirt reported it. */
  public ConnectionLostException(LibvirtError error) {
    super(error);
  }
}
