package io.github.libvirtsnapshot.integration;

import static io.github.libvirtsnapshot.DomainState.PAUSED;
import static io.github.libvirtsnapshot.DomainState.RUNNING;
import static io.github.libvirtsnapshot.DomainState.SHUTOFF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Reverts on libvirt's test driver from each state, to each snapshot, with each set of flags;
 * checks the report, the exception and the log.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TestDriverRevertTable {
  private static final int SUPPORTED_FLAGS = 7;
  private static final int RUNNING_AND_PAUSED = 3;
  private static final int FORCE = 4;
  private static final Map<String, DomainState> STATE_OF_SNAPSHOT =
      Map.of("running", RUNNING, "paused", PAUSED, "shutoff", SHUTOFF);

  private Connect connect;
  private Domain domain;

  /** Returns the URI of the test driver. */
  abstract String uri();

  @BeforeAll
  void takeSnapshots() throws LibvirtException {
    connect = new Connect(uri());
    domain = connect.domainLookupByName("test");
    Guests.takeSnapshots(domain);
  }

  @AfterAll
  void disconnect() {
    domain.close();
    connect.close();
  }

  static Stream<Arguments> cells() {
    return Stream.of(RUNNING, PAUSED, SHUTOFF)
        .flatMap(
            before ->
                Guests.SNAPSHOTS.stream()
                    .flatMap(
                        snapshot ->
                            IntStream.concat(IntStream.range(0, 16), IntStream.of(99))
                                .mapToObj(flags -> Arguments.of(before, snapshot, flags))));
  }

  @ParameterizedTest(name = "{0} to {1} with {2}")
  @MethodSource("cells")
  void revertHasExpectedResult(DomainState before, String snapshot, int flags)
      throws LibvirtException {
    Guests.bringTo(domain, before);
    SnapshotReverter reverter = SnapshotReverter.of(domain).to(snapshot).flags(flags);
    try (LogRecorder log = new LogRecorder(SnapshotReverter.class)) {
      if ((flags & ~SUPPORTED_FLAGS) != 0 || (flags & RUNNING_AND_PAUSED) == RUNNING_AND_PAUSED) {
        assertRefused(reverter, before, ErrorNumber.VIR_ERR_INVALID_ARG, log);
      } else if (keepsProcess(before)
          && startsFromShutOff(snapshot, flags)
          && (flags & FORCE) == 0) {
        assertRefused(reverter, before, ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, log);
      } else if (startsFromShutOff(snapshot, flags)) {
        assertWrongState(reverter, before, target(snapshot, flags), SHUTOFF, log);
      } else if (keepsProcess(before) && target(snapshot, flags) == RUNNING) {
        assertWrongState(reverter, before, RUNNING, PAUSED, log);
      } else {
        assertReverted(reverter, before, target(snapshot, flags), log);
      }
      String request =
          "domain \"test\" to snapshot \""
              + snapshot
              + "\" (flags = "
              + RevertFlag.describe(flags)
              + ")";
      assertEquals(2, log.lines().size());
      assertTrue(
          log.lines()
              .get(0)
              .startsWith("INFO reverting " + request + ": the domain is " + before.words()),
          log.lines().get(0));
      assertTrue(log.lines().get(1).contains(request), log.lines().get(1));
    }
  }

  private static boolean startsFromShutOff(String snapshot, int flags) {
    return snapshot.equals("shutoff") && (flags & RUNNING_AND_PAUSED) != 0;
  }

  /** libvirt before 8.0 does not restart an active guest, and does not resume it. */
  private boolean keepsProcess(DomainState before) throws LibvirtException {
    return connect.getLibVersion() < 8_000_000 && before != SHUTOFF;
  }

  private static DomainState target(String snapshot, int flags) {
    return switch (flags & RUNNING_AND_PAUSED) {
      case 1 -> RUNNING;
      case 2 -> PAUSED;
      default -> STATE_OF_SNAPSHOT.get(snapshot);
    };
  }

  private void assertRefused(
      SnapshotReverter reverter, DomainState before, ErrorNumber code, LogRecorder log)
      throws LibvirtException {
    RevertException e = assertThrows(RevertException.class, reverter::revert);

    assertEquals(RevertOutcome.FAILED, e.outcome());
    assertEquals(code, e.getError().getCode());
    assertEquals(before, e.details().before().orElseThrow().state());
    assertEquals(before, e.details().after().orElseThrow().state());
    assertEquals(before, domain.getState().state());
    assertEquals("WARNING " + e.getMessage(), log.lines().get(1));
    assertTrue(
        e.getMessage().contains("[" + code + " " + code.value() + ", VIR_FROM_"), e.getMessage());
  }

  private void assertWrongState(
      SnapshotReverter reverter,
      DomainState before,
      DomainState target,
      DomainState actual,
      LogRecorder log)
      throws LibvirtException {
    RevertException e = assertThrows(RevertException.class, reverter::revert);

    assertEquals(RevertOutcome.WRONG_STATE, e.outcome());
    assertEquals(ErrorNumber.VIR_ERR_OK, e.getError().getCode());
    assertEquals(before, e.details().before().orElseThrow().state());
    assertEquals(actual, e.details().after().orElseThrow().state());
    assertEquals(actual, domain.getState().state());
    assertEquals("WARNING " + e.getMessage(), log.lines().get(1));
    assertTrue(
        e.getMessage().contains(" instead of " + target.words() + "; before, it was "),
        e.getMessage());
  }

  private void assertReverted(
      SnapshotReverter reverter, DomainState before, DomainState target, LogRecorder log)
      throws LibvirtException {
    RevertReport report = reverter.revert();

    assertEquals(before, report.before().state());
    assertEquals(target, report.after().state());
    String reason = before == SHUTOFF && target == SHUTOFF ? "destroyed" : "from snapshot";
    assertEquals(reason, report.after().reason().words());
    assertEquals(Optional.of(report.snapshot()), report.after().currentSnapshot());
    assertTrue(report.after().persistent());
    assertEquals(report.after().stateAndReason(), domain.getState());
    assertTrue(
        log.lines().get(1).endsWith(" ms: the domain is " + target.words() + " (" + reason + ")"),
        log.lines().get(1));
  }
}
