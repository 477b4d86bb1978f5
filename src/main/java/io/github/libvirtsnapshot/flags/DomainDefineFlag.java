package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A flag for defining a domain, in {@code Connect.domainDefineXML}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainDefineFlags">virDomainDefineFlags</a>
 */
public enum DomainDefineFlag implements NativeConstant {
  /** Check the XML against its schema first. */
  VALIDATE(1);

  private final int value;

  DomainDefineFlag(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
