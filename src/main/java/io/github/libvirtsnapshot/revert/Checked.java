package io.github.libvirtsnapshot.revert;

import com.google.common.base.VerifyException;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.analysis.PartialRevert;
import io.github.libvirtsnapshot.plan.analysis.Planner;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The fifth stage of a run: the state of the domain is checked, and corrected or rolled back as the
 * settings say.
 */
final class Checked {
  /** The time in which libvirt notices that the process of a guest has ended. */
  private static final Duration UNTIL_NOTICED = Duration.ofMillis(200);

  private final RunContext run;
  private final Prepared prepared;
  private final Optional<DomainState> target;

  private Checked(RunContext run, Prepared prepared) {
    this.run = run;
    this.prepared = prepared;
    this.target = prepared.target().request().targetState();
  }

  /** Returns the result of the revert, before the run waits for the guest. */
  static RunResult of(RunContext run, Attempted attempted) {
    Checked checked = new Checked(run, attempted.prepared());
    RunResult result =
        attempted.failure().isPresent()
            ? attempted.failure().get()
            : checked.observed(attempted.after());
    RunResult done = run.settings().has(Option.UNDOING) ? checked.undone(result) : result;
    return done instanceof RunResult.Failure failure
            && !(failure instanceof RunResult.ChangedByOther)
            && !failure.after().isUnknown()
        ? checked.rolledBack(failure)
        : done;
  }

  private RunResult observed(DomainObservation after) {
    return isChangedByOther(after) ? new RunResult.ChangedByOther(after) : state(after);
  }

  /** libvirt makes the snapshot of a revert the current one before it starts the next revert. */
  private boolean isChangedByOther(DomainObservation after) {
    return after
        .status()
        .flatMap(DomainStatus::currentSnapshot)
        .filter(current -> !current.equals(prepared.target().request().snapshot().orElseThrow()))
        .isPresent();
  }

  private RunResult state(DomainObservation after) {
    if (hasTargetState(after)) {
      return new RunResult.Reverted(after.status().orElseThrow());
    }
    if (!canBeCorrected(after)) {
      return new RunResult.WrongState(after, Optional.empty());
    }
    return run.settings().has(Option.ENFORCING_STATE)
        ? corrected(after.status().orElseThrow().state())
        : new RunResult.WrongState(
            after, Optional.empty(), Optional.of(PreflightCheck.TO_ENFORCE_STATE));
  }

  private boolean hasTargetState(DomainObservation observation) {
    return observation
        .status()
        .filter(status -> target.isEmpty() || target.get() == status.state())
        .isPresent();
  }

  private boolean canBeCorrected(DomainObservation observation) {
    return target.isPresent()
        && observation
            .status()
            .filter(left -> StateCorrector.canCorrect(left, target.get()))
            .isPresent();
  }

  private RunResult corrected(DomainState left) {
    StateCorrector corrector =
        new StateCorrector(run.domain(), step -> run.update(progress -> progress.with(step)));
    Optional<Throwable> failure =
        Tried.failure(() -> corrector.correct(left, target.orElseThrow()));
    DomainObservation after = run.observe();
    return failure.isEmpty() && hasTargetState(after)
        ? new RunResult.Reverted(after.status().orElseThrow())
        : new RunResult.WrongState(after, failure);
  }

  /** Merges an external safety snapshot, so that each disk is in its original image again. */
  private RunResult undone(RunResult result) {
    String name = prepared.target().request().snapshot().orElseThrow();
    if (!(result instanceof RunResult.Reverted) || !isExternal(name)) {
      return result;
    }
    Optional<Throwable> obstacle = SafetySnapshot.discard(run.domain(), name);
    run.update(progress -> progress.withSafetySnapshotDeleted(name, obstacle));
    return state(run.observe());
  }

  private boolean isExternal(String name) {
    try {
      return run.snapshots().description(name).isExternal();
    } catch (LibvirtException e) {
      throw new VerifyException("the plan has read this snapshot before", e);
    }
  }

  private RunResult rolledBack(RunResult.Failure failure) {
    return prepared.safety().map(snapshot -> rollBack(failure, snapshot)).orElse(failure);
  }

  private RunResult rollBack(RunResult.Failure failure, SafetySnapshot snapshot) {
    DomainStatus before = prepared.target().before();
    if (failure instanceof RunResult.Failed failed && isUntouched(failed, before)) {
      prepared.discardSafetySnapshot(run);
      return failed.observedAgain(run.observe());
    }
    Rollback rollback = restored(snapshot, before);
    DomainObservation after = rollback.after;
    Optional<DomainStatus> rolledBack = after.status().filter(before::isSameStateAs);
    if (rollback.obstacle.isPresent() || rolledBack.isEmpty()) {
      if (snapshot.isDeleted()) {
        run.update(
            progress -> progress.withSafetySnapshotDeleted(snapshot.name(), Optional.empty()));
        return new RunResult.SafetySnapshotGone(failure, after, rollback.obstacle, snapshot.name());
      }
      return new RunResult.RollbackFailed(
          failure,
          after,
          rollback.obstacle,
          partialRollback(snapshot, after),
          toRepair(snapshot, rollback.obstacle),
          after.isGone() ? snapshot.writeFiles() : Optional.empty());
    }
    prepared.discardSafetySnapshot(run);
    DomainObservation last = run.observe().or(after);
    return last.status()
        .filter(before::isSameStateAs)
        .<RunResult>map(status -> new RunResult.RolledBack(failure, status))
        .orElseGet(() -> new RunResult.ChangedAfterRollback(failure, rolledBack.get(), last));
  }

  /**
   * Restores the snapshot. If the guest is shut off afterwards, libvirt may have noticed the end of
   * the guest of the failed revert only now, and stopped the restored guest instead. So the library
   * tries once more.
   */
  private Rollback restored(SafetySnapshot snapshot, DomainStatus before) {
    Set<String> overlays = snapshot.newOverlays();
    Rollback first = restore(snapshot, overlays);
    if (!before.isActive() || !first.after.isInactive()) {
      return first;
    }
    Uninterruptibles.sleepUninterruptibly(UNTIL_NOTICED);
    return restore(snapshot, overlays);
  }

  /** Reverts when no other revert on the host creates overlays that could get the same names. */
  private Rollback restore(SafetySnapshot snapshot, Set<String> overlays) {
    Optional<Throwable> obstacle =
        run.inventory().overlayTurns().run(overlays, () -> Tried.failure(snapshot::restore));
    return new Rollback(obstacle, run.observe());
  }

  private PartialRevert partialRollback(SafetySnapshot snapshot, DomainObservation after) {
    if (!after.mayBePartlyReverted()) {
      return PartialRevert.NONE;
    }
    Optional<SnapshotDescription> failed =
        run.snapshots().known(prepared.target().request().snapshot().orElseThrow());
    return Tried.of(
            () -> {
              SnapshotDescription safety = snapshot.describe();
              return after.isLeftPaused()
                  ? Planner.leftPaused(
                      run.domain(), Stream.concat(Stream.of(safety), failed.stream()).toList())
                  : Planner.partialRollback(run.domain(), safety, failed);
            })
        .value()
        .orElse(PartialRevert.NONE);
  }

  /**
   * Returns what prevents a revert to the safety snapshot now, if a plan or the error of the
   * rollback shows it.
   */
  private Optional<Refusal> toRepair(SafetySnapshot snapshot, Optional<Throwable> obstacle) {
    return Tried.of(() -> snapshot.planToRestore(run))
        .value()
        .flatMap(RevertPlan::refusal)
        .or(() -> obstacle.flatMap(failure -> bitmap(snapshot, failure)));
  }

  private static Optional<Refusal> bitmap(SafetySnapshot snapshot, Throwable obstacle) {
    return obstacle instanceof LibvirtException e
        ? Tried.of(snapshot::describe).value().flatMap(safety -> Planner.reportedBitmap(e, safety))
        : Optional.empty();
  }

  /** Returns whether libvirt refused the revert and did not touch the guest. */
  private static boolean isUntouched(RunResult.Failed failure, DomainStatus before) {
    return failure.outcome() == RevertOutcome.FAILED
        && failure
            .after()
            .status()
            .filter(after -> after.isSameProcessAs(before) && after.isSameStateAs(before))
            .isPresent();
  }

  /**
   * An attempt to restore the safety snapshot.
   *
   * @param obstacle the failure, if the attempt failed
   * @param after the domain after the attempt
   */
  private record Rollback(Optional<Throwable> obstacle, DomainObservation after) {}
}
