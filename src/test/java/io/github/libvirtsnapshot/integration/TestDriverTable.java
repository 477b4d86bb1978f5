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
 * What a revert does on libvirt's test driver: each state before, to each kind of snapshot, with
 * each set of flags, and what the report, the exception and the log say of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TestDriverTable {
  private static final int KNOWN_TO_THE_DRIVER = 7;
  private static final int BOTH = 3;
  private static final int FORCE = 4;
  private static final Map<String, DomainState> TAKEN =
      Map.of("running", RUNNING, "paused", PAUSED, "shutoff", SHUTOFF);

  private Connect connect;
  private Domain domain;

  /** Returns where the test driver is. */
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
  void revert(DomainState before, String snapshot, int flags) throws LibvirtException {
    Guests.bringTo(domain, before);
    SnapshotReverter reverter = SnapshotReverter.of(domain).to(snapshot).flags(flags);
    try (LogRecorder log = new LogRecorder(SnapshotReverter.class)) {
      if ((flags & ~KNOWN_TO_THE_DRIVER) != 0 || (flags & BOTH) == BOTH) {
        isRefused(reverter, before, ErrorNumber.VIR_ERR_INVALID_ARG, log);
      } else if (keepsGuest(before) && isStarted(snapshot, flags) && (flags & FORCE) == 0) {
        isRefused(reverter, before, ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, log);
      } else if (isStarted(snapshot, flags)) {
        isNotDoneAlthoughReportedDone(reverter, before, target(snapshot, flags), SHUTOFF, log);
      } else if (keepsGuest(before) && target(snapshot, flags) == RUNNING) {
        isNotDoneAlthoughReportedDone(reverter, before, RUNNING, PAUSED, log);
      } else {
        isDone(reverter, before, target(snapshot, flags), log);
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

  private static boolean isStarted(String snapshot, int flags) {
    return snapshot.equals("shutoff") && (flags & BOTH) != 0;
  }

  /** An older libvirt does not start an active guest anew, and forgets to resume it. */
  private boolean keepsGuest(DomainState before) throws LibvirtException {
    return connect.getLibVersion() < 8_000_000 && before != SHUTOFF;
  }

  private static DomainState target(String snapshot, int flags) {
    return switch (flags & BOTH) {
      case 1 -> RUNNING;
      case 2 -> PAUSED;
      default -> TAKEN.get(snapshot);
    };
  }

  private void isRefused(
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

  private void isNotDoneAlthoughReportedDone(
      SnapshotReverter reverter,
      DomainState before,
      DomainState target,
      DomainState left,
      LogRecorder log)
      throws LibvirtException {
    RevertException e = assertThrows(RevertException.class, reverter::revert);

    assertEquals(RevertOutcome.WRONG_STATE, e.outcome());
    assertEquals(ErrorNumber.VIR_ERR_OK, e.getError().getCode());
    assertEquals(before, e.details().before().orElseThrow().state());
    assertEquals(left, e.details().after().orElseThrow().state());
    assertEquals(left, domain.getState().state());
    assertEquals("WARNING " + e.getMessage(), log.lines().get(1));
    assertTrue(
        e.getMessage().contains(" instead of " + target.words() + "; before, it was "),
        e.getMessage());
  }

  private void isDone(
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
