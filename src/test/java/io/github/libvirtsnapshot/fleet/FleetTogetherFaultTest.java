package io.github.libvirtsnapshot.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.FaultyHost;
import io.github.libvirtsnapshot.scheduling.FaultyHost.Fault;
import io.github.libvirtsnapshot.scheduling.ManualThreads;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Reverts the domains of two hosts together, repeatedly. In each run, another native call to one of
 * the hosts fails, in each of the ways in which a call can fail. After each run, all domains are
 * reverted, or all are as before, or each one that is neither is named; and no handle is leaked.
 */
class FleetTogetherFaultTest {
  private static final String TARGET = "clean";
  private static final String SAFETY = "before-revert-";
  private static final Duration DEADLINE = Duration.ofMinutes(10);

  /** More native calls than any run makes. */
  private static final int ENOUGH = 300;

  private enum Scenario {
    TOGETHER,
    RESUMED_TOGETHER,
    /** The revert on the other host fails, so that the run undoes the revert on this host. */
    UNDONE;

    FleetReverter apply(FleetReverter fleet) {
      return this == RESUMED_TOGETHER ? fleet.resumingTogether() : fleet.together();
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
  void afterEachFailingCallAllAreRevertedOrAsBeforeOrNamed(Scenario scenario, Fault fault)
      throws Exception {
    for (int call = 1; call < ENOUGH; call++) {
      if (!new Run(scenario, fault, call).holds()) {
        assertTrue(call > 15, "only " + call + " native calls were made");
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
    private final CountingLibvirt goodReferences = CountingLibvirt.of(goodHost.library());
    private final CountingLibvirt badReferences = CountingLibvirt.of(badHost.library());
    private final List<FakeDomain> domains =
        List.of(domain(goodHost, "web01"), domain(badHost, "db01"));

    private final FaultyHost faulty;

    Run(Scenario scenario, Fault fault, int call) {
      this.scenario = scenario;
      this.fault = fault;
      this.call = call;
      this.faulty = FaultyHost.atCall(call, badReferences.library(), fault, threads);
      if (scenario == Scenario.UNDONE) {
        domains.get(0).failReverts(TARGET, ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
      }
    }

    private static FakeDomain domain(FakeLibvirt host, String name) {
      return host.addDomain(name, DomainState.RUNNING).addSnapshot(TARGET, DomainState.PAUSED);
    }

    private Connect open(String uri) throws LibvirtException {
      return uri.equals("bad") ? faulty.open(uri) : new Connect(goodReferences.library(), uri);
    }

    /** Checks the run; returns false if it made fewer calls, so that none failed. */
    boolean holds() throws Exception {
      FleetReverter fleet =
          FleetReverter.with(domain -> SnapshotReverter.of(domain).to(TARGET))
              .on("good", "web01")
              .on("bad", "db01")
              .connector(this::open)
              .deadline(DEADLINE)
              .using(threads);
      FleetReport report = threads.await(scenario.apply(fleet).start().report());

      assertEquals(2, report.entries().size(), this + ": " + report);
      check(report);
      threads.release();
      check(report);
      goodReferences.assertBalanced();
      badReferences.assertBalanced();
      return !faulty.faultyFunction().equals("none");
    }

    /** A call that hangs can end after the report. */
    private void check(FleetReport report) {
      String said = this + ": " + report;
      List<FleetEntry> neither = report.uncertain();
      boolean allReverted = true;
      boolean allAsBefore = true;
      for (int each = 0; each < 2; each++) {
        FleetEntry entry = report.entries().get(each);
        FakeDomain domain = domains.get(each);
        checkSafetySnapshots(entry, domain);
        if (!neither.contains(entry)) {
          allReverted &= isReverted(domain);
          allAsBefore &= isAsBefore(domain);
          assertEquals(entry.isReverted(), isReverted(domain), said);
          assertEquals(entry.isAsBefore(), isAsBefore(domain), said);
        }
      }
      assertTrue(allReverted || allAsBefore, said);
    }

    private boolean isReverted(FakeDomain domain) {
      List<String> reverts = domain.reverts();
      return !reverts.isEmpty() && reverts.get(reverts.size() - 1).equals(TARGET);
    }

    private boolean isAsBefore(FakeDomain domain) {
      return !isReverted(domain) && domain.state() == DomainState.RUNNING;
    }

    /** Each safety snapshot that exists must be in the entry. */
    private void checkSafetySnapshots(FleetEntry entry, FakeDomain domain) {
      List<String> named = new ArrayList<>(entry.leftSafetySnapshots());
      entry.safetySnapshot().ifPresent(named::add);
      List<String> unnamed =
          domain.snapshotNames().stream()
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
