package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * A domain that was reverted for tests. JUnit closes it with the store that it is in.
 *
 * @param domain the handle of the tests
 * @param report what was done
 */
record PreparedDomain(Domain domain, RevertReport report) implements AutoCloseable {
  /** Reverts it. */
  static PreparedDomain revert(TestDomain wanted, ConnectionCache connections)
      throws RevertException {
    Domain domain = find(wanted, connections);
    try {
      return new PreparedDomain(domain, wanted.reverter(domain).revert());
    } catch (RevertException | RuntimeException | Error e) {
      domain.close();
      throw e;
    }
  }

  private static Domain find(TestDomain wanted, ConnectionCache connections) {
    try {
      return connections.find(wanted);
    } catch (LibvirtException e) {
      throw new ExtensionConfigurationException(wanted.describe() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    domain.close();
  }
}
