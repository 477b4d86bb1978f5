package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.revert.RevertException;

/** A domain that is reverted once in a run of JUnit; if that failed, all that need it fail. */
final class SuiteRevert implements AutoCloseable {
  private PreparedDomain ready;
  private Exception failure;

  private SuiteRevert() {}

  static SuiteRevert of(TestDomain domain, ConnectionCache connections) {
    SuiteRevert revert = new SuiteRevert();
    try {
      revert.ready = PreparedDomain.revert(domain, connections);
    } catch (RevertException | RuntimeException e) {
      revert.failure = e;
    }
    return revert;
  }

  PreparedDomain ready() throws Exception {
    if (failure != null) {
      throw failure;
    }
    return ready;
  }

  @Override
  public void close() {
    if (ready != null) {
      ready.close();
    }
  }
}
