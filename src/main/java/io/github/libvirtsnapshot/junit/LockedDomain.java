package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.Cleanup;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * A domain that no other process uses until this value is closed.
 *
 * @param domain the handle that the tests use
 */
record LockedDomain(Domain domain, SharedLocks.Use lock) implements AutoCloseable {
  /** Finds the domain of a declaration, and waits for its lock. */
  static LockedDomain lock(TestDomain declared, ConnectionCache connections, SharedLocks locks)
      throws Exception {
    Domain domain = find(declared, connections);
    return Cleanup.afterFailure(
        () ->
            new LockedDomain(
                domain, locks.use(uri(declared, domain), domain.getUUIDString(), declared)),
        failure -> domain.close());
  }

  private static Domain find(TestDomain declared, ConnectionCache connections) {
    try {
      return connections.find(declared.domains());
    } catch (LibvirtException e) {
      throw new ExtensionConfigurationException(declared.describe() + ": " + e.getMessage(), e);
    }
  }

  /** The URI of libvirt's default host is empty, and libvirt knows which one that is. */
  private static String uri(TestDomain declared, Domain domain) throws LibvirtException {
    if (!declared.domains().uri().isEmpty()) {
      return declared.domains().uri();
    }
    try (Connect connect = domain.getConnect()) {
      return connect.getURI();
    }
  }

  @Override
  public void close() {
    domain.close();
    lock.close();
  }
}
