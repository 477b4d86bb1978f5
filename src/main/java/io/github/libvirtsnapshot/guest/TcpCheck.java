package io.github.libvirtsnapshot.guest;

import com.google.common.net.InetAddresses;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks whether a TCP port of a guest accepts a connection, which is closed immediately. */
record TcpCheck(Hosts hosts, int port) implements GuestCheck {
  /** How long one address may take to answer. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);

  /** Finds the addresses or names of the guest. */
  interface Hosts {
    List<String> find(Domain domain) throws Exception;
  }

  @Override
  public Optional<String> obstacle(Domain domain) throws Exception {
    List<String> reasons = new ArrayList<>();
    for (String host : hosts.find(domain)) {
      for (InetAddress address : resolve(host)) {
        Optional<String> reason = connect(new InetSocketAddress(address, port));
        if (reason.isEmpty()) {
          return Optional.empty();
        }
        reasons.add(reason.get());
      }
    }
    return Optional.of(
        reasons.isEmpty() ? "no address of the guest is known" : String.join(", ", reasons));
  }

  private static InetAddress[] resolve(String host) throws UnknownHostException {
    try {
      return InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      UnknownHostException named =
          new UnknownHostException("the host name " + LogEscaper.quote(host) + " is unknown");
      named.initCause(e);
      throw named;
    }
  }

  private static Optional<String> connect(InetSocketAddress address) {
    try (Socket socket = new Socket()) {
      socket.connect(address, (int) CONNECT_TIMEOUT.toMillis());
      return isConnectedToItself(socket)
          ? Optional.of(words(address, "the port is closed"))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.of(words(address, e.getMessage()));
    }
  }

  private static String words(InetSocketAddress address, @Nullable String reason) {
    return LogEscaper.escapeForeign(
        InetAddresses.toUriString(address.getAddress()) + ":" + address.getPort() + ": " + reason);
  }

  /**
   * The kernel can choose the closed port itself as the local port of a connection to this machine,
   * and then connects the socket to itself.
   */
  private static boolean isConnectedToItself(Socket socket) {
    return socket.getLocalSocketAddress().equals(socket.getRemoteSocketAddress());
  }

  /** Only the guest can be the reason: each step of the check has a limit. */
  @Override
  public Outcome outcomeIfUnfinished() {
    return Outcome.NOT_READY;
  }
}
