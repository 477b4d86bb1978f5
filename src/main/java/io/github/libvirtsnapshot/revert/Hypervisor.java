package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;

/**
 * Who would carry a revert out, at the other end of the connection: rules differ by both.
 *
 * @param driver libvirt's name of its driver, as in {@code QEMU}
 * @param libvirtVersion libvirt's version there, as 1,000,000 * major + 1,000 * minor + release
 */
public record Hypervisor(String driver, long libvirtVersion) {
  static Hypervisor of(Connect connect) throws LibvirtException {
    return new Hypervisor(connect.getType(), connect.getLibVersion());
  }

  /** Returns both, as in {@code QEMU, libvirt 9.0.0}. */
  @Override
  public String toString() {
    return "%s, libvirt %d.%d.%d"
        .formatted(
            driver,
            libvirtVersion / 1_000_000,
            libvirtVersion / 1_000 % 1_000,
            libvirtVersion % 1_000);
  }
}
