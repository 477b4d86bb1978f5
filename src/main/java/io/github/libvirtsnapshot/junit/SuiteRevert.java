package io.github.libvirtsnapshot.junit;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.revert.RevertException;
import org.jspecify.annotations.Nullable;

/** A revert that is done once in a JUnit run. If it fails, all tests of the domain fail. */
final class SuiteRevert implements AutoCloseable {
  private @Nullable PreparedDomain prepared;
  private @Nullable Exception failure;

  private SuiteRevert() {}

  static SuiteRevert of(TestDomain domain, ConnectionCache connections) {
    SuiteRevert revert = new SuiteRevert();
    try {
      revert.prepared = PreparedDomain.revert(domain, connections);
    } catch (RevertException | RuntimeException e) {
      revert.failure = e;
    }
    return revert;
  }

  PreparedDomain prepared() throws Exception {
    if (failure != null) {
      throw failure;
    }
    return requireNonNull(prepared);
  }

  @Override
  public void close() {
    if (prepared != null) {
      prepared.close();
    }
  }
}
