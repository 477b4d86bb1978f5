package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.fleet.UndoWork.Undone;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertDetails;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import java.util.Optional;

/**
 * A revert that was undone because another domain of the run was not reverted.
 *
 * @param details the details of the revert
 * @param failure the failure of the revert, if it failed too
 * @param why why the revert was undone
 */
record UndoneRevert(RevertDetails details, Optional<LibvirtException> failure, String why) {
  /** Returns the exception that has the outcome of both, the revert and the undo. */
  RevertException after(DomainResult<Undone> undo) {
    if (undo.isReverted()) {
      return rolledBack(undo);
    }
    LibvirtException obstacle = undo.failure().orElseThrow();
    if (obstacle instanceof ChangedSinceException changed) {
      return notUndone(changed);
    }
    return openOutcome(undo)
        .map(outcome -> notKnown(outcome, obstacle))
        .orElseGet(() -> rollbackFailed(obstacle));
  }

  /** Returns the outcome of an undo that libvirt may have done, or may still do. */
  static Optional<RevertOutcome> openOutcome(DomainResult<Undone> undo) {
    boolean isUnchanged =
        undo.resolved().filter(found -> found.verdict() == Verdict.UNCHANGED).isPresent();
    return undo.failure()
        .filter(RevertException.class::isInstance)
        .map(failed -> ((RevertException) failed).outcome())
        .filter(outcome -> outcome == RevertOutcome.IN_PROGRESS || outcome == RevertOutcome.UNKNOWN)
        .filter(outcome -> !isUnchanged);
  }

  private RevertException notKnown(RevertOutcome outcome, LibvirtException obstacle) {
    return exception(
        outcome,
        words() + "; whether it was undone is not known: " + obstacle.getMessage(),
        Optional.empty(),
        details.safetySnapshot(),
        Optional.of(obstacle));
  }

  private RevertException rolledBack(DomainResult<Undone> undo) {
    Optional<DomainStatus> now =
        undo.value()
            .map(Undone::after)
            .or(() -> undo.failure().flatMap(UndoneRevert::statusAfter))
            .or(() -> undo.resolved().flatMap(resolved -> resolved.now()));
    Optional<Throwable> obstacle = undo.value().flatMap(Undone::obstacle);
    boolean isDeleted = undo.value().isPresent() && obstacle.isEmpty();
    return exception(
        RevertOutcome.ROLLED_BACK,
        (details.outcome() == RevertOutcome.NOT_RESUMED ? doneWords() : words())
            + "; undone: the domain is "
            + now.map(status -> status.stateAndReason() + " again").orElse("as before")
            + obstacle.map(this::leftOverNote).orElse(""),
        now,
        details.safetySnapshot().filter(name -> !isDeleted),
        failure);
  }

  private String leftOverNote(Throwable obstacle) {
    return "; safety snapshot "
        + LogEscaper.quote(details.safetySnapshot().orElseThrow())
        + " may still exist: "
        + (obstacle instanceof LibvirtException
            ? obstacle.getMessage()
            : LogEscaper.escape(obstacle.toString()));
  }

  /** If the undo was not started, the domain is still what the revert left. */
  private RevertException rollbackFailed(LibvirtException obstacle) {
    boolean notStarted =
        !(obstacle instanceof RevertException undo) || undo.outcome() == RevertOutcome.NOT_STARTED;
    boolean isGone = obstacle.getCause() instanceof NoSuchSnapshotException;
    return exception(
        RevertOutcome.ROLLBACK_FAILED,
        words()
            + "; it could not be undone: "
            + obstacle.getMessage()
            + wayOut(isGone, "to restore the previous state: remove the cause, then "),
        notStarted ? details.after() : statusAfter(obstacle),
        details.safetySnapshot().filter(name -> !isGone),
        Optional.of(obstacle));
  }

  private RevertException notUndone(ChangedSinceException changed) {
    boolean isGone = changed.isSafetySnapshotGone();
    return exception(
        RevertOutcome.WRONG_STATE,
        words()
            + "; it was not undone: "
            + changed.getMessage()
            + wayOut(isGone, "to discard that change and restore the previous state: "),
        Optional.of(changed.now()),
        details.safetySnapshot().filter(name -> !isGone),
        Optional.of(changed));
  }

  private String wayOut(boolean isGone, String purpose) {
    return isGone
        ? "; another program has deleted safety snapshot "
            + LogEscaper.quote(details.safetySnapshot().orElseThrow())
            + ": the previous state can't be restored; revert to another snapshot, or restore a"
            + " backup"
        : "; " + purpose + undoCommands();
  }

  private String undoCommands() {
    return "undo(\""
        + details.safetySnapshot().orElseThrow()
        + "\"), or: virsh snapshot-revert --force "
        + details.request().uuid()
        + " "
        + details.safetySnapshot().orElseThrow();
  }

  private String words() {
    return failure.map(LibvirtException::getMessage).orElseGet(this::doneWords);
  }

  /** Leaves out how to resume the guest and restore the domain, which is as before again. */
  private String doneWords() {
    return "reverting " + details.request() + " was done, but " + why;
  }

  private static Optional<DomainStatus> statusAfter(LibvirtException failure) {
    return failure instanceof RevertException revert ? revert.details().after() : Optional.empty();
  }

  private RevertException exception(
      RevertOutcome outcome,
      String words,
      Optional<DomainStatus> after,
      Optional<String> safetySnapshot,
      Optional<LibvirtException> cause) {
    return new RevertException(
        words,
        new RevertDetails(
            outcome,
            details.request(),
            details.before(),
            after,
            details.begun(),
            details.attempts(),
            details.corrections(),
            details.contents(),
            details.guest(),
            safetySnapshot),
        cause.orElse(null));
  }
}
