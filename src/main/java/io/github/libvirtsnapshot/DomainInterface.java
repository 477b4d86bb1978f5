package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.Strings;
import com.google.common.net.InetAddresses;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.virDomainIPAddress;
import io.github.libvirtsnapshot.jna.virDomainInterface;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A network interface of a guest, with its addresses; {@link Domain#interfaceAddresses} returns it.
 * The fields are those of libvirt-java's class.
 */
public final class DomainInterface {
  /**
   * The name of the interface: with the guest agent, in the guest, as in {@code eth0}; otherwise,
   * on the host, as in {@code vnet3}.
   */
  public final String name;

  /** The hardware address, as in {@code 52:54:00:12:34:56}, or null if there is none. */
  public final @Nullable String hwAddr;

  /** The addresses; the collection is immutable. */
  public final Collection<InterfaceAddress> addrs;

  DomainInterface(virDomainInterface found) {
    name = Strings.nullToEmpty(found.name());
    hwAddr = found.hwaddr();
    addrs = found.addresses().stream().map(InterfaceAddress::of).flatMap(Optional::stream).toList();
  }

  /** Returns the name and the addresses on one line, with control characters escaped. */
  @Override
  public String toString() {
    return LogEscaper.quote(name) + " " + addrs;
  }

  /** An address of a network interface. */
  public static final class InterfaceAddress {
    /** The address. */
    public final InetAddress address;

    /** The length of the prefix in bits, as libvirt reports it. */
    public final int prefixLength;

    /** Creates an address. */
    public InterfaceAddress(InetAddress address, int prefixLength) {
      this.address = checkNotNull(address, "address is null");
      this.prefixLength = prefixLength;
    }

    /** A guest agent can return any text. */
    private static Optional<InterfaceAddress> of(virDomainIPAddress found) {
      String text = Strings.nullToEmpty(found.addr());
      return InetAddresses.isInetAddress(text)
          ? Optional.of(new InterfaceAddress(InetAddresses.forString(text), found.prefix()))
          : Optional.empty();
    }

    /** Returns the address, as in {@code 192.168.122.3/24}. */
    @Override
    public String toString() {
      return InetAddresses.toAddrString(address) + "/" + prefixLength;
    }
  }
}
