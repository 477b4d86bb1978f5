package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.pool.DomainPool;
import io.github.libvirtsnapshot.pool.PoolSettings;
import io.github.libvirtsnapshot.pool.PooledDomain;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that use the domains of a pool. Each of them checks through a connection of its own
 * whether the domain is clean, and by a file whether anyone else has it, and then leaves it dirty.
 *
 * <p>As a program, this class opens a pool of its own:
 *
 * <pre>
 * PoolUsers URI DOMAINS LOCKS HOLDERS THREADS LEASES
 * </pre>
 */
final class PoolUsers {
  static final String SNAPSHOT = "clean";

  /** Whether another program may have changed a domain since a time of {@link System#nanoTime}. */
  interface Excuse {
    boolean since(long nanoTime, String uri, String domain);
  }

  private final DomainPool pool;
  private final Path holders;
  private final Excuse excuse;
  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
  private final AtomicInteger left;
  private final AtomicInteger verified = new AtomicInteger();
  private final AtomicInteger excused = new AtomicInteger();

  PoolUsers(DomainPool pool, Path holders, int leases, Excuse excuse) {
    this.pool = pool;
    this.holders = holders;
    this.left = new AtomicInteger(leases);
    this.excuse = excuse;
  }

  /** Runs as a program with a pool of its own. */
  public static void main(String[] arguments) throws Exception {
    try (DomainPool pool =
        settings(Path.of(arguments[2]))
            .on(arguments[0], arguments[1].split(","))
            .maxConcurrentPerHost(8)
            .open()) {
      PoolUsers users =
          new PoolUsers(
              pool,
              Path.of(arguments[3]),
              Integer.parseInt(arguments[5]),
              (since, uri, domain) -> false);
      users.run(Integer.parseInt(arguments[4]));
      System.out.println(users);
      users.wrong().forEach(System.out::println);
    }
  }

  /** The test driver of libvirt 7.0 leaves the domain paused, so the state is enforced. */
  static PoolSettings settings(Path locks) {
    return DomainPool.with(
            domain -> SnapshotReverter.of(domain).to(SNAPSHOT).running().enforcingState())
        .lockFolder(locks);
  }

  /** Uses all leases, and waits for the end. */
  void run(int threads) throws Exception {
    ExecutorService users = Executors.newFixedThreadPool(threads);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      all.add(users.submit(this::useUntilEnd));
    }
    users.shutdown();
    for (Future<?> user : all) {
      user.get();
    }
  }

  private Void useUntilEnd() throws Exception {
    try (Observer observer = new Observer()) {
      while (left.getAndDecrement() > 0) {
        long begun = System.nanoTime();
        try (PooledDomain machine = pool.acquire(Duration.ofSeconds(60))) {
          use(machine, begun, observer);
        }
      }
    }
    return null;
  }

  private void use(PooledDomain machine, long begun, Observer observer) throws IOException {
    String name = machine.report().domain();
    Path holder = holders.resolve(name);
    try {
      Files.createFile(holder);
    } catch (FileAlreadyExistsException e) {
      wrong.add("two users of " + name);
      return;
    }
    try {
      Optional<String> dirt = observer.dirt(machine.uri(), name);
      if (dirt.isEmpty()) {
        verified.incrementAndGet();
      } else if (excuse.since(begun, machine.uri(), name)) {
        excused.incrementAndGet();
      } else {
        wrong.add(name + ": " + dirt.get() + ", report: " + machine.report());
      }
      makeDirty(machine.domain());
    } catch (LibvirtException e) {
      if (!excuse.since(begun, machine.uri(), name)) {
        wrong.add(name + ": " + e);
      }
    } finally {
      Files.delete(holder);
    }
  }

  private static void makeDirty(Domain domain) throws LibvirtException {
    switch (ThreadLocalRandom.current().nextInt(3)) {
      case 0 -> domain.suspend();
      case 1 -> domain.destroy();
      default -> Guests.take(domain, "of-a-user-" + System.nanoTime());
    }
  }

  /** Returns what was wrong. */
  List<String> wrong() {
    return List.copyOf(wrong);
  }

  int verified() {
    return verified.get();
  }

  int excused() {
    return excused.get();
  }

  @Override
  public String toString() {
    return "%d leases verified, %d excused, %d wrong"
        .formatted(verified.get(), excused.get(), wrong.size());
  }

  /** Looks at domains through connections of its own. */
  private static final class Observer implements AutoCloseable {
    private Optional<Connect> connect = Optional.empty();

    /** Returns in which way the domain is not clean. */
    Optional<String> dirt(String uri, String name) throws LibvirtException {
      Connect own = connect(uri);
      try (Domain domain = own.domainLookupByName(name)) {
        DomainStatus status = DomainStatus.of(domain);
        boolean clean =
            status.state() == DomainState.RUNNING
                && status.currentSnapshot().equals(Optional.of(SNAPSHOT));
        return clean ? Optional.empty() : Optional.of(status.toString());
      } catch (LibvirtException e) {
        close();
        throw e;
      }
    }

    private Connect connect(String uri) throws LibvirtException {
      if (connect.isEmpty() || !connect.get().getURI().equals(uri)) {
        close();
        connect = Optional.of(new Connect(uri));
      }
      return connect.get();
    }

    @Override
    public void close() {
      connect.ifPresent(Connect::close);
      connect = Optional.empty();
    }
  }
}
