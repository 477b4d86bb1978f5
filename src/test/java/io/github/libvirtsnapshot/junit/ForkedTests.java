package io.github.libvirtsnapshot.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/**
 * Tests that several processes run with the same domains. Each test checks that its domain is
 * clean, and by a file that no other test has it, and leaves the domain dirty.
 *
 * <p>As a program, this class runs its tests in parallel and prints the failures, or locks a file
 * until it is killed:
 *
 * <pre>
 * java -Dfork.uri=URI -Dfork.holders=FOLDER ... ForkedTests
 * java ... ForkedTests LOCK
 * </pre>
 */
final class ForkedTests {
  static final String[] DOMAINS = {"web01", "web02", "web03"};

  /** How many tests a process runs. */
  static final int TESTS = 40;

  private static final CountDownLatch FIRST_USE = new CountDownLatch(1);

  private ForkedTests() {}

  /** Runs the tests, or locks a file. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
      try (DomainLock lock = DomainLock.tryLock(Path.of(arguments[0])).orElseThrow()) {
        System.out.println(lock.file());
        TimeUnit.DAYS.sleep(1);
      }
    }
    CompletableFuture<EngineExecutionResults> running =
        CompletableFuture.supplyAsync(ForkedTests::run, task -> new Thread(task).start());
    FIRST_USE.await();
    System.out.println("the first test has a domain");
    EngineExecutionResults results = running.get();
    JupiterRun.failures(results).forEach(System.out::println);
    System.out.println(results.testEvents().succeeded().count() + " tests succeeded");
  }

  static EngineExecutionResults run() {
    return JupiterRun.inParallel(3, AnyOfThree.class, OneDomain.class, OneDomainForAll.class);
  }

  private static String uri() {
    return System.getProperty("fork.uri");
  }

  /** The test driver of libvirt 7.0 leaves the domain paused, so the state is enforced. */
  private static SnapshotReverter toClean(Domain domain) {
    return SnapshotReverter.of(domain).to("clean").running().enforcingState();
  }

  private static void use(Domain domain) throws Exception {
    Path holder = Path.of(System.getProperty("fork.holders"), domain.getName());
    FIRST_USE.countDown();
    Files.createFile(holder);
    assertEquals(DomainState.RUNNING, domain.getState().state());
    TimeUnit.MILLISECONDS.sleep(10);
    domain.suspend();
    Files.delete(holder);
  }

  @Execution(ExecutionMode.CONCURRENT)
  static class AnyOfThree {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(TestDomain.anyOf(uri(), DOMAINS).reverting(ForkedTests::toClean));

    @RepeatedTest(30)
    void test(Domain domain) throws Exception {
      use(domain);
    }
  }

  @ResourceLock(providers = RevertExtension.class)
  @Execution(ExecutionMode.CONCURRENT)
  static class OneDomain {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(TestDomain.of(uri(), "web01").reverting(ForkedTests::toClean));

    @RepeatedTest(8)
    void test(Domain domain) throws Exception {
      use(domain);
    }
  }

  @ResourceLock(providers = RevertExtension.class)
  @Execution(ExecutionMode.CONCURRENT)
  static class OneDomainForAll {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(
            TestDomain.of(uri(), "web02")
                .reverting(ForkedTests::toClean)
                .before(RevertBefore.EACH_CLASS));

    @RepeatedTest(2)
    void test(Domain domain) throws Exception {
      if (domain.getState().state() != DomainState.RUNNING) {
        domain.resume();
      }
      use(domain);
    }
  }

  /** Waits for a domain for a short time only. */
  static class Impatient {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(
            TestDomain.of(uri(), "web01")
                .reverting(ForkedTests::toClean)
                .waitingAtMost(Duration.ofMillis(300)));

    @RepeatedTest(1)
    void test(Domain domain) throws Exception {
      use(domain);
    }
  }
}
