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
import io.github.libvirtsnapshot.LogRecorder;
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
 * Runs a revert again and again, and each time lets another one of its native calls go wrong, in
 * each way that a call can. What is said of the revert has to be true each time.
 */
abstract class CallFailureSweep {
  static final String TARGET = "clean";
  static final int RUNNING = 1;
  static final int PAUSED = 3;
  static final int SHUTOFF = 5;

  /** More native calls than any run makes. */
  private static final int ENOUGH = 200;

  /** The functions by which a run looks at the domain. */
  private static final Set<String> LOOKING =
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

  /** A libvirt whose truth can be asked for without the library. */
  interface World extends AutoCloseable {
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

  /** What is requested, of what snapshot, and whether libvirt does it. */
  enum Scenario {
    PLAIN(RUNNING, RUNNING, RevertOutcome.REVERTED),
    TO_PAUSED(RUNNING, PAUSED, RevertOutcome.REVERTED),
    GUARDED(RUNNING, RUNNING, RevertOutcome.REVERTED),
    KEPT_SAFE(PAUSED, PAUSED, RevertOutcome.REVERTED),
    FAILING(RUNNING, RUNNING, RevertOutcome.FAILED),
    KEPT_SAFE_AND_FAILING(PAUSED, PAUSED, RevertOutcome.ROLLED_BACK),
    CORRECTED(SHUTOFF, RUNNING, RevertOutcome.REVERTED),
    AWAITED(RUNNING, RUNNING, RevertOutcome.REVERTED),
    /** The test driver can't start a domain paused, and so can't bring a transient one back. */
    TRANSIENT_KEPT_SAFE_AND_FAILING(RUNNING, RUNNING, RevertOutcome.ROLLED_BACK);

    final int takenIn;
    final int target;
    final boolean failing;
    private final RevertOutcome outcome;

    /**
     * @param outcome how it ends where no call goes wrong
     */
    Scenario(int takenIn, int target, RevertOutcome outcome) {
      this.takenIn = takenIn;
      this.target = target;
      this.failing = outcome != RevertOutcome.REVERTED;
      this.outcome = outcome;
    }

    boolean isKeptSafe() {
      return name().contains("KEPT_SAFE");
    }

    SnapshotReverter applyTo(SnapshotReverter reverter) {
      return switch (this) {
        case PLAIN, FAILING -> reverter;
        case TO_PAUSED -> reverter.paused();
        case GUARDED -> reverter.guarded();
        case KEPT_SAFE, KEPT_SAFE_AND_FAILING, TRANSIENT_KEPT_SAFE_AND_FAILING ->
            reverter.withSafetySnapshot();
        case AWAITED -> reverter.awaitingGuest(Duration.ofSeconds(1)).settingClock();
        case CORRECTED -> reverter.running().enforcingState();
      };
    }
  }

  /** What was said of a revert. */
  private record Told(RevertDetails details, String message) {}

  private LogRecorder quiet;

  @BeforeEach
  void keepTheLogOffTheConsole() {
    quiet = LogRecorder.ofEverything();
  }

  @AfterEach
  void giveTheLogBack() {
    quiet.close();
  }

  /** Makes a running domain with a snapshot called {@link #TARGET}. */
  abstract World world(Scenario scenario);

  static Stream<Arguments> cells(Set<Scenario> scenarios) {
    return scenarios.stream()
        .flatMap(scenario -> Stream.of(Fault.values()).map(fault -> arguments(scenario, fault)));
  }

  final void holdAll(Scenario scenario, Fault fault) throws Exception {
    for (int call = 1; call < ENOUGH; call++) {
      if (!holds(scenario, fault, call)) {
        assertTrue(call > 10, "only " + call + " native calls were made");
        return;
      }
    }
    throw new AssertionError("a run never ended");
  }

  /** Returns whether there was such a call. */
  private boolean holds(Scenario scenario, Fault fault, int call) throws Exception {
    try (World world = world(scenario)) {
      CountingLibvirt references = CountingLibvirt.of(world.library());
      Domain[] handle = new Domain[1];
      FaultyLibvirt faulty =
          new FaultyLibvirt(
              references.library(), fault, call, () -> handle[0].close(), world::remove);
      Optional<Told> told;
      try (Connect connect = new Connect(faulty.library(), world.uri());
          Domain domain = connect.domainLookupByName(world.domain())) {
        handle[0] = domain;
        faulty.arm();
        told = run(scenario, domain, faulty);
      }
      String where = scenario + ", " + fault + " in call " + call + ", " + faulty.faultyFunction();
      references.assertBalanced();
      told.ifPresent(details -> new Truth(where, scenario, fault, faulty, world).check(details));
      boolean wentWrong = !faulty.faultyFunction().equals("none");
      if (!wentWrong) {
        assertEquals(scenario.outcome, told.orElseThrow().details.outcome(), where);
      }
      return wentWrong;
    }
  }

  private static Optional<Told> run(Scenario scenario, Domain domain, FaultyLibvirt faulty) {
    try {
      RevertReport report = scenario.applyTo(SnapshotReverter.of(domain).to(TARGET)).revert();
      return Optional.of(new Told(report.details(), ""));
    } catch (RevertException e) {
      return Optional.of(new Told(e.details(), e.getMessage()));
    } catch (RuntimeException | Error e) {
      assertEquals("virDomainRef", faulty.faultyFunction(), e + " after the run had begun");
      return Optional.empty();
    }
  }

  /** Holds what was told against what is so. */
  private record Truth(
      String where, Scenario scenario, Fault fault, FaultyLibvirt faulty, World world) {
    private static final String SAFETY = "before-revert-";

    void check(Told told) {
      assertFalse(told.message.contains("\n"), where + ": " + told.message);
      checkOutcome(told);
      checkAfter(told);
      checkSafetySnapshot(told);
    }

    private void checkOutcome(Told told) {
      List<String> reverts = world.reverts();
      String last = reverts.isEmpty() ? "" : reverts.get(reverts.size() - 1);
      String said = where + ": " + told;
      switch (told.details.outcome()) {
        case REVERTED -> {
          assertEquals(TARGET, last, said);
          if (world.exists()) {
            assertEquals(scenario.target, world.state(), said);
            assertEquals(scenario.isKeptSafe(), !kept().isEmpty(), said);
          }
        }
        case GUEST_SILENT, CLOCK_NOT_SET -> {
          assertEquals(TARGET, last, said);
          if (world.exists()) {
            assertEquals(scenario.target, world.state(), said);
          }
          assertEquals(Scenario.AWAITED, scenario, said);
          assertTrue(told.details.guest().isPresent(), said);
        }
        case NOT_STARTED -> assertEquals(List.of(), reverts, said);
        case FAILED ->
            assertTrue(
                scenario.failing
                    || faulty.faultyFunction().equals("virDomainRevertToSnapshot")
                    || !world.exists(),
                said);
        case WRONG_STATE ->
            assertTrue(
                fault == Fault.UNKNOWN_STATE
                    || world.state() != scenario.target
                    || scenario == Scenario.CORRECTED,
                said);
        case UNKNOWN ->
            assertTrue(
                LOOKING.contains(faulty.faultyFunction())
                    || faulty.faultyFunction().equals("virDomainRevertToSnapshot")
                    || fault == Fault.CONNECTION_GONE
                    || fault == Fault.DONE_AND_CONNECTION_GONE,
                said);
        case ROLLED_BACK -> {
          assertTrue(last.startsWith(SAFETY), said);
          if (world.exists()) {
            assertEquals(RUNNING, world.state(), said);
          }
        }
        case ROLLBACK_FAILED -> checkRollbackFailed(told, last);
        case IN_PROGRESS -> throw new AssertionError(said);
      }
    }

    /** The safety snapshot is kept, unless the domain was seen to be back before it changed. */
    private void checkRollbackFailed(Told told, String last) {
      String said = where + ": " + told;
      if (told.message.contains("; after the rollback, the domain was ")) {
        assertTrue(last.startsWith(SAFETY), said);
        assertTrue(fault == Fault.UNKNOWN_STATE || !world.exists(), said);
      } else if (world.exists()) {
        assertFalse(kept().isEmpty(), said);
      }
    }

    /** The state that is told is the state that is, unless libvirt itself told another. */
    private void checkAfter(Told told) {
      if (!world.exists()) {
        boolean known = faulty.hasSaidNoDomain() && !isReportOfAnAwaitedGuest(told);
        assertFalse(known && told.details.after().isPresent(), where + ": " + told);
        return;
      }
      int after =
          told.details
              .after()
              .map(DomainStatus::stateAndReason)
              .map(state -> state.rawState())
              .orElse(world.state());
      if (fault != Fault.UNKNOWN_STATE && told.details.outcome() != RevertOutcome.NOT_STARTED) {
        assertEquals(world.state(), after, where + ": " + told);
      }
    }

    /** It has the domain as it was right after the revert, before its guest was waited for. */
    private static boolean isReportOfAnAwaitedGuest(Told told) {
      return told.details.outcome() == RevertOutcome.REVERTED && told.details.guest().isPresent();
    }

    private void checkSafetySnapshot(Told told) {
      List<String> kept = kept();
      Optional<String> name = told.details.safetySnapshot();
      if (!kept.isEmpty()) {
        assertEquals(Optional.of(kept.get(0)), name, where + ": " + told);
      } else if (fault == Fault.DONE_AND_ERROR
          && faulty.faultyFunction().equals("virDomainSnapshotDelete")) {
        assertEquals(Optional.empty(), name, where + ": it is gone, as libvirt says when asked");
      } else if (name.isPresent()) {
        assertTrue(
            told.message.contains("may still exist")
                || told.details.outcome() == RevertOutcome.UNKNOWN
                || (!world.exists() && isLeftToAPerson(told, name.get())),
            where + ": " + told);
      }
    }

    /** What a domain that is gone left in its images, or libvirt was not asked since it went. */
    private boolean isLeftToAPerson(Told told, String name) {
      return told.message.contains("qemu-img snapshot -a " + name) || !faulty.hasSaidNoDomain();
    }

    private List<String> kept() {
      return world.snapshotNames().stream().filter(name -> name.startsWith(SAFETY)).toList();
    }
  }
}
