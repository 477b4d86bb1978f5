package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogEscaper;

/**
 * The driver of libvirt at the other end of a connection, and its version: what a revert does
 * depends on both.
 *
 * @param name libvirt's name for it, as in {@code QEMU}
 * @param libvirtVersion libvirt's version there, as 1,000,000 * major + 1,000 * minor + release
 */
public record HypervisorDriver(String name, long libvirtVersion) {
  /** The oldest libvirt that was seen to start another process; 7.0 was seen not to. */
  public static final long RESTART_SINCE = 8_000_000;

  /** No component may be null. */
  public HypervisorDriver {
    checkNotNull(name, "name is null");
  }

  /** Asks libvirt. */
  public static HypervisorDriver of(Connect connect) throws LibvirtException {
    return new HypervisorDriver(connect.getType(), connect.getLibVersion());
  }

  /**
   * Returns whether a revert may leave an active guest in the process that it has. From libvirt 8.0
   * on, QEMU's driver starts another one, and the test driver gives it another number or none.
   */
  public boolean mayKeepProcess() {
    return libvirtVersion < RESTART_SINCE || !(name.equals("QEMU") || name.equals("TEST"));
  }

  /** Returns both, as in {@code QEMU, libvirt 9.0.0}. */
  @Override
  public String toString() {
    return "%s, libvirt %d.%d.%d"
        .formatted(
            LogEscaper.escape(name),
            libvirtVersion / 1_000_000,
            libvirtVersion / 1_000 % 1_000,
            libvirtVersion % 1_000);
  }
}
