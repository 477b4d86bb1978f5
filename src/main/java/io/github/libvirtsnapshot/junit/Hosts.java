package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import java.util.HashMap;
import java.util.Map;

/** The connections of a run of JUnit, each opened once, and again if it died. */
final class Hosts implements AutoCloseable {
  private final Map<String, Connect> connections = new HashMap<>();

  Domain find(TestDomain domain) throws LibvirtException {
    return connect(domain.uri()).domainLookupByName(domain.name());
  }

  private synchronized Connect connect(String uri) throws LibvirtException {
    Connect known = connections.get(uri);
    if (known != null && known.isAlive()) {
      return known;
    }
    if (known != null) {
      connections.remove(uri).close();
    }
    Connect opened = new Connect(uri);
    connections.put(uri, opened);
    return opened;
  }

  @Override
  public synchronized void close() {
    connections.values().forEach(Connect::close);
  }
}
