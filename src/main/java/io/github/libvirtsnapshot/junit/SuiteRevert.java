package io.github.libvirtsnapshot.junit;

import com.google.common.base.Throwables;
import io.github.libvirtsnapshot.internal.Tried;
import org.jspecify.annotations.Nullable;

/** A revert that is done once in a JUnit run. If it fails, all tests of the domain fail. */
final class SuiteRevert implements AutoCloseable {
  private final TestDomain declared;
  private final Tried<LockedDomain> locked;
  private @Nullable Tried<PreparedDomain> prepared;

  private SuiteRevert(TestDomain declared, Tried<LockedDomain> locked) {
    this.declared = declared;
    this.locked = locked;
  }

  /** Waits for the lock of a domain, which is reverted on first use. */
  static SuiteRevert of(TestDomain declared, ConnectionCache connections, SharedLocks locks) {
    return new SuiteRevert(
        declared, Tried.of(() -> LockedDomain.lock(declared, connections, locks)));
  }

  /** Returns the domain; the first call reverts it. */
  synchronized PreparedDomain prepared() throws Exception {
    if (prepared == null) {
      prepared = Tried.of(() -> PreparedDomain.revert(declared, value(locked)));
    }
    return value(prepared);
  }

  private static <T> T value(Tried<T> tried) throws Exception {
    if (tried.failure().isPresent()) {
      Throwables.throwIfInstanceOf(tried.failure().get(), Exception.class);
      Throwables.throwIfUnchecked(tried.failure().get());
    }
    return tried.value().orElseThrow();
  }

  @Override
  public void close() {
    locked.value().ifPresent(LockedDomain::close);
  }
}
