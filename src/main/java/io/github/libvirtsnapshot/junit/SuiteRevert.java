package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.revert.RevertException;

/** A revert that is done once in a JUnit run. If it fails, all tests of the domain fail. */
final class SuiteRevert implements AutoCloseable {
  private PreparedDomain prepared;
  private Exception failure;

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
    return prepared;
  }

  @Override
  public void close() {
    if (prepared != null) {
      prepared.close();
    }
  }
}
