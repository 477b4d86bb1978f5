package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/**
 * Thrown if a call failed because its connection was lost: the other side ended, or did not answer
 * in time. The host may or may not have executed the call. Every other call on the connection fails
 * too; open a new connection.
 */
public final class ConnectionLostException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** Creates the exception from the error that libvirt reported. */
  public ConnectionLostException(LibvirtError error) {
    super(error);
  }
}
