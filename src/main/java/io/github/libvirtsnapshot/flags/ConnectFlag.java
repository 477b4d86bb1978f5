package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for opening a connection, in {@code Connect}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectFlags">virConnectFlags</a>
 */
public enum ConnectFlag implements NativeConstant {
  /** Open a read-only connection: libvirt rejects calls that change something. */
  RO(1),
  /** Do not look the URI up among the aliases of the client's configuration. */
  NO_ALIASES(2);

  private final int value;

  ConnectFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
