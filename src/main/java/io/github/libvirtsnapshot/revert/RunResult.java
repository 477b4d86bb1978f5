package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How a run ended. It becomes a report or an exception once. */
sealed interface RunResult {
  RevertOutcome outcome();

  /** The domain as it was left. */
  DomainObservation after();

  /** It was done. */
  record Reverted(DomainStatus status) implements RunResult {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.REVERTED;
    }

    @Override
    public DomainObservation after() {
      return DomainObservation.of(status);
    }
  }

  /** It was not done, or not as requested, or that is not known. */
  sealed interface Failure extends RunResult {
    /** Continues {@code reverting domain "a" to snapshot "b" (flags = none) ...}. */
    String words(RevertProgress progress);

    /** What ended the revert, or null. */
    Throwable cause();

    /** What went wrong besides. */
    default List<Throwable> suppressed() {
      return after().obstacle().map(List::of).orElse(List.of());
    }

    /** Returns the exception for it. */
    default RevertException exception(RevertProgress progress) {
      RevertException exception =
          new RevertException(
              "reverting " + progress.request() + " " + words(progress) + leftOverNote(progress),
              progress.details(outcome(), after().status()),
              cause());
      suppressed().forEach(exception::addSuppressed);
      progress.leftSnapshot().ifPresent(left -> exception.addSuppressed(left.obstacle()));
      return exception;
    }

    private static String leftOverNote(RevertProgress progress) {
      return progress
          .leftSnapshot()
          .map(
              left ->
                  "; its safety snapshot "
                      + LogEscaper.quote(left.name())
                      + " may still be there: "
                      + ErrorFormatter.of(left.obstacle()))
          .orElse("");
    }
  }

  /** libvirt was not asked. */
  record NotStarted(String reason, Throwable cause, DomainObservation after) implements Failure {
    static NotStarted because(String reason, RevertProgress progress) {
      return new NotStarted(reason, null, lastLook(progress));
    }

    static NotStarted because(Throwable cause, RevertProgress progress) {
      DomainObservation observe =
          cause instanceof NoSuchDomainException ? DomainObservation.none() : lastLook(progress);
      return new NotStarted(ErrorFormatter.of(cause), cause, observe);
    }

    /** Somebody gave it up before libvirt was asked. */
    static NotStarted calledOff(RevertProgress progress) {
      return because("it was called off", progress);
    }

    /** What is about to be done could not be written down. */
    static NotStarted unwritten(Throwable cause, RevertProgress progress) {
      return new NotStarted(
          "it could not be written down: " + ErrorFormatter.of(cause), cause, lastLook(progress));
    }

    /** A safety snapshot may just be taken: that goes on, and the run deletes it afterwards. */
    static NotStarted givenUp(String reason, RevertProgress progress) {
      return progress
          .safetySnapshot()
          .map(
              name ->
                  new NotStarted(
                      reason
                          + "; its safety snapshot "
                          + LogEscaper.quote(name)
                          + " may be there until it is deleted"
                          + resumeWords(progress),
                      null,
                      DomainObservation.none()))
          .orElseGet(() -> because(reason, progress));
    }

    private static String resumeWords(RevertProgress progress) {
      return "; if it was left paused, resume it: virsh resume " + progress.request().uuid();
    }

    private static DomainObservation lastLook(RevertProgress progress) {
      return progress.before().map(DomainObservation::of).orElse(DomainObservation.none());
    }

    /** The safety snapshot could not be taken. */
    static NotStarted unsafe(Throwable cause, RevertProgress progress, DomainObservation now) {
      return new NotStarted(
          "its safety snapshot could not be taken: "
              + ErrorFormatter.of(cause)
              + "; "
              + progress.beforeWords()
              + " and "
              + now
              + (now.isUnknown() ? resumeWords(progress) : ""),
          cause,
          now);
    }

    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.NOT_STARTED;
    }

    @Override
    public String words(RevertProgress progress) {
      return "was not started: " + reason;
    }
  }

  /** libvirt reported an error, or did not answer at all. */
  record Failed(Throwable cause, DomainObservation after, boolean interrupted) implements Failure {
    /** Returns the same, with a later look at the domain if that saw something. */
    Failed seenAgain(DomainObservation later) {
      return new Failed(cause, later.or(after), interrupted);
    }

    @Override
    public RevertOutcome outcome() {
      boolean answered = cause instanceof LibvirtException;
      return answered && !after.isUnknown() ? RevertOutcome.FAILED : RevertOutcome.UNKNOWN;
    }

    @Override
    public String words(RevertProgress progress) {
      int attempts = progress.attempts().size();
      return "failed"
          + (attempts > 1 ? " " + attempts + " times" : "")
          + ": "
          + ErrorFormatter.of(cause)
          + (interrupted ? "; the thread was interrupted while it waited to try again" : "")
          + stateWords(this, progress);
    }
  }

  /** libvirt reported success, but the domain is not seen to be in the requested state. */
  record WrongState(DomainObservation after, Optional<Throwable> correctionFailure)
      implements Failure {
    @Override
    public RevertOutcome outcome() {
      return after.isUnknown() ? RevertOutcome.UNKNOWN : RevertOutcome.WRONG_STATE;
    }

    @Override
    public Throwable cause() {
      return null;
    }

    @Override
    public List<Throwable> suppressed() {
      ImmutableList.Builder<Throwable> suppressed = ImmutableList.builder();
      correctionFailure.ifPresent(suppressed::add);
      return suppressed.addAll(Failure.super.suppressed()).build();
    }

    @Override
    public String words(RevertProgress progress) {
      return "succeeded, says libvirt, but should have left the domain "
          + progress.request().targetState().map(DomainState::words).orElse("as in the snapshot")
          + correctionFailure
              .map(failure -> "; bringing it there failed: " + ErrorFormatter.of(failure))
              .orElse("")
          + stateWords(this, progress);
    }
  }

  /** It was done, but the guest does not answer. */
  record GuestSilent(String reason, Throwable cause, DomainObservation after) implements Failure {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.GUEST_SILENT;
    }

    @Override
    public String words(RevertProgress progress) {
      return "was done, but "
          + progress.guest().orElseThrow()
          + ": "
          + reason
          + stateWords(this, progress)
          + keptWords(progress);
    }
  }

  /** It was done and the guest answers, but its clock is not set. */
  record ClockNotSet(Throwable cause, DomainObservation after) implements Failure {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.CLOCK_NOT_SET;
    }

    @Override
    public String words(RevertProgress progress) {
      GuestStatus guest = progress.guest().orElseThrow();
      return "was done and "
          + guest
          + ", but its clock could not be set: "
          + ErrorFormatter.of(cause)
          + (guest.frozen() ? "; way out: GuestAgent.of(domain).thaw(), then setClock()" : "")
          + stateWords(this, progress)
          + keptWords(progress);
    }
  }

  private static String keptWords(RevertProgress progress) {
    return progress
        .safetySnapshot()
        .map(name -> "; safety snapshot " + LogEscaper.quote(name) + " keeps what it was before")
        .orElse("");
  }

  /** Where the domain was and is, and what to do where that is not known. */
  private static String stateWords(Failure result, RevertProgress progress) {
    String unknown =
        progress
            .safetySnapshot()
            .map(name -> "; " + SafetySnapshot.wayBack(progress.request(), name))
            .orElse("");
    return "; "
        + progress.beforeWords()
        + " and "
        + result.after()
        + (result.outcome() == RevertOutcome.UNKNOWN
            ? "; connect again and call findOutcome(connect)" + unknown
            : "");
  }

  /** It failed, and the domain is what it was before. */
  record RolledBack(Failure failure, DomainStatus status) implements Failure {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.ROLLED_BACK;
    }

    @Override
    public DomainObservation after() {
      return DomainObservation.of(status);
    }

    @Override
    public Throwable cause() {
      return failure.cause();
    }

    @Override
    public List<Throwable> suppressed() {
      return failure.suppressed();
    }

    @Override
    public String words(RevertProgress progress) {
      return failure.words(progress) + "; rolled back: it is " + status.stateAndReason() + " again";
    }
  }

  /** It failed, and the domain was what it was before for a moment only. */
  record ChangedAfterRollback(Failure failure, DomainStatus rolledBack, DomainObservation after)
      implements Failure {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.ROLLBACK_FAILED;
    }

    @Override
    public Throwable cause() {
      return failure.cause();
    }

    @Override
    public List<Throwable> suppressed() {
      return ImmutableList.<Throwable>builder()
          .addAll(failure.suppressed())
          .addAll(Failure.super.suppressed())
          .build();
    }

    @Override
    public String words(RevertProgress progress) {
      return failure.words(progress)
          + "; after the roll-back it was "
          + rolledBack.stateAndReason()
          + " again, but it "
          + after;
    }
  }

  /** It failed, and going back to the safety snapshot failed too, or did not lead back. */
  record RollbackFailed(Failure failure, DomainObservation after, Optional<Throwable> obstacle)
      implements Failure {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.ROLLBACK_FAILED;
    }

    @Override
    public Throwable cause() {
      return failure.cause();
    }

    @Override
    public List<Throwable> suppressed() {
      ImmutableList.Builder<Throwable> suppressed = ImmutableList.builder();
      obstacle.ifPresent(suppressed::add);
      return suppressed.addAll(failure.suppressed()).addAll(Failure.super.suppressed()).build();
    }

    @Override
    public String words(RevertProgress progress) {
      String name = progress.safetySnapshot().orElseThrow();
      return failure.words(progress)
          + "; rolling back to snapshot "
          + LogEscaper.quote(name)
          + " failed too: "
          + obstacle.map(ErrorFormatter::of).orElse("libvirt reported success")
          + "; it "
          + after
          + "; once that is repaired, "
          + (after.isGone()
              ? SafetySnapshot.wayBackOfGone(name)
              : SafetySnapshot.wayBack(progress.request(), name));
    }
  }

  /** It was given up after libvirt was asked, and before it or the guest answered. */
  record InProgress(String why, Optional<DomainStatus> reverted) implements Failure {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.IN_PROGRESS;
    }

    @Override
    public DomainObservation after() {
      return reverted.map(DomainObservation::of).orElse(DomainObservation.none());
    }

    @Override
    public Throwable cause() {
      return null;
    }

    @Override
    public String words(RevertProgress progress) {
      String reason = ": " + why + "; " + progress.beforeWords();
      return reverted.isPresent()
          ? "was done, but its guest is still waited for" + reason + " and " + after()
          : "is still in progress on the host since "
              + progress.begun().map(Instant::toString).orElseThrow()
              + reason
              + "; its end will be logged, and findOutcome(connect) finds out what became of it";
    }
  }
}
