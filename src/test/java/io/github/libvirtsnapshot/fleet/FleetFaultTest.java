package io.github.libvirtsnapshot.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.FaultyHost;
import io.github.libvirtsnapshot.scheduling.FaultyHost.Fault;
import io.github.libvirtsnapshot.scheduling.ManualThreads;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Reverts a fleet of two hosts repeatedly. In each run, another native call to one of the hosts
 * fails, in each of the ways in which a call can fail. Each report must be correct, and no handle
 * may be leaked.
 */
class FleetFaultTest {
  private static final String TARGET = "clean";
  private static final String SAFETY = "before-revert-";
  private static final String DOMAIN = "web01";

  private static final Duration DEADLINE = Duration.ofMinutes(10);

  /** A connection that is lost, one that hangs, and an outcome that is resolved. */
  private static final Duration LONGEST = Duration.ofSeconds(100);

  /** More native calls than any run makes. */
  private static final int ENOUGH = 300;

  /** Calls that take as long as a guest needs: only the deadline ends the wait for them. */
  private static final Set<String> OPERATIONS =
      Set.of("virDomainRevertToSnapshot", "virDomainSnapshotCreateXML", "virDomainSnapshotDelete");

  private enum Scenario {
    PLAIN,
    NAMED,
    SELECTED,
    ROLLED_BACK;

    FleetReverter on(FleetReverter fleet, String uri) {
      return this == SELECTED ? fleet.on(uri, FleetReverter.allDomains()) : fleet.on(uri, DOMAIN);
    }

    SnapshotReverter reverter(Domain domain) {
      SnapshotReverter reverter = SnapshotReverter.of(domain).to(TARGET);
      return this == PLAIN ? reverter : reverter.withSafetySnapshot();
    }
  }

  private LogRecorder quiet;

  @BeforeEach
  void captureLog() {
    quiet = LogRecorder.ofEverything();
  }

  @AfterEach
  void releaseLog() {
    quiet.close();
  }

  static Stream<Arguments> cells() {
    return Stream.of(Scenario.values())
        .flatMap(scenario -> Stream.of(Fault.values()).map(fault -> arguments(scenario, fault)));
  }

  @ParameterizedTest
  @MethodSource("cells")
  void eachFailingCallIsReportedCorrectlyAndLeaksNothing(Scenario scenario, Fault fault)
      throws Exception {
    for (int call = 1; call < ENOUGH; call++) {
      if (!new Run(scenario, fault, call).holds()) {
        int least = scenario == Scenario.PLAIN ? 15 : 20;
        assertTrue(call > least, "only " + call + " native calls were made");
        return;
      }
    }
    throw new AssertionError("a run made more than " + ENOUGH + " native calls");
  }

  /** A run in which one call fails. */
  private static final class Run {
    private final Scenario scenario;
    private final Fault fault;
    private final int call;
    private final ManualThreads threads = new ManualThreads();
    private final FakeLibvirt goodHost = new FakeLibvirt();
    private final FakeLibvirt badHost = new FakeLibvirt();
    private final FakeDomain good = domain(goodHost);
    private final FakeDomain bad = domain(badHost);
    private final CountingLibvirt goodReferences = CountingLibvirt.of(goodHost.library());
    private final CountingLibvirt badReferences = CountingLibvirt.of(badHost.library());
    private final FaultyHost faulty;
    private final List<FleetEntry> finished = Collections.synchronizedList(new ArrayList<>());

    Run(Scenario scenario, Fault fault, int call) {
      this.scenario = scenario;
      this.fault = fault;
      this.call = call;
      this.faulty = FaultyHost.atCall(call, badReferences.library(), fault, threads);
      if (scenario == Scenario.ROLLED_BACK) {
        good.failReverts(TARGET, ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
        bad.failReverts(TARGET, ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
      }
    }

    private static FakeDomain domain(FakeLibvirt host) {
      return host.addDomain(DOMAIN, DomainState.RUNNING).addSnapshot(TARGET, DomainState.PAUSED);
    }

    private Connect open(String uri) throws LibvirtException {
      return uri.equals("bad") ? faulty.open(uri) : new Connect(goodReferences.library(), uri);
    }

    /** Checks the run; returns false if it made fewer calls, so that none failed. */
    boolean holds() throws Exception {
      FleetReverter fleet =
          FleetReverter.with(scenario::reverter)
              .connector(this::open)
              .deadline(DEADLINE)
              .listener(
                  new FleetListener() {
                    @Override
                    public void finished(FleetEntry entry, FleetProgress progress) {
                      finished.add(entry);
                    }
                  })
              .using(threads);
      FleetReport report =
          threads.await(scenario.on(scenario.on(fleet, "bad"), "good").start().report());
      Duration elapsed = threads.elapsed();

      assertEquals(2, report.entries().size(), this + ": " + report);
      assertEquals(2, finished.size(), this + ": " + finished);
      checkTime(elapsed);
      checkGood(report.entries().get(1));
      checkBad(report.entries().get(0));
      checkSafetySnapshots(report.entries().get(0));
      threads.release();
      checkSafetySnapshots(report.entries().get(0));
      goodReferences.assertBalanced();
      badReferences.assertBalanced();
      return !faulty.faultyFunction().equals("none");
    }

    private void checkTime(Duration elapsed) {
      boolean operation = OPERATIONS.contains(faulty.faultyFunction());
      Duration limit = fault == Fault.HANGS && operation ? DEADLINE : LONGEST;
      assertTrue(elapsed.compareTo(limit) <= 0, this + " took " + elapsed);
    }

    private void checkGood(FleetEntry entry) {
      assertEquals(
          scenario == Scenario.ROLLED_BACK ? RevertOutcome.ROLLED_BACK : RevertOutcome.REVERTED,
          entry.outcome(),
          this + ": " + entry);
    }

    private void checkBad(FleetEntry entry) {
      String said = this + ": " + entry;
      List<String> reverts = bad.reverts();
      String last = reverts.isEmpty() ? "" : reverts.get(reverts.size() - 1);
      if (entry.isReverted()) {
        assertEquals(TARGET, last, said);
        assertEquals(DomainState.PAUSED, bad.state(), said);
        return;
      }
      switch (entry.outcome()) {
        case NOT_STARTED -> assertEquals(List.of(), reverts, said);
        case ROLLED_BACK -> {
          assertTrue(last.startsWith(SAFETY), said);
          assertEquals(DomainState.RUNNING, bad.state(), said);
        }
        case FAILED -> assertEquals(DomainState.RUNNING, bad.state(), said);
        case ROLLBACK_FAILED -> assertTrue(entry.safetySnapshot().isPresent(), said);
        case UNKNOWN -> {
          boolean resolved = entry.resolved().isPresent();
          assertTrue(resolved || fault == Fault.LOST_AND_HANGS || fault == Fault.HANGS, said);
        }
        case IN_PROGRESS -> assertEquals(Fault.HANGS, fault, said);
        default -> assertEquals(Fault.ERROR, fault, said);
      }
    }

    /**
     * Each safety snapshot that exists must be in the entry. After a fault at the end of a run, the
     * entry may also name one that was deleted.
     */
    private void checkSafetySnapshots(FleetEntry entry) {
      List<String> named = new ArrayList<>(entry.leftSafetySnapshots());
      entry.safetySnapshot().ifPresent(named::add);
      List<String> unnamed =
          bad.snapshotNames().stream()
              .filter(name -> name.startsWith(SAFETY) && !named.contains(name))
              .toList();
      assertEquals(List.of(), unnamed, this + ": " + entry);
    }

    @Override
    public String toString() {
      return scenario + ", " + fault + " in call " + call + ", " + faulty.faultyFunction();
    }
  }
}
