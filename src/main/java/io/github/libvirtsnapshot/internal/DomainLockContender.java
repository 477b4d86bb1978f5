package io.github.libvirtsnapshot.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One of those that want the lock of a domain: a pool or a test. A contender that needs the domain
 * now locks a second file while another contender has the lock. The other contender gives up the
 * lock when its caller does not use the domain any more, and no third contender takes it.
 */
public final class DomainLockContender {
  private Optional<DomainLock> turn = Optional.empty();

  /** Creates a contender that does not wait for a lock. */
  public DomainLockContender() {}

  /**
   * Takes the lock.
   *
   * @param file the lock file of the domain
   * @param isNeeded whether the domain is needed now
   * @return empty if another contender has the lock, or takes it next
   */
  public synchronized Optional<DomainLock> take(Path file, boolean isNeeded) throws IOException {
    Optional<DomainLock> lock = isNextElsewhere(file) ? Optional.empty() : DomainLock.tryLock(file);
    if (lock.isPresent() || !isNeeded) {
      endTurn();
    } else if (turn.isEmpty()) {
      turn = DomainLock.tryLock(turnFile(file));
    }
    return lock;
  }

  /** Returns whether another contender takes the lock next. */
  public synchronized boolean isNextElsewhere(Path file) throws IOException {
    return turn.isEmpty() && DomainLock.isLocked(turnFile(file));
  }

  private static Path turnFile(Path file) {
    return file.resolveSibling(file.getFileName() + ".next");
  }

  /** Lets another contender take the lock next. */
  public synchronized void endTurn() {
    turn.ifPresent(DomainLock::close);
    turn = Optional.empty();
  }
}
