package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * How a connection is opened.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-host.html#virConnectFlags">virConnectFlags</a>
 */
public enum ConnectFlag implements NativeConstant {
  /** Read-only: whatever would change something is refused. */
  RO(1),
  /** Take the URI literally, without the aliases of the client configuration. */
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
