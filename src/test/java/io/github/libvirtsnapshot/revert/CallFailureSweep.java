package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.FaultyLibvirt;
import io.github.libvirtsnapshot.FaultyLibvirt.Fault;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Repeats a revert, and makes another one of its native calls fail each time, in each way in which
 * a call can fail. The reported result has to match the actual state each time.
 */
abstract class CallFailureSweep {
  static final String TARGET = "clean";

  /** The current snapshot of {@link Scenario#TO_NEWEST} and {@link Scenario#TO_PARENT}. */
  static final String CHILD = "later";

  static final int RUNNING = 1;
  static final int PAUSED = 3;
  static final int SHUTOFF = 5;

  /** More native calls than a run makes. */
  private static final int MAX_CALLS = 200;

  /** The functions with which a run reads the status of the domain. */
  private static final Set<String> STATUS_FUNCTIONS =
      Set.of(
          "virDomainListGetStats",
          "virDomainGetState",
          "virDomainGetConnect",
          "virDomainLookupByUUIDString",
          "virDomainGetID",
          "virDomainSnapshotCurrent",
          "virDomainSnapshotGetName",
          "virDomainIsPersistent",
          "virDomainHasManagedSaveImage");

  /** A libvirt whose actual state the test reads without the library under test. */
  interface ObservedLibvirt extends AutoCloseable {
    LibvirtLibrary library();

    String uri();

    String domain();

    int state();

    boolean exists();

    /** Ends the domain and undefines it. */
    void remove();

    List<String> snapshotNames();

    List<String> reverts();

    @Override
    void close();
  }

  /** The options of a revert, the state in its snapshot, and whether libvirt's revert succeeds. */
  enum Scenario {
    PLAIN(RUNNING, RUNNING, RevertOutcome.REVERTED),
    TO_PAUSED(RUNNING, PAUSED, RevertOutcome.REVERTED),
    GUARDED(RUNNING, RUNNING, RevertOutcome.REVERTED),
    SAFETY_SNAPSHOT(PAUSED, PAUSED, RevertOutcome.REVERTED),
    FAILING(RUNNING, RUNNING, RevertOutcome.FAILED),
    SAFETY_SNAPSHOT_AND_FAILING(PAUSED, PAUSED, RevertOutcome.ROLLED_BACK),
    ENFORCING_STATE(SHUTOFF, RUNNING, RevertOutcome.REVERTED),
    AWAITING_GUEST(RUNNING, RUNNING, RevertOutcome.REVERTED),
    AWAITING_PROBE(RUNNING, RUNNING, RevertOutcome.REVERTED),
    ISOLATED(RUNNING, RUNNING, RevertOutcome.REVERTED),
    TO_NEWEST(RUNNING, RUNNING, RevertOutcome.REVERTED),
    TO_PARENT(RUNNING, RUNNING, RevertOutcome.REVERTED),
    /** The test driver cannot start a domain paused, so it cannot restore a transient domain. */
    TRANSIENT_SAFETY_SNAPSHOT_AND_FAILING(RUNNING, RUNNING, RevertOutcome.ROLLED_BACK);

    final int snapshotState;
    final int targetState;
    final boolean failing;
    private final RevertOutcome outcome;

    /**
     * @param outcome the outcome if no call fails
     */
    Scenario(int snapshotState, int targetState, RevertOutcome outcome) {
      this.snapshotState = snapshotState;
      this.targetState = targetState;
      this.failing = outcome != RevertOutcome.REVERTED;
      this.outcome = outcome;
    }

    boolean hasSafetySnapshot() {
      return name().contains("SAFETY_SNAPSHOT");
    }

    boolean hasChild() {
      return this == TO_NEWEST || this == TO_PARENT;
    }

    boolean awaitsGuest() {
      return this == AWAITING_GUEST || this == AWAITING_PROBE;
    }

    private static boolean hasReadableInterfaces(Domain domain) throws LibvirtException {
      return domain.interfaceAddresses(InterfaceAddressSource.AGENT).size() < 2;
    }

    SnapshotReverter applyTo(SnapshotReverter reverter) {
      return switch (this) {
        case PLAIN, FAILING -> reverter;
        case TO_PAUSED -> reverter.paused();
        case GUARDED -> reverter.guarded();
        case SAFETY_SNAPSHOT, SAFETY_SNAPSHOT_AND_FAILING, TRANSIENT_SAFETY_SNAPSHOT_AND_FAILING ->
            reverter.withSafetySnapshot();
        case ISOLATED -> reverter.isolated();
        case AWAITING_PROBE ->
            reverter.awaitingGuest(
                GuestProbe.of("interfaces", Scenario::hasReadableInterfaces),
                Duration.ofSeconds(1));
        case AWAITING_GUEST -> reverter.awaitingGuest(Duration.ofSeconds(1)).settingClock();
        case ENFORCING_STATE -> reverter.running().enforcingState();
        case TO_NEWEST -> reverter.to(details -> details.name().equals(TARGET)).requireMemory();
        case TO_PARENT -> reverter.toParent();
      };
    }
  }

  /** The details and the message that a run reported. */
  private record ReportedResult(RevertDetails details, String message) {}

  private LogRecorder log;

  @BeforeEach
  void captureLog() {
    log = LogRecorder.ofEverything();
  }

  @AfterEach
  void restoreLog() {
    log.close();
  }

  /** Creates a running domain with a snapshot called {@link #TARGET}. */
  abstract ObservedLibvirt observe(Scenario scenario);

  static Stream<Arguments> scenariosAndFaults(Set<Scenario> scenarios) {
    return scenarios.stream()
        .flatMap(scenario -> Stream.of(Fault.values()).map(fault -> arguments(scenario, fault)));
  }

  final void failEachCall(Scenario scenario, Fault fault) throws Exception {
    for (int call = 1; call < MAX_CALLS; call++) {
      if (!failCall(scenario, fault, call)) {
        assertTrue(call > 10, "only " + call + " native calls were made");
        return;
      }
    }
    throw new AssertionError("a run made too many native calls");
  }

  /** Makes one call of a run fail, and returns whether the run made this call. */
  private boolean failCall(Scenario scenario, Fault fault, int call) throws Exception {
    try (ObservedLibvirt observed = observe(scenario)) {
      CountingLibvirt references = CountingLibvirt.of(observed.library());
      Domain[] handle = new Domain[1];
      FaultyLibvirt faulty =
          new FaultyLibvirt(
              references.library(), fault, call, () -> handle[0].close(), observed::remove);
      Optional<ReportedResult> result;
      try (Connect connect = new Connect(faulty.library(), observed.uri());
          Domain domain = connect.domainLookupByName(observed.domain())) {
        handle[0] = domain;
        faulty.arm();
        result = run(scenario, domain, faulty);
      }
      String where = scenario + ", " + fault + " in call " + call + ", " + faulty.faultyFunction();
      references.assertBalanced();
      result.ifPresent(
          reported -> new ResultCheck(where, scenario, fault, faulty, observed).check(reported));
      boolean callFailed = !faulty.faultyFunction().equals("none");
      if (!callFailed) {
        assertEquals(scenario.outcome, result.orElseThrow().details.outcome(), where);
      }
      return callFailed;
    }
  }

  private static Optional<ReportedResult> run(
      Scenario scenario, Domain domain, FaultyLibvirt faulty) {
    try {
      RevertReport report = scenario.applyTo(SnapshotReverter.of(domain).to(TARGET)).revert();
      return Optional.of(new ReportedResult(report.details(), ""));
    } catch (RevertException e) {
      return Optional.of(new ReportedResult(e.details(), e.getMessage()));
    } catch (RuntimeException | Error e) {
      assertEquals(
          "virDomainRef", faulty.faultyFunction(), e + " was thrown after the run had started");
      return Optional.empty();
    }
  }

  /** Compares a reported result with the actual state. */
  private record ResultCheck(
      String where,
      Scenario scenario,
      Fault fault,
      FaultyLibvirt faulty,
      ObservedLibvirt observed) {
    private static final String SAFETY_PREFIX = "before-revert-";

    void check(ReportedResult result) {
      assertFalse(result.message.contains("\n"), where + ": " + result.message);
      checkOutcome(result);
      checkAfter(result);
      checkSafetySnapshot(result);
    }

    private void checkOutcome(ReportedResult result) {
      List<String> reverts = observed.reverts();
      String last = reverts.isEmpty() ? "" : reverts.get(reverts.size() - 1);
      String description = where + ": " + result;
      switch (result.details.outcome()) {
        case REVERTED -> {
          assertEquals(TARGET, last, description);
          if (observed.exists()) {
            assertEquals(scenario.targetState, observed.state(), description);
            assertEquals(
                scenario.hasSafetySnapshot(), !keptSafetySnapshots().isEmpty(), description);
          }
        }
        case LINKS_NOT_SET -> {
          assertEquals(TARGET, last, description);
          assertEquals(Scenario.ISOLATED, scenario, description);
        }
        case NOT_RESUMED -> throw new AssertionError(description);
        case GUEST_SILENT, CLOCK_NOT_SET -> {
          assertEquals(TARGET, last, description);
          if (observed.exists()) {
            assertEquals(scenario.targetState, observed.state(), description);
          }
          assertTrue(scenario.awaitsGuest(), description);
          assertTrue(result.details.guest().isPresent(), description);
        }
        case NOT_STARTED -> assertEquals(List.of(), reverts, description);
        case FAILED ->
            assertTrue(
                scenario.failing
                    || faulty.faultyFunction().equals("virDomainRevertToSnapshot")
                    || !observed.exists(),
                description);
        case WRONG_STATE ->
            assertTrue(
                fault == Fault.UNKNOWN_STATE
                    || observed.state() != scenario.targetState
                    || scenario == Scenario.ENFORCING_STATE,
                description);
        case UNKNOWN ->
            assertTrue(
                STATUS_FUNCTIONS.contains(faulty.faultyFunction())
                    || faulty.faultyFunction().equals("virDomainRevertToSnapshot")
                    || fault == Fault.CONNECTION_GONE
                    || fault == Fault.DONE_AND_CONNECTION_GONE,
                description);
        case ROLLED_BACK -> {
          assertTrue(last.startsWith(SAFETY_PREFIX), description);
          if (observed.exists()) {
            assertEquals(RUNNING, observed.state(), description);
          }
        }
        case ROLLBACK_FAILED -> checkRollbackFailed(result, last);
        case IN_PROGRESS -> throw new AssertionError(description);
      }
    }

    /**
     * The safety snapshot is kept, unless the rollback succeeded before the domain changed again.
     */
    private void checkRollbackFailed(ReportedResult result, String last) {
      String description = where + ": " + result;
      if (result.message.contains("; after the rollback, the domain was ")) {
        assertTrue(last.startsWith(SAFETY_PREFIX), description);
        assertTrue(fault == Fault.UNKNOWN_STATE || !observed.exists(), description);
      } else if (observed.exists()) {
        assertFalse(keptSafetySnapshots().isEmpty(), description);
      }
    }

    /** The reported state is the actual state, unless libvirt itself reported another state. */
    private void checkAfter(ReportedResult result) {
      if (!observed.exists()) {
        boolean known = faulty.hasSaidNoDomain() && !isReportOfAwaitedGuest(result);
        assertFalse(known && result.details.after().isPresent(), where + ": " + result);
        return;
      }
      int after =
          result
              .details
              .after()
              .map(DomainStatus::stateAndReason)
              .map(state -> state.rawState())
              .orElse(observed.state());
      if (fault != Fault.UNKNOWN_STATE && result.details.outcome() != RevertOutcome.NOT_STARTED) {
        assertEquals(observed.state(), after, where + ": " + result);
      }
    }

    /** Such a report has the status right after the revert, before the wait for the guest. */
    private static boolean isReportOfAwaitedGuest(ReportedResult result) {
      return result.details.outcome() == RevertOutcome.REVERTED
          && result.details.guest().isPresent();
    }

    private void checkSafetySnapshot(ReportedResult result) {
      List<String> kept = keptSafetySnapshots();
      Optional<String> name = result.details.safetySnapshot();
      if (!kept.isEmpty()) {
        assertEquals(Optional.of(kept.get(0)), name, where + ": " + result);
      } else if (fault == Fault.DONE_AND_ERROR
          && faulty.faultyFunction().equals("virDomainSnapshotDelete")) {
        assertEquals(Optional.empty(), name, where + ": the safety snapshot no longer exists");
      } else if (name.isPresent()) {
        assertTrue(
            result.message.contains("may still exist")
                || result.details.outcome() == RevertOutcome.UNKNOWN
                || (!observed.exists() && requiresManualRestore(result, name.get())),
            where + ": " + result);
      }
    }

    /**
     * Returns whether the message has the commands that restore the missing domain, or libvirt has
     * not reported that the domain is missing.
     */
    private boolean requiresManualRestore(ReportedResult result, String name) {
      return (result.message.contains("virsh create ") && result.message.contains(name))
          || !faulty.hasSaidNoDomain();
    }

    private List<String> keptSafetySnapshots() {
      return observed.snapshotNames().stream()
          .filter(name -> name.startsWith(SAFETY_PREFIX))
          .toList();
    }
  }
}
