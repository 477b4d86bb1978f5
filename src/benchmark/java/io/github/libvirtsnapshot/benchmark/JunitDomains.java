package io.github.libvirtsnapshot.benchmark;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.junit.RevertExtension;
import io.github.libvirtsnapshot.junit.TestDomain;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Measures how long JUnit tests of domains take, and prints the wall clock of each round; {@code
 * src/benchmark/junit.sh} runs this program:
 *
 * <pre>
 * java -Dbenchmark.uri=URI -Dbenchmark.domains="DOMAIN DOMAIN..." JunitDomains ROUNDS
 * </pre>
 */
public final class JunitDomains {
  private static final int TESTS = 12;
  private static final String[] DOMAINS = System.getProperty("benchmark.domains", "").split(" ");

  private JunitDomains() {}

  /** Measures, and prints the figures. */
  public static void main(String[] arguments) {
    int any = DOMAINS.length;
    System.out.printf(
        "| round | s: %d tests, one domain | any of %d domains | any of %d, 2 in parallel |%n",
        TESTS, any, any);
    System.out.println("| --- | --- | --- | --- |");
    for (int round = 1; round <= Integer.parseInt(arguments[0]); round++) {
      System.out.printf("| %d | %.1f", round, seconds(OneDomain.class, false));
      System.out.printf(" | %.1f", seconds(AnyDomain.class, false));
      System.out.printf(" | %.1f |%n", seconds(AnyDomain.class, true));
    }
  }

  private static double seconds(Class<?> tests, boolean parallel) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    long begin = System.nanoTime();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(tests))
                .configurationParameter(
                    "junit.jupiter.execution.parallel.enabled", Boolean.toString(parallel))
                .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
                .configurationParameter(
                    "junit.jupiter.execution.parallel.config.fixed.parallelism", "2")
                .build(),
            listener);
    long end = System.nanoTime();
    if (listener.getSummary().getTestsSucceededCount() != TESTS) {
      throw new IllegalStateException(listener.getSummary().getFailures().toString());
    }
    return (end - begin) / 1e9;
  }

  private static String uri() {
    return System.getProperty("benchmark.uri");
  }

  private static SnapshotReverter toClean(Domain domain) {
    return SnapshotReverter.of(domain).to("clean").running().awaitingGuest(Duration.ofMinutes(2));
  }

  /** The tests on the first domain. */
  @ResourceLock(providers = RevertExtension.class)
  static class OneDomain {
    @RegisterExtension
    static final RevertExtension MACHINE =
        RevertExtension.of(TestDomain.of(uri(), DOMAINS[0]).reverting(JunitDomains::toClean));

    @RepeatedTest(TESTS)
    void test(Domain domain) throws Exception {
      domain.getState();
      TimeUnit.SECONDS.sleep(1);
    }
  }

  /** The tests on any of the domains. */
  @Execution(ExecutionMode.CONCURRENT)
  static class AnyDomain {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(TestDomain.anyOf(uri(), DOMAINS).reverting(JunitDomains::toClean));

    @RepeatedTest(TESTS)
    void test(Domain domain) throws Exception {
      domain.getState();
      TimeUnit.SECONDS.sleep(1);
    }
  }
}
