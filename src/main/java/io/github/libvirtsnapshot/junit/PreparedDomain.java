package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * A domain that was reverted for tests. JUnit closes it together with its store.
 *
 * @param domain the handle that the tests use
 * @param report the report of the revert
 */
record PreparedDomain(Domain domain, RevertReport report) implements AutoCloseable {
  static PreparedDomain revert(TestDomain declared, ConnectionCache connections)
      throws RevertException {
    Domain domain = find(declared, connections);
    return Cleanup.afterFailure(
        () -> new PreparedDomain(domain, declared.reverter(domain).revert()),
        failure -> domain.close());
  }

  private static Domain find(TestDomain declared, ConnectionCache connections) {
    try {
      return connections.find(declared);
    } catch (LibvirtException e) {
      throw new ExtensionConfigurationException(declared.describe() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    domain.close();
  }
}
