package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * The reason why a connection ended, for {@link Connect#registerCloseCallback}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-common.html#virConnectCloseReason">virConnectCloseReason</a>
 */
public enum CloseReason implements NativeConstant {
  /** Reading from the connection or writing to it failed. */
  ERROR(0),
  /** The other side closed the connection or ended. */
  EOF(1),
  /** The other side did not answer in time. */
  KEEPALIVE(2),
  /** This side closed the connection. */
  CLIENT(3),
  /** A number that this release does not know. */
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
