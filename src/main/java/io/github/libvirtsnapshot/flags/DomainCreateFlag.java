package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for starting a domain, in {@code Domain.create} and {@code Connect.domainCreateXML}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainCreateFlags">virDomainCreateFlags</a>
 */
public enum DomainCreateFlag implements NativeConstant {
  /** Start the domain paused. */
  PAUSED(1),
  /** Destroy the domain when this connection closes. */
  AUTODESTROY(2),
  /** Read a managed save image without the host's page cache. */
  BYPASS_CACHE(4),
  /** Boot the guest, and discard a managed save image. */
  FORCE_BOOT(8),
  /** Check the XML against its schema first; {@code Connect.domainCreateXML} only. */
  VALIDATE(16),
  /** Initialize the NVRAM from its template again (libvirt 8.1.0). */
  RESET_NVRAM(32);

  private final int value;

  DomainCreateFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
