package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.internal.DomainLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a pool shares the lock of a domain with other pools and processes. A pool whose callers wait
 * for the domain locks a second file while another pool has the lock. The other pool gives up the
 * lock when the domain is given back to it, and no third pool takes it.
 */
final class MemberLock {
  private Optional<DomainLock> turn = Optional.empty();

  /**
   * Takes the lock.
   *
   * @param file the lock file of the domain
   * @param isNeeded whether a caller of this pool waits
   * @return empty if another pool or process has the lock, or takes it next
   */
  synchronized Optional<DomainLock> take(Path file, boolean isNeeded) throws IOException {
    Optional<DomainLock> lock = isNextElsewhere(file) ? Optional.empty() : DomainLock.tryLock(file);
    if (lock.isPresent() || !isNeeded) {
      endTurn();
    } else if (turn.isEmpty()) {
      turn = DomainLock.tryLock(turnFile(file));
    }
    return lock;
  }

  /** Returns whether another pool or process takes the lock next. */
  synchronized boolean isNextElsewhere(Path file) throws IOException {
    return turn.isEmpty() && DomainLock.isLocked(turnFile(file));
  }

  private static Path turnFile(Path file) {
    return file.resolveSibling(file.getFileName() + ".next");
  }

  /** Lets another pool or process take the lock next. */
  synchronized void endTurn() {
    turn.ifPresent(DomainLock::close);
    turn = Optional.empty();
  }
}
