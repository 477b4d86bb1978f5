package io.github.libvirtsnapshot.flags;

import io.github.libvirtsnapshot.jna.NativeConstant;

/**
 * A source of the addresses of a guest, for {@code Domain.interfaceAddresses}.
 *
 * @see <a
 *     href="https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainInterfaceAddressesSource">virDomainInterfaceAddressesSource</a>
 */
public enum InterfaceAddressSource implements NativeConstant {
  /** The DHCP leases of libvirt's virtual networks. */
  LEASE(0),
  /** The guest agent, which also knows addresses that no DHCP server assigned. */
  AGENT(1),
  /** The ARP table of the host, which contains the guests that the host has recently talked to. */
  ARP(2);

  private final int value;

  InterfaceAddressSource(int value) {
    this.value = value;
  }

  @Override
  public int value() {
    return value;
  }
}
