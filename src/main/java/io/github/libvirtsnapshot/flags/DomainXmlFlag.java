package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * What the XML of a domain shows, for {@code Domain.getXMLDesc}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainXMLFlags">virDomainXMLFlags</a>
 */
public enum DomainXmlFlag implements NativeConstant {
  /** Passwords and the like too; refused on a read-only connection. */
  SECURE(1),
  /** The configuration of the next start, not of the running guest. */
  INACTIVE(2),
  /** The guest's CPU as the host would provide it. */
  UPDATE_CPU(4),
  /** A form that suits migration to an older libvirt. */
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
