package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.Exceptions;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The words, the cause and what is suppressed, of each way in which a revert can fail. */
class RunResultTest {
  private static final String SAFETY =
      "before-revert-2026-01-02T03-04-05.678Z-0f8fad5b-d9cb-469f-a165-70867728950e";

  private static final String HEAD =
      "reverting domain \"web01\" to snapshot \"clean\" (flags = none) ";
  private static final String WAY_BACK =
      "to go back to what it was: virsh snapshot-revert --force uuid " + SAFETY;

  private final LibvirtException boom =
      Exceptions.of(
          LibvirtError.of(ErrorNumber.VIR_ERR_INTERNAL_ERROR, ErrorDomain.VIR_FROM_QEMU, "boom"));
  private final LibvirtException gone =
      Exceptions.of(
          LibvirtError.of(ErrorNumber.VIR_ERR_NO_DOMAIN, ErrorDomain.VIR_FROM_QEMU, "gone"));
  private final IllegalStateException later = new IllegalStateException("later");
  private final DomainObservation unreadable =
      new DomainObservation(Optional.empty(), Optional.of(later));
  private final DomainObservation stopped =
      DomainObservation.of(status(StateReason.SHUTOFF_FAILED));
  private RevertProgress progress =
      RevertProgress.of(
          new RevertRequest(
              "web01", "uuid", Optional.of("clean"), 0, Optional.of(DomainState.RUNNING)));

  RunResultTest() {
    progress = progress.withBefore(status(StateReason.RUNNING_BOOTED));
  }

  private static DomainStatus status(StateReason reason) {
    return new DomainStatus(
        StateAndReason.of(reason), OptionalInt.empty(), Optional.empty(), true, false);
  }

  private RevertException check(
      RunResult.Failure ending,
      RevertOutcome outcome,
      Throwable cause,
      List<Throwable> suppressed,
      String words) {
    RevertException exception = ending.exception(progress);
    assertEquals(HEAD + words, exception.getMessage());
    assertEquals(outcome, exception.outcome());
    assertSame(cause, exception.getCause());
    assertEquals(suppressed, List.of(exception.getSuppressed()));
    assertEquals(ending.after().status(), exception.details().after());
    return exception;
  }

  @Test
  void notStarted() {
    RevertException exception =
        check(
            RunResult.NotStarted.because("why not", progress),
            RevertOutcome.NOT_STARTED,
            null,
            List.of(),
            "was not started: why not");
    assertEquals(exception.details().before(), exception.details().after());
    check(
        RunResult.NotStarted.because(boom, progress),
        RevertOutcome.NOT_STARTED,
        boom,
        List.of(),
        "was not started: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]");
    check(
        RunResult.NotStarted.because(gone, progress),
        RevertOutcome.NOT_STARTED,
        gone,
        List.of(),
        "was not started: gone [VIR_ERR_NO_DOMAIN 42, VIR_FROM_QEMU 10]");
    check(
        RunResult.NotStarted.because(later, RevertProgress.of(progress.request())),
        RevertOutcome.NOT_STARTED,
        later,
        List.of(),
        "was not started: java.lang.IllegalStateException: later");
  }

  @Test
  void unsafe() {
    String words =
        "was not started: its safety snapshot could not be taken: boom [VIR_ERR_INTERNAL_ERROR 1,"
            + " VIR_FROM_QEMU 10]; it was running (booted) and ";
    check(
        RunResult.NotStarted.unsafe(
            boom, progress, DomainObservation.of(status(StateReason.RUNNING_BOOTED))),
        RevertOutcome.NOT_STARTED,
        boom,
        List.of(),
        words + "is now running (booted)");
    check(
        RunResult.NotStarted.unsafe(boom, progress, unreadable),
        RevertOutcome.NOT_STARTED,
        boom,
        List.of(later),
        words
            + "now can't be read: java.lang.IllegalStateException: later; if it was left paused,"
            + " resume it: virsh resume uuid");
  }

  @Test
  void failed() {
    String words =
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; it was running (booted) and ";
    check(
        new RunResult.Failed(boom, stopped, false),
        RevertOutcome.FAILED,
        boom,
        List.of(),
        words + "is now shut off (failed)");
    check(
        new RunResult.Failed(
            boom, new DomainObservation(Optional.empty(), Optional.of(gone)), false),
        RevertOutcome.FAILED,
        boom,
        List.of(gone),
        words + "no longer exists");
    check(
        new RunResult.Failed(boom, unreadable, false),
        RevertOutcome.UNKNOWN,
        boom,
        List.of(later),
        words
            + "now can't be read: java.lang.IllegalStateException: later; connect again and call"
            + " findOutcome(connect)");
    assertEquals(NoSuchDomainException.class, gone.getClass());
  }

  @Test
  void failedWithoutAnAnswerOfLibvirts() {
    progress = progress.withSafetySnapshot(SAFETY);
    check(
        new RunResult.Failed(later, stopped, false),
        RevertOutcome.UNKNOWN,
        later,
        List.of(),
        "failed: java.lang.IllegalStateException: later; it was running (booted) and is now shut"
            + " off (failed); connect again and call findOutcome(connect); "
            + WAY_BACK);
  }

  @Test
  void failedAgainAndAgain() {
    progress =
        progress.with(new RevertAttempt(1, Optional.of(boom.getError()), Duration.ofSeconds(1)));
    progress =
        progress.with(new RevertAttempt(2, Optional.of(boom.getError()), Duration.ofSeconds(1)));
    check(
        new RunResult.Failed(boom, stopped, true),
        RevertOutcome.FAILED,
        boom,
        List.of(),
        "failed 2 times: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; the thread was"
            + " interrupted while it waited to try again; it was running (booted) and is now shut"
            + " off (failed)");
  }

  @Test
  void wrongState() {
    String words = "succeeded, says libvirt, but should have left the domain running; ";
    check(
        new RunResult.WrongState(stopped, Optional.empty()),
        RevertOutcome.WRONG_STATE,
        null,
        List.of(),
        words + "it was running (booted) and is now shut off (failed)");
    check(
        new RunResult.WrongState(unreadable, Optional.of(boom)),
        RevertOutcome.UNKNOWN,
        null,
        List.of(boom, later),
        words
            + "bringing it there failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; it was"
            + " running (booted) and now can't be read: java.lang.IllegalStateException: later;"
            + " connect again and call findOutcome(connect)");
    progress = progress.withRequest(progress.request().withTargetState(Optional.empty()));
    check(
        new RunResult.WrongState(stopped, Optional.empty()),
        RevertOutcome.WRONG_STATE,
        null,
        List.of(),
        "succeeded, says libvirt, but should have left the domain as in the snapshot; it was"
            + " running (booted) and is now shut off (failed)");
  }

  @Test
  void rolledBack() {
    RunResult.Failure failure =
        new RunResult.Failed(
            boom, new DomainObservation(Optional.empty(), Optional.of(gone)), false);
    check(
        new RunResult.RolledBack(failure, status(StateReason.RUNNING_FROM_SNAPSHOT)),
        RevertOutcome.ROLLED_BACK,
        boom,
        List.of(gone),
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; it was running (booted) and no"
            + " longer exists; rolled back: it is running (from snapshot) again");
  }

  @Test
  void changedAfterRollback() {
    RunResult.Failure failure = new RunResult.Failed(boom, stopped, false);
    String words =
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; it was running (booted) and is"
            + " now shut off (failed); after the roll-back it was running (from snapshot) again,"
            + " but it ";
    DomainStatus rolledBack = status(StateReason.RUNNING_FROM_SNAPSHOT);
    check(
        new RunResult.ChangedAfterRollback(
            failure, rolledBack, new DomainObservation(Optional.empty(), Optional.of(gone))),
        RevertOutcome.ROLLBACK_FAILED,
        boom,
        List.of(gone),
        words + "no longer exists");
    check(
        new RunResult.ChangedAfterRollback(failure, rolledBack, stopped),
        RevertOutcome.ROLLBACK_FAILED,
        boom,
        List.of(),
        words + "is now shut off (failed)");
  }

  @Test
  void rollbackFailed() {
    progress = progress.withSafetySnapshot(SAFETY);
    RunResult.Failure failure = new RunResult.Failed(boom, stopped, false);
    String words =
        "failed: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; it was running (booted) and is"
            + " now shut off (failed); rolling back to snapshot \""
            + SAFETY
            + "\" failed too: ";
    check(
        new RunResult.RollbackFailed(failure, unreadable, Optional.of(gone)),
        RevertOutcome.ROLLBACK_FAILED,
        boom,
        List.of(gone, later),
        words
            + "gone [VIR_ERR_NO_DOMAIN 42, VIR_FROM_QEMU 10]; it now can't be read:"
            + " java.lang.IllegalStateException: later; once that is repaired, "
            + WAY_BACK);
    check(
        new RunResult.RollbackFailed(
            new RunResult.WrongState(unreadable, Optional.empty()), stopped, Optional.empty()),
        RevertOutcome.ROLLBACK_FAILED,
        null,
        List.of(later),
        "succeeded, says libvirt, but should have left the domain running; it was running (booted)"
            + " and now can't be read: java.lang.IllegalStateException: later; connect again and"
            + " call findOutcome(connect); "
            + WAY_BACK
            + "; rolling back to snapshot \""
            + SAFETY
            + "\" failed too: libvirt reported success; it is now"
            + " shut off (failed); once that is repaired, "
            + WAY_BACK);
  }

  @Test
  void inProgress() {
    progress = progress.withBegun(Optional.of(Instant.EPOCH));
    check(
        new RunResult.InProgress("the deadline of 2 s passed", Optional.empty()),
        RevertOutcome.IN_PROGRESS,
        null,
        List.of(),
        "is still in progress on the host since 1970-01-01T00:00:00Z: the deadline of 2 s passed; it"
            + " was running (booted); its end will be logged, and findOutcome(connect) finds out"
            + " what became of it");
    check(
        new RunResult.InProgress(
            "the deadline of 2 s passed", Optional.of(status(StateReason.RUNNING_FROM_SNAPSHOT))),
        RevertOutcome.IN_PROGRESS,
        null,
        List.of(),
        "was done, but its guest is still waited for: the deadline of 2 s passed; it was running"
            + " (booted) and is now running (from snapshot)");
  }

  @Test
  void guestSilent() {
    progress = progress.withGuest(GuestStatus.silent(Duration.ofMillis(29_040)));
    DomainObservation running = DomainObservation.of(status(StateReason.RUNNING_FROM_SNAPSHOT));
    String words =
        "was done, but its guest did not answer within 29.0 s: why; it was running (booted) and is"
            + " now running (from snapshot)";
    RevertException exception =
        check(
            new RunResult.GuestSilent("why", boom, running),
            RevertOutcome.GUEST_SILENT,
            boom,
            List.of(),
            words);
    assertEquals(
        Optional.of(GuestStatus.silent(Duration.ofMillis(29_040))), exception.details().guest());

    progress = progress.withSafetySnapshot(SAFETY);
    check(
        new RunResult.GuestSilent("why", boom, running),
        RevertOutcome.GUEST_SILENT,
        boom,
        List.of(),
        words + "; safety snapshot \"" + SAFETY + "\" keeps what it was before");
  }

  @Test
  void clockNotSet() {
    progress = progress.withGuest(GuestStatus.answered(Duration.ofMillis(200), false));
    DomainObservation running = DomainObservation.of(status(StateReason.RUNNING_FROM_SNAPSHOT));
    String state = "; it was running (booted) and is now running (from snapshot)";
    check(
        new RunResult.ClockNotSet(boom, running),
        RevertOutcome.CLOCK_NOT_SET,
        boom,
        List.of(),
        "was done and its guest answered after 0.2 s, but its clock could not be set: boom"
            + " [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]"
            + state);

    progress = progress.withGuest(GuestStatus.answered(Duration.ofMillis(200), true));
    check(
        new RunResult.ClockNotSet(boom, running),
        RevertOutcome.CLOCK_NOT_SET,
        boom,
        List.of(),
        "was done and its guest answered after 0.2 s, its file systems are frozen, but its clock"
            + " could not be set: boom [VIR_ERR_INTERNAL_ERROR 1, VIR_FROM_QEMU 10]; way out:"
            + " GuestAgent.of(domain).thaw(), then setClock()"
            + state);
  }

  @Test
  void aSafetySnapshotThatMayBeLeft() {
    progress = progress.withSafetySnapshot(SAFETY);
    progress = progress.withSafetySnapshotDeleted(SAFETY, Optional.of(later));
    RevertException exception =
        check(
            RunResult.NotStarted.because("why not", progress),
            RevertOutcome.NOT_STARTED,
            null,
            List.of(later),
            "was not started: why not; its safety snapshot \""
                + SAFETY
                + "\" may still be there:"
                + " java.lang.IllegalStateException: later");
    assertEquals(Optional.of(SAFETY), exception.details().safetySnapshot());
  }

  @Test
  void reverted() {
    RunResult ending = new RunResult.Reverted(status(StateReason.RUNNING_FROM_SNAPSHOT));
    assertEquals(RevertOutcome.REVERTED, ending.outcome());
    assertEquals("is now running (from snapshot)", ending.after().toString());
    assertEquals("now can't be read: not tried", DomainObservation.none().toString());
  }
}
