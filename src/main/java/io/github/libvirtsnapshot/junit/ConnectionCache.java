package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a JUnit run: one for each domain, opened once, and opened again if it is lost.
 * A host that hangs therefore delays only the tests of its own domains, each for a limited time.
 * With libvirt before 10.4, calls on one connection with keepalive wait for each other; tests that
 * run in parallel use separate connections and do not.
 */
final class ConnectionCache implements AutoCloseable {
  private final Map<String, Entry> connections = new ConcurrentHashMap<>();
  private final Duration timeout;

  /**
   * Creates a cache without connections.
   *
   * @param timeout the maximum wait for a connection
   */
  ConnectionCache(Duration timeout) {
    this.timeout = timeout;
  }

  Domain find(CandidateDomains domain) throws LibvirtException {
    return connections
        .computeIfAbsent(domain.key(), key -> new Entry(domain.uri(), timeout))
        .connect()
        .domainLookupByName(domain.name());
  }

  @Override
  public void close() {
    connections.values().forEach(Entry::close);
  }

  private static final class Entry {
    private final String uri;
    private final Duration timeout;
    private @Nullable Connect connection;

    Entry(String uri, Duration timeout) {
      this.uri = uri;
      this.timeout = timeout;
    }

    synchronized Connect connect() throws LibvirtException {
      if (connection == null || !connection.isAlive()) {
        close();
        connection = Connect.open(uri, timeout);
      }
      return connection;
    }

    synchronized void close() {
      if (connection != null) {
        connection.close();
        connection = null;
      }
    }
  }
}
