package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.internal.DomainLockContender;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.revert.RevertReport;

/**
 * A domain that was reverted and waits for its use.
 *
 * @param status the status that the domain must still have when it is handed out
 * @param suspended whether the pool has paused the guest
 * @param lock the lock of the domain, which belongs to this value
 */
record StandingBy(
    String uuid, RevertReport report, DomainStatus status, boolean suspended, DomainLock lock) {
  /**
   * Returns whether another pool or process takes the lock of the domain next, if that is known.
   */
  boolean isNextElsewhere(DomainLockContender own) {
    return Tried.of(() -> own.isNextElsewhere(lock.file())).value().orElse(false);
  }

  /** Returns whether the clock of the guest is set when the domain is handed out. */
  boolean setsClock() {
    return report.guest().flatMap(guest -> guest.clock()).isPresent();
  }
}
