package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtError;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Puts failures into words. */
final class Failures {
  private Failures() {}

  /** libvirt was not asked to revert, as it reported an error earlier. */
  static RevertException notStarted(RevertFacts facts, LibvirtException cause) {
    return new RevertException(
        "reverting " + facts.request() + " was not started: " + describe(cause),
        cause,
        RevertOutcome.NOT_STARTED,
        facts,
        facts.before());
  }

  /** libvirt was not asked to revert, for a reason of ours. */
  static RevertException notStarted(RevertFacts facts, String reason) {
    return new RevertException(
        "reverting " + facts.request() + " was not started: " + reason,
        null,
        RevertOutcome.NOT_STARTED,
        facts,
        facts.before());
  }

  /** The plan is against it. */
  static RevertException guarded(RevertFacts facts, RevertPlan plan) {
    String reason =
        plan.refusal()
            .map(
                refusal ->
                    "the plan says that libvirt would "
                        + (refusal.guestStopped() ? "fail" : "refuse")
                        + ": "
                        + refusal
                        + "; way out: "
                        + refusal.wayOut())
            .orElseGet(
                () ->
                    "the plan says that libvirt would report success, but leave the domain "
                        + plan.stateAfter().get().words()
                        + "; way out: enforcingState()");
    return notStarted(facts, reason);
  }

  /** The safety snapshot could not be taken. */
  static RevertException unsafe(
      RevertFacts facts, String name, Aftermath after, LibvirtException cause) {
    RevertException exception =
        new RevertException(
            "reverting "
                + facts.request()
                + " was not started, as its safety snapshot could not be taken: "
                + describe(cause)
                + "; it was "
                + facts.before().get().stateAndReason()
                + " and "
                + after
                + (after.isUnknown()
                    ? "; snapshot " + LogText.quote(name) + " may have been taken or not"
                    : ""),
            cause,
            RevertOutcome.NOT_STARTED,
            facts,
            after.status());
    after.obstacle().ifPresent(exception::addSuppressed);
    return exception;
  }

  /** libvirt reported an error. */
  static RevertException failed(RevertFacts facts, Aftermath after, LibvirtException cause) {
    return ended(
        "reverting "
            + facts.request()
            + " failed"
            + (facts.attempts().size() > 1 ? " " + facts.attempts().size() + " times" : "")
            + ": "
            + describe(cause),
        cause,
        after.isUnknown() ? RevertOutcome.UNKNOWN : RevertOutcome.FAILED,
        facts,
        after);
  }

  /** libvirt reported success, and yet the domain is not seen to be what was asked for. */
  static RevertException notAsAsked(
      RevertFacts facts, Aftermath after, Optional<LibvirtException> enforcing) {
    RevertException exception =
        ended(
            "reverting "
                + facts.request()
                + " succeeded, says libvirt, but should have left the domain "
                + facts.request().asked().map(DomainState::words).orElse("as in the snapshot")
                + enforcing.map(e -> "; bringing it there failed: " + describe(e)).orElse(""),
            null,
            after.isUnknown() ? RevertOutcome.UNKNOWN : RevertOutcome.WRONG_STATE,
            facts,
            after);
    enforcing.ifPresent(exception::addSuppressed);
    return exception;
  }

  private static RevertException ended(
      String what,
      LibvirtException cause,
      RevertOutcome outcome,
      RevertFacts facts,
      Aftermath after) {
    String message = what + "; it was " + facts.before().get().stateAndReason() + " and " + after;
    String wayBack =
        outcome == RevertOutcome.UNKNOWN
            ? "; connect again and ask findOut(connect)"
                + facts
                    .safetySnapshot()
                    .map(name -> "; " + SafetySnapshot.wayBack(facts.request(), name))
                    .orElse("")
            : "";
    RevertException exception =
        new RevertException(message + wayBack, cause, outcome, facts, after.status());
    after.obstacle().ifPresent(exception::addSuppressed);
    return exception;
  }

  /** The guest was not touched, so that there was nothing to go back to. */
  static RevertException untouched(
      RevertException failure, RevertFacts facts, Optional<DomainStatus> after) {
    return following(failure, failure.getMessage(), failure.outcome(), facts, after);
  }

  /** The domain is what it was before. */
  static RevertException rolledBack(
      RevertException failure, RevertFacts facts, DomainStatus after) {
    return following(
        failure,
        failure.getMessage() + "; rolled back: it is " + after.stateAndReason() + " again",
        RevertOutcome.ROLLED_BACK,
        facts,
        Optional.of(after));
  }

  /** Going back to the safety snapshot failed. */
  static RevertException rollbackFailed(
      RevertException failure, RevertFacts facts, Aftermath after, Exception obstacle) {
    String words =
        obstacle instanceof LibvirtException e
            ? describe(e)
            : String.valueOf(obstacle.getMessage());
    RevertException exception = rollbackFailed(failure, facts, after, words);
    exception.addSuppressed(obstacle);
    return exception;
  }

  /** Going back to the safety snapshot did not lead back. */
  static RevertException rollbackFailed(
      RevertException failure, RevertFacts facts, Aftermath after) {
    return rollbackFailed(failure, facts, after, "libvirt reported success");
  }

  private static RevertException rollbackFailed(
      RevertException failure, RevertFacts facts, Aftermath after, String why) {
    String name = facts.safetySnapshot().get();
    return following(
        failure,
        failure.getMessage()
            + "; rolling back to snapshot "
            + LogText.quote(name)
            + " failed too: "
            + why
            + "; it "
            + after
            + "; once that is mended, "
            + SafetySnapshot.wayBack(facts.request(), name),
        RevertOutcome.ROLLBACK_FAILED,
        facts,
        after.status());
  }

  private static RevertException following(
      RevertException failure,
      String message,
      RevertOutcome outcome,
      RevertFacts facts,
      Optional<DomainStatus> after) {
    LibvirtException cause = failure.getCause() instanceof LibvirtException e ? e : null;
    RevertException exception = new RevertException(message, cause, outcome, facts, after);
    for (Throwable suppressed : failure.getSuppressed()) {
      exception.addSuppressed(suppressed);
    }
    return exception;
  }

  /** The deadline passed while libvirt was at it. */
  static RevertException inProgress(RevertFacts facts, Duration deadline) {
    return new RevertException(
        "reverting "
            + facts.request()
            + " is still in progress on the host since "
            + facts.begun().map(Instant::toString).orElseThrow()
            + ", past its deadline of "
            + deadline
            + "; it was "
            + facts.before().get().stateAndReason()
            + "; its end will be logged, and findOut(connect) tells what became of it",
        null,
        RevertOutcome.IN_PROGRESS,
        facts,
        Optional.empty());
  }

  static String describe(LibvirtException e) {
    LibvirtError error = e.getError();
    return LogText.escape(e.getMessage())
        + " ["
        + error.getCode()
        + " "
        + error.getRawCode()
        + ", "
        + error.getDomain()
        + " "
        + error.getRawDomain()
        + "]";
  }
}
