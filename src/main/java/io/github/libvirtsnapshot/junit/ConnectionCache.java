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
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Map<String, Entry> connections = new ConcurrentHashMap<>();

  Domain find(TestDomain domain) throws LibvirtException {
    return connections
        .computeIfAbsent(domain.key(), key -> new Entry(domain.uri()))
        .connect()
        .domainLookupByName(domain.name());
  }

  @Override
  public void close() {
    connections.values().forEach(Entry::close);
  }

  private static final class Entry {
    private final String uri;
    private @Nullable Connect connection;

    Entry(String uri) {
      this.uri = uri;
    }

    synchronized Connect connect() throws LibvirtException {
      if (connection == null || !connection.isAlive()) {
        close();
        connection = Connect.open(uri, PATIENCE);
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
