package io.github.libvirtsnapshot.host;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogEscaper;

/**
 * libvirt's driver for the hypervisor of a host, and the version of libvirt there. The effects of a
 * revert depend on both.
 *
 * @param name libvirt's name of the driver, as in {@code QEMU}
 * @param libvirtVersion the version of libvirt on the host, as 1,000,000 * major + 1,000 * minor +
 *     release
 */
public record HypervisorDriver(String name, long libvirtVersion) {
  /** The oldest libvirt on which a revert was seen to start a new process; 7.0 does not. */
  public static final long RESTART_SINCE = 8_000_000;

  /** Creates a driver; the name may not be null. */
  public HypervisorDriver {
    checkNotNull(name, "name is null");
  }

  /** Reads the driver and the version of a connection. */
  public static HypervisorDriver of(Connect connect) throws LibvirtException {
    return new HypervisorDriver(connect.getType(), connect.getLibVersion());
  }

  /**
   * Returns whether a revert may keep the process of an active guest. From libvirt 8.0 on, QEMU's
   * driver starts a new process, and the test driver gives the domain a new number or none.
   */
  public boolean mayKeepProcess() {
    return libvirtVersion < RESTART_SINCE || !(name.equals("QEMU") || name.equals("TEST"));
  }

  /** Returns name and version, as in {@code QEMU, libvirt 9.0.0}. */
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
