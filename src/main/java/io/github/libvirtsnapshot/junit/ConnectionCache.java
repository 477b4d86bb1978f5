package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
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

  /** By URI. Reverts of a host take turns if libvirt could give their overlays the same name. */
  private final Map<String, HostInventory> hosts = new ConcurrentHashMap<>();

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
        .computeIfAbsent(
            domain.key(), key -> new Entry(domain.uri(), timeout, inventory(domain.uri())))
        .connect()
        .domainLookupByName(domain.name());
  }

  /** Tests change the domains of a host, so each plan queries them again. */
  private HostInventory inventory(String uri) {
    return hosts.computeIfAbsent(uri, key -> HostInventory.create(Duration.ZERO, System::nanoTime));
  }

  @Override
  public void close() {
    connections.values().forEach(Entry::close);
  }

  private static final class Entry {
    private final String uri;
    private final Duration timeout;
    private final HostInventory inventory;
    private @Nullable Connect connection;

    Entry(String uri, Duration timeout, HostInventory inventory) {
      this.uri = uri;
      this.timeout = timeout;
      this.inventory = inventory;
    }

    synchronized Connect connect() throws LibvirtException {
      if (connection == null || !connection.isAlive()) {
        close();
        connection = Connect.open(uri, timeout);
        inventory.shareOn(connection);
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
