package io.github.libvirtsnapshot.plan;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import java.io.Serializable;

/**
 * libvirt's driver at the other end of a connection. What a revert does depends on it and on its
 * version.
 *
 * @param name libvirt's name for it, as in {@code QEMU}
 * @param libvirtVersion libvirt's version there, as 1,000,000 * major + 1,000 * minor + release
 */
public record Driver(String name, long libvirtVersion) implements Serializable {
  static Driver of(Connect connect) throws LibvirtException {
    return new Driver(connect.getType(), connect.getLibVersion());
  }

  /** Returns both, as in {@code QEMU, libvirt 9.0.0}. */
  @Override
  public String toString() {
    return "%s, libvirt %d.%d.%d"
        .formatted(
            LogText.escape(name),
            libvirtVersion / 1_000_000,
            libvirtVersion / 1_000 % 1_000,
            libvirtVersion % 1_000);
  }
}
