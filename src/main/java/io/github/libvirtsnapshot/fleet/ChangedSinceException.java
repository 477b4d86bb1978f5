package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;

/** Another program has made another snapshot the current one since the revert of a domain. */
final class ChangedSinceException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** The domain after that change. */
  private final DomainStatus now;

  /** Whether the safety snapshot of the revert certainly does not exist any more. */
  private final boolean safetySnapshotGone;

  ChangedSinceException(DomainStatus now, boolean safetySnapshotGone) {
    super(
        LibvirtError.none(
            "another program has changed the domain since: the current snapshot is "
                + LogEscaper.quote(now.currentSnapshot().orElseThrow())));
    this.now = now;
    this.safetySnapshotGone = safetySnapshotGone;
  }

  DomainStatus now() {
    return now;
  }

  boolean isSafetySnapshotGone() {
    return safetySnapshotGone;
  }
}
