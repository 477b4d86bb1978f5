package io.github.libvirtsnapshot.guest;

import com.google.common.net.InetAddresses;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainInterface;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;
import java.util.List;

/** Finds the addresses of a guest that another machine can connect to. */
final class GuestAddresses {
  private static final List<InterfaceAddressSource> SOURCES =
      List.of(
          InterfaceAddressSource.AGENT, InterfaceAddressSource.LEASE, InterfaceAddressSource.ARP);

  /** A guest can claim to have any number of addresses. */
  private static final int MAX_ADDRESSES = 8;

  private GuestAddresses() {}

  /**
   * Returns the addresses of the first source that has any, those of IP version 4 first; empty if
   * no source has one.
   */
  static List<String> of(Domain domain) throws ConnectionLostException {
    for (InterfaceAddressSource source : SOURCES) {
      List<String> addresses =
          interfaces(domain, source).stream()
              .flatMap(found -> found.addrs.stream())
              .map(found -> found.address)
              .filter(GuestAddresses::isReachable)
              .sorted(Comparator.comparing(Inet6Address.class::isInstance))
              .limit(MAX_ADDRESSES)
              .map(InetAddresses::toAddrString)
              .toList();
      if (!addresses.isEmpty()) {
        return addresses;
      }
    }
    return List.of();
  }

  /** A driver, a domain without an agent, or a guest that boots may lack the source. */
  private static List<DomainInterface> interfaces(Domain domain, InterfaceAddressSource source)
      throws ConnectionLostException {
    try {
      return source == InterfaceAddressSource.AGENT
          ? GuestAgent.of(domain).respondingWithin(GuestAgent.SHORTEST).interfaces()
          : domain.interfaceAddresses(source);
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException e) {
      return List.of();
    }
  }

  private static boolean isReachable(InetAddress address) {
    return !address.isLoopbackAddress()
        && !address.isLinkLocalAddress()
        && !address.isAnyLocalAddress()
        && !address.isMulticastAddress()
        && !isOfThisMachine(address);
  }

  /** The guest and this machine can both have a bridge with the same address, as Docker does. */
  private static boolean isOfThisMachine(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return false;
    }
  }
}
