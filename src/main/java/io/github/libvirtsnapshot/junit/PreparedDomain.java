package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.pool.PooledDomain;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.ReturnedReverter;

/**
 * A domain that was reverted for tests.
 *
 * @param domain the handle that the tests use, which belongs to a {@link LockedDomain} or a {@link
 *     PooledDomain}
 * @param report the report of the revert
 */
record PreparedDomain(Domain domain, RevertReport report) {
  static PreparedDomain revert(TestDomain declared, LockedDomain locked) throws RevertException {
    Domain domain = locked.domain();
    SnapshotReverter reverter = ReturnedReverter.check(declared.reverter().apply(domain), domain);
    return new PreparedDomain(domain, reverter.revert());
  }

  static PreparedDomain of(PooledDomain lease) {
    return new PreparedDomain(lease.domain(), lease.report());
  }
}
