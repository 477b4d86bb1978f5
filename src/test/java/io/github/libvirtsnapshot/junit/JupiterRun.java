package io.github.libvirtsnapshot.junit;

import java.util.List;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** Runs test classes with JUnit's test kit. */
final class JupiterRun {
  private JupiterRun() {}

  static EngineExecutionResults of(Class<?>... classes) {
    return kit(classes).execute();
  }

  static EngineExecutionResults inParallel(int threads, Class<?>... classes) {
    return kit(classes)
        .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
        .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
        .configurationParameter(
            "junit.jupiter.execution.parallel.config.fixed.parallelism", Integer.toString(threads))
        .execute();
  }

  private static EngineTestKit.Builder kit(Class<?>... classes) {
    return EngineTestKit.engine("junit-jupiter")
        .enableImplicitConfigurationParameters(true)
        .selectors(
            Stream.of(classes)
                .map(DiscoverySelectors::selectClass)
                .toArray(DiscoverySelector[]::new));
  }

  static void assertAllSucceed(int tests, EngineExecutionResults results) {
    results.allEvents().failed().stream()
        .findFirst()
        .ifPresent(
            event -> {
              throw new AssertionError(event.toString(), failures(results).get(0));
            });
    results
        .testEvents()
        .assertStatistics(
            counts -> counts.started(tests).succeeded(tests).failed(0).aborted(0).skipped(0));
  }

  static List<Throwable> failures(EngineExecutionResults results) {
    return results
        .allEvents()
        .failed()
        .map(Event::getPayload)
        .flatMap(payload -> ((TestExecutionResult) payload.get()).getThrowable().stream())
        .toList();
  }
}
