package io.github.libvirtsnapshot.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.FaultyHost;
import io.github.libvirtsnapshot.scheduling.FaultyHost.Fault;
import io.github.libvirtsnapshot.scheduling.ManualThreads;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Uses a pool of two hosts repeatedly. In each run, another native call to one of the hosts fails,
 * in each of the ways in which a call can fail. Each domain that is handed out must be clean, each
 * other one must be named, and no lock and no handle may be leaked.
 */
@Timeout(300)
class PoolFaultTest {
  private static final String TARGET = "clean";
  private static final Duration LIMIT = Duration.ofMinutes(20);

  /** More native calls than any run makes. */
  private static final int ENOUGH = 200;

  @TempDir Path locks;

  private final ExecutorService callers = Executors.newCachedThreadPool();
  private LogRecorder quiet;

  @BeforeEach
  void captureLog() {
    quiet = LogRecorder.ofEverything();
  }

  @AfterEach
  void releaseLog() {
    quiet.close();
    callers.shutdown();
  }

  @ParameterizedTest
  @EnumSource
  void eachFailingCallIsHandledAndLeaksNothing(Fault fault) throws Exception {
    for (int call = 1; call < ENOUGH; call++) {
      if (!new Run(fault, call).holds()) {
        assertTrue(call > 25, "only " + call + " native calls were made");
        return;
      }
    }
    throw new AssertionError("a run made more than " + ENOUGH + " native calls");
  }

  /** A run in which one call fails. */
  private final class Run {
    private final Fault fault;
    private final int call;
    private final ManualThreads threads = new ManualThreads();
    private final FakeLibvirt goodHost = new FakeLibvirt();
    private final FakeLibvirt badHost = new FakeLibvirt();
    private final FakeDomain good = domain(goodHost, "good");
    private final FakeDomain bad = domain(badHost, "bad");
    private final CountingLibvirt goodReferences = CountingLibvirt.of(goodHost.library());
    private final CountingLibvirt badReferences = CountingLibvirt.of(badHost.library());
    private final FaultyHost faulty;

    Run(Fault fault, int call) {
      this.fault = fault;
      this.call = call;
      this.faulty = FaultyHost.atCall(call, badReferences.library(), fault, threads);
    }

    private static FakeDomain domain(FakeLibvirt host, String name) {
      return host.addDomain(name, DomainState.PAUSED).addSnapshot(TARGET, DomainState.RUNNING);
    }

    private Connect open(String uri) throws LibvirtException {
      return uri.equals("bad") ? faulty.open(uri) : new Connect(goodReferences.library(), uri);
    }

    /** Checks the run; returns false if it made fewer calls, so that none failed. */
    boolean holds() throws Exception {
      DomainPool pool =
          DomainPool.with(domain -> SnapshotReverter.of(domain).to(TARGET))
              .on("bad", "bad")
              .on("good", "good")
              .standby(Standby.PAUSED)
              .connector(this::open)
              .lockFolder(locks)
              .using(threads)
              .open();
      settle(pool);
      use(pool);
      settle(pool);
      use(pool);
      settle(pool);
      await(CompletableFuture.runAsync(pool::close, callers));
      List<String> named = pool.withdrawn().stream().map(WithdrawnDomain::domain).toList();

      threads.release();
      assertEquals(DomainState.PAUSED, good.state(), this + ": " + named);
      assertTrue(bad.state() == DomainState.PAUSED || named.contains("bad"), this + ": " + named);
      assertFalse(named.contains("good"), this + ": " + pool.withdrawn());
      goodReferences.assertBalanced();
      badReferences.assertBalanced();
      assertNoLocks();
      return !faulty.faultyFunction().equals("none");
    }

    /** Lets each domain stand by or be taken out. A thread may hang afterwards, with its timer. */
    private void settle(DomainPool pool) throws Exception {
      threads.awaitQuiet();
      while (pool.status().reverting() > 0 && threads.step()) {}
      threads.awaitQuiet();
    }

    /** Takes all domains that can be had, checks and suspends them, and gives them back. */
    private void use(DomainPool pool) throws Exception {
      PooledDomain first = await(acquire(pool));
      CompletableFuture<PooledDomain> second = acquire(pool);
      var unused = second.handle((domain, failure) -> true);
      CompletableFuture<Boolean> ended = second.handle((domain, failure) -> domain != null);
      check(first);
      if (await(ended)) {
        check(second.get());
        second.get().close();
      }
      first.close();
    }

    private void check(PooledDomain machine) throws LibvirtException {
      FakeDomain domain = machine.report().domain().equals("bad") ? bad : good;
      assertEquals(DomainState.RUNNING, domain.state(), toString());
      assertEquals(TARGET, domain.reverts().get(domain.reverts().size() - 1), toString());
      try (Connect connect = (domain == bad ? badHost : goodHost).connect();
          Domain own = connect.domainLookupByName(machine.report().domain())) {
        own.suspend();
      }
    }

    private CompletableFuture<PooledDomain> acquire(DomainPool pool) {
      return CompletableFuture.supplyAsync(
          () -> {
            try {
              return pool.acquire(LIMIT);
            } catch (NoDomainAvailableException | InterruptedException e) {
              throw new IllegalStateException(e);
            }
          },
          callers);
    }

    /** Advances the clock only while the result is not available. */
    private <T> T await(CompletableFuture<T> result) throws Exception {
      for (int i = 0; !result.isDone(); i++) {
        assertTrue(i < 20_000, this + " does not end");
        Thread.sleep(1);
        if (!result.isDone() && i > 2) {
          threads.step();
        }
      }
      return result.get();
    }

    private void assertNoLocks() throws Exception {
      try (Stream<Path> files = Files.list(locks)) {
        for (Path file : files.toList()) {
          assertFalse(DomainLock.isLocked(file), this + ": " + file);
        }
      }
    }

    @Override
    public String toString() {
      return fault + " in call " + call + ", " + faulty.faultyFunction();
    }
  }
}
