package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * Why a connection ended.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectCloseReason">virConnectCloseReason</a>
 */
public enum CloseReason implements NativeConstant {
  /** Reading from it or writing to it failed. */
  ERROR(0),
  /** The other side closed it, or is gone. */
  EOF(1),
  /** The other side did not answer in time. */
  KEEPALIVE(2),
  /** This side closed it. */
  CLIENT(3),
  /** A reason that this release does not know. */
  UNKNOWN(-1);

  private final int value;

  CloseReason(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
