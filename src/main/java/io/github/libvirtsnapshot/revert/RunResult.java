package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.analysis.PartialRevert;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The result of a run, which becomes a report or an exception. */
sealed interface RunResult {
  RevertOutcome outcome();

  /** Returns the domain after the run. */
  DomainObservation after();

  /** The revert was done. */
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

  /** The revert was not done, not done as requested, or its outcome is unknown. */
  sealed interface Failure extends RunResult {
    /** Continues {@code reverting domain "a" to snapshot "b" (flags = none) ...}. */
    String words(RevertProgress progress);

    /** Returns the exception that ended the revert, or null. */
    @Nullable Throwable cause();

    /** Returns the exceptions that happened besides the cause. */
    default List<Throwable> suppressed() {
      return after().obstacle().map(List::of).orElse(List.of());
    }

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
                  "; safety snapshot "
                      + LogEscaper.quote(left.name())
                      + " may still exist: "
                      + ErrorFormatter.of(left.obstacle()))
          .orElse("");
    }
  }

  /** The revert function of libvirt was not called. */
  record NotStarted(String reason, @Nullable Throwable cause, DomainObservation after)
      implements Failure {
    static NotStarted because(String reason, RevertProgress progress) {
      return new NotStarted(reason, null, lastObservation(progress));
    }

    static NotStarted because(Throwable cause, RevertProgress progress) {
      DomainObservation observation =
          cause instanceof NoSuchDomainException
              ? DomainObservation.none()
              : lastObservation(progress);
      return new NotStarted(ErrorFormatter.of(cause), cause, observation);
    }

    /**
     * The name of the snapshot may be mistyped, so the reason lists the snapshots of the domain.
     *
     * @param names empty if they could not be read
     */
    static NotStarted withoutSnapshot(
        NoSuchSnapshotException cause, Optional<Set<String>> names, RevertProgress progress) {
      return new NotStarted(
          ErrorFormatter.of(cause)
              + names.map(known -> "; " + ExistingNames.ofSnapshots(known)).orElse(""),
          cause,
          lastObservation(progress));
    }

    static NotStarted notSelected(SelectionException why, RevertProgress progress) {
      return new NotStarted(why.reason(), why.getCause(), lastObservation(progress));
    }

    static NotStarted notJournaled(Throwable cause, RevertProgress progress) {
      return new NotStarted(
          "the journal could not be written: " + ErrorFormatter.of(cause),
          cause,
          lastObservation(progress));
    }

    /**
     * If the safety snapshot is being created, that continues, and the run deletes it afterwards.
     */
    static NotStarted abandoned(AbandonReason reason, RevertProgress progress) {
      return progress
          .safetySnapshot()
          .map(
              name ->
                  new NotStarted(
                      reason
                          .and(
                              "; safety snapshot "
                                  + LogEscaper.quote(name)
                                  + " may exist until the run deletes it"
                                  + resumeWords(progress))
                          .notStarted(),
                      null,
                      DomainObservation.none()))
          .orElseGet(() -> because(reason.notStarted(), progress));
    }

    private static String resumeWords(RevertProgress progress) {
      return "; if the guest is paused, resume it: virsh resume " + progress.request().uuid();
    }

    private static DomainObservation lastObservation(RevertProgress progress) {
      return progress.before().map(DomainObservation::of).orElse(DomainObservation.none());
    }

    static NotStarted withoutSafetySnapshot(
        Throwable cause, RevertProgress progress, DomainObservation now) {
      return new NotStarted(
          "the safety snapshot could not be created: "
              + ErrorFormatter.of(cause)
              + "; the domain was "
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

  /**
   * libvirt reported an error, or did not respond.
   *
   * @param partial the parts of the domain that libvirt changed nevertheless
   */
  record Failed(
      Throwable cause, DomainObservation after, boolean interrupted, PartialRevert partial)
      implements Failure {
    Failed(Throwable cause, DomainObservation after, boolean interrupted) {
      this(cause, after, interrupted, PartialRevert.NONE);
    }

    /** Replaces the observation, unless the later one has no information. */
    Failed observedAgain(DomainObservation later) {
      return new Failed(cause, later.or(after), interrupted, partial);
    }

    Failed leaving(PartialRevert changed) {
      return new Failed(cause, after, interrupted, changed);
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
          + (interrupted ? "; the thread was interrupted while it waited for the next attempt" : "")
          + stateWords(this, progress)
          + PartialRevertText.of(this, progress.request());
    }
  }

  /**
   * libvirt reported success, but the domain was not observed in the requested state.
   *
   * @param wayOut how to get the requested state, if that is known
   */
  record WrongState(
      DomainObservation after, Optional<Throwable> correctionFailure, Optional<String> wayOut)
      implements Failure {
    WrongState(DomainObservation after, Optional<Throwable> correctionFailure) {
      this(after, correctionFailure, Optional.empty());
    }

    @Override
    public RevertOutcome outcome() {
      return after.isUnknown() ? RevertOutcome.UNKNOWN : RevertOutcome.WRONG_STATE;
    }

    @Override
    public @Nullable Throwable cause() {
      return null;
    }

    @Override
    public List<Throwable> suppressed() {
      return ImmutableList.<Throwable>builder()
          .addAll(correctionFailure.stream().toList())
          .addAll(Failure.super.suppressed())
          .build();
    }

    @Override
    public String words(RevertProgress progress) {
      String target =
          progress.request().targetState().map(DomainState::words).orElse("as in the snapshot");
      return (after.isUnknown() ? "left an unknown state" : "left another state")
          + ": libvirt reported success, but the domain "
          + after
          + (after.status().isPresent() ? " instead of " : "; requested: ")
          + target
          + correctionFailure
              .map(failure -> "; the correction failed: " + ErrorFormatter.of(failure))
              .orElse("")
          + "; before, it was "
          + progress.beforeWords()
          + wayOut.map(way -> "; way out: " + way).orElse("")
          + resolveWords(this, progress);
    }
  }

  /**
   * The revert was done, but another program has changed the domain since: another snapshot is the
   * current one. The observed state is that of the other program, so the run does not touch it.
   */
  record ChangedByOther(DomainObservation after) implements Failure {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.WRONG_STATE;
    }

    @Override
    public @Nullable Throwable cause() {
      return null;
    }

    @Override
    public String words(RevertProgress progress) {
      return "was done, but another program has changed the domain since: the current snapshot is "
          + after
              .status()
              .flatMap(DomainStatus::currentSnapshot)
              .map(LogEscaper::quote)
              .orElse("another one")
          + stateWords(this, progress)
          + keptWords(progress);
    }
  }

  /** The revert was done, but the links of the guest could not be taken down or up. */
  record LinksNotSet(Throwable cause, DomainObservation after) implements Failure {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.LINKS_NOT_SET;
    }

    @Override
    public String words(RevertProgress progress) {
      return "was done, but its network could not be changed: "
          + ErrorFormatter.of(cause)
          + stateWords(this, progress)
          + resumeNote(this, progress)
          + keptWords(progress);
    }
  }

  /** The revert was done, but the guest was not resumed with those of the other runs. */
  record NotResumed(String reason, @Nullable Throwable cause, DomainObservation after)
      implements Failure {
    /** The other runs do not allow to resume the guest, so it was not touched since the revert. */
    static NotResumed because(String reason, DomainStatus reverted) {
      return new NotResumed(reason, null, DomainObservation.of(reverted));
    }

    /** Another program has changed the guest, so it was not touched since. */
    static NotResumed changed(DomainObservation now) {
      return new NotResumed(
          "another program has changed the guest while the other domains were reverted", null, now);
    }

    /** libvirt was called to resume the guest, but the domain was not observed running. */
    static NotResumed observed(Optional<Throwable> failure, DomainObservation after) {
      return new NotResumed(
          failure.map(ErrorFormatter::of).orElse("libvirt reported success"),
          failure.orElse(null),
          after);
    }

    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.NOT_RESUMED;
    }

    @Override
    public String words(RevertProgress progress) {
      return "was done, but the guest "
          + (after.isUnknown() ? "may not be resumed: " : "was not resumed: ")
          + reason
          + stateWords(this, progress)
          + resumeNote(this, progress)
          + keptWords(progress);
    }
  }

  /** The revert was done, but the guest is not ready; its status has the reason. */
  record GuestSilent(@Nullable Throwable cause, DomainObservation after) implements Failure {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.GUEST_SILENT;
    }

    @Override
    public String words(RevertProgress progress) {
      return "was done, but "
          + progress.guest().orElseThrow()
          + stateWords(this, progress)
          + keptWords(progress);
    }
  }

  /** The revert was done and the guest responds, but its clock could not be set. */
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
          + (guest.frozen()
              ? "; way out: thaw its file systems and set its clock with GuestAgent.of(domain).thaw()"
                  + " and setClock(), or: virsh domfsthaw "
                  + progress.request().uuid()
                  + " and virsh domtime --sync "
                  + progress.request().uuid()
              : "")
          + stateWords(this, progress)
          + keptWords(progress);
    }
  }

  private static String resumeNote(Failure result, RevertProgress progress) {
    boolean isPaused = result.after().status().filter(RunResult::isPaused).isPresent();
    return isPaused || result.after().isUnknown()
        ? (isPaused ? "; to resume it nevertheless" : "; to resume it if it is paused")
            + ": domain.resume(), or: virsh resume "
            + progress.request().uuid()
        : "";
  }

  private static boolean isPaused(DomainStatus status) {
    return status.state() == DomainState.PAUSED;
  }

  private static String keptWords(RevertProgress progress) {
    return progress
        .safetySnapshot()
        .map(
            name ->
                "; safety snapshot " + LogEscaper.quote(name) + " has the state before the revert")
        .orElse("");
  }

  private static String stateWords(Failure result, RevertProgress progress) {
    return "; the domain was "
        + progress.beforeWords()
        + " and "
        + result.after()
        + resolveWords(result, progress);
  }

  /** Says how to resolve an unknown outcome. */
  private static String resolveWords(Failure result, RevertProgress progress) {
    if (result.outcome() != RevertOutcome.UNKNOWN) {
      return "";
    }
    String restoreCommand =
        progress
            .safetySnapshot()
            .map(name -> "; " + SafetySnapshot.restoreCommand(progress.request(), name))
            .orElse("");
    return "; " + howToResolve(progress) + restoreCommand;
  }

  private static String howToResolve(RevertProgress progress) {
    return "to resolve the outcome: resolveOutcome(connect) on a new connection, or: virsh domstate"
        + " --reason "
        + progress.request().uuid();
  }

  /** The revert failed, and a rollback was tried. */
  sealed interface AfterRollback extends Failure {
    /** Returns the failure before the rollback. */
    Failure failure();

    @Override
    default @Nullable Throwable cause() {
      return failure().cause();
    }

    /** Returns the failure of the rollback, if libvirt reported one. */
    default Optional<Throwable> obstacle() {
      return Optional.empty();
    }

    @Override
    default List<Throwable> suppressed() {
      return ImmutableList.<Throwable>builder()
          .addAll(obstacle().stream().toList())
          .addAll(failure().suppressed())
          .addAll(Failure.super.suppressed())
          .build();
    }
  }

  private static String rollbackWords(String safetySnapshot, Optional<Throwable> obstacle) {
    return "; the rollback to safety snapshot "
        + LogEscaper.quote(safetySnapshot)
        + " failed: "
        + obstacle.map(ErrorFormatter::of).orElse("libvirt reported success");
  }

  /** The revert failed, and the domain was rolled back. */
  record RolledBack(Failure failure, DomainStatus status) implements AfterRollback {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.ROLLED_BACK;
    }

    @Override
    public DomainObservation after() {
      return DomainObservation.of(status);
    }

    @Override
    public String words(RevertProgress progress) {
      return failure.words(progress)
          + "; rolled back: the domain is "
          + status.stateAndReason()
          + " again";
    }
  }

  /** The revert failed, and the domain changed again after the rollback. */
  record ChangedAfterRollback(Failure failure, DomainStatus rolledBack, DomainObservation after)
      implements AfterRollback {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.ROLLBACK_FAILED;
    }

    @Override
    public String words(RevertProgress progress) {
      return failure.words(progress)
          + "; after the rollback, the domain was "
          + rolledBack.stateAndReason()
          + " again, but "
          + after;
    }
  }

  /**
   * The revert failed, and so did the rollback.
   *
   * @param partial the parts of the domain that the rollback has restored
   * @param toRepair what prevents another attempt to roll back, as a plan finds it
   * @param files the folder with the definition of a transient domain that is gone
   */
  record RollbackFailed(
      Failure failure,
      DomainObservation after,
      Optional<Throwable> obstacle,
      PartialRevert partial,
      Optional<Refusal> toRepair,
      Optional<Path> files)
      implements AfterRollback {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.ROLLBACK_FAILED;
    }

    @Override
    public String words(RevertProgress progress) {
      String name = progress.safetySnapshot().orElseThrow();
      return failure.words(progress)
          + rollbackWords(name, obstacle)
          + "; the domain "
          + after
          + PartialRevertText.ofRollback(partial)
          + "; "
          + toRepair
              .map(refusal -> refusal.reason() + ": " + refusal.wayOut() + "; then ")
              .orElse("remove the cause, then ")
          + restoreCommand(progress.request(), name);
    }

    private String restoreCommand(RevertRequest request, String name) {
      return after.isGone()
          ? files
              .map(folder -> SafetySnapshot.restoreCommandsOfGone(request, name, folder))
              .orElseGet(() -> SafetySnapshot.restoreCommandsOfGone(name))
          : SafetySnapshot.restoreCommand(request, name);
    }
  }

  /**
   * The revert failed, and another program has deleted the safety snapshot.
   *
   * @param obstacle the failure of the rollback, if libvirt reported one
   * @param name the name of the safety snapshot
   */
  record SafetySnapshotGone(
      Failure failure, DomainObservation after, Optional<Throwable> obstacle, String name)
      implements AfterRollback {
    @Override
    public RevertOutcome outcome() {
      return RevertOutcome.ROLLBACK_FAILED;
    }

    @Override
    public String words(RevertProgress progress) {
      return failure.words(progress)
          + rollbackWords(name, obstacle)
          + "; the domain "
          + after
          + "; another program has deleted the safety snapshot: the previous state can't be restored;"
          + " revert to another snapshot, or restore a backup";
    }
  }

  /** The run was abandoned after libvirt was called, before libvirt or the guest responded. */
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
    public @Nullable Throwable cause() {
      return null;
    }

    @Override
    public String words(RevertProgress progress) {
      String reason = ": " + why + "; the domain was " + progress.beforeWords();
      String now =
          reverted.isPresent()
              ? "was done, but " + waitingFor(progress) + reason + " and " + after()
              : "is still in progress on the host since "
                  + progress.begun().map(Instant::toString).orElseThrow()
                  + reason
                  + "; the result will be logged; "
                  + howToResolve(progress);
      return now + keptWords(progress);
    }

    private String waitingFor(RevertProgress progress) {
      if (reverted.filter(RunResult::isPaused).isPresent()) {
        return "the guest may not be resumed yet";
      }
      return progress.guest().isPresent()
          ? "the clock of the guest is not set yet"
          : "the guest has not responded yet";
    }
  }
}
