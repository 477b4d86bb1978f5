package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for the content of a domain's XML, in {@code Domain.getXMLDesc}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainXMLFlags">virDomainXMLFlags</a>
 */
public enum DomainXmlFlag implements NativeConstant {
  /** Include passwords and other secrets; libvirt refuses this on a read-only connection. */
  SECURE(1),
  /** Return the configuration of the next start instead of that of the running guest. */
  INACTIVE(2),
  /** Describe the guest's CPU as the host would provide it. */
  UPDATE_CPU(4),
  /** Use a form that is suitable for migration to an older libvirt. */
  MIGRATABLE(8);

  private final int value;

  DomainXmlFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
