package io.github.libvirtsnapshot.junit;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.internal.DomainLockContender;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * The locks that keep other processes from the domains of a JUnit run. A class and the suite can
 * use a domain at the same time, because JUnit separates their tests: they share its lock, which is
 * released by the last one.
 */
final class SharedLocks {
  private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(100);

  private final Map<Path, SharedLock> locks = new ConcurrentHashMap<>();
  private final Path folder;

  /**
   * Creates the locks of a JUnit run.
   *
   * @param folder the folder of the lock files
   */
  SharedLocks(Path folder) {
    this.folder = folder;
  }

  /** The use of a lock, until it is closed. */
  interface Use extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits for the lock of a domain.
   *
   * @throws ExtensionConfigurationException if the lock file can't be created
   * @throws IllegalStateException if the lock was not released in time
   */
  Use use(String uri, String uuid, TestDomain declared) throws InterruptedException {
    Path file = DomainLock.file(folder, uri, uuid);
    SharedLock lock = locks.computeIfAbsent(file, SharedLock::new);
    try {
      lock.enter(declared);
    } catch (IOException e) {
      throw new ExtensionConfigurationException(
          declared.describe()
              + ": the lock file "
              + file
              + " can't be used: "
              + e
              + "; name another folder with the JUnit configuration parameter "
              + PreparedDomains.LOCK_FOLDER,
          e);
    }
    AtomicBoolean closed = new AtomicBoolean();
    return () -> {
      if (closed.compareAndSet(false, true)) {
        lock.leave();
      }
    };
  }

  /** One lock with the number of its users in this run. */
  private static final class SharedLock {
    private final Path file;
    private @Nullable DomainLock lock;
    private int users;

    SharedLock(Path file) {
      this.file = file;
    }

    synchronized void enter(TestDomain declared) throws IOException, InterruptedException {
      if (users == 0) {
        lock = await(declared);
      }
      users++;
    }

    private DomainLock await(TestDomain declared) throws IOException, InterruptedException {
      DomainLockContender contender = new DomainLockContender();
      long begin = System.nanoTime();
      try {
        Optional<DomainLock> taken = contender.take(file, true);
        while (taken.isEmpty()) {
          if (System.nanoTime() - begin >= declared.longestWait().toNanos()) {
            throw new IllegalStateException(notReleased(declared));
          }
          TimeUnit.NANOSECONDS.sleep(BETWEEN_ATTEMPTS.toNanos());
          taken = contender.take(file, true);
        }
        return taken.get();
      } finally {
        contender.endTurn();
      }
    }

    private String notReleased(TestDomain declared) throws IOException {
      return declared.describe()
          + " is used by "
          + DomainLock.owner(file)
          + ", which did not release the lock file "
          + file
          + " within "
          + LogEscaper.seconds(declared.longestWait())
          + ": wait until its tests have ended, or raise the limit with waitAtMost or"
          + " waitingAtMost";
    }

    synchronized void leave() {
      users--;
      if (users == 0) {
        requireNonNull(lock).close();
      }
    }
  }
}
