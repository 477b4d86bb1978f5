package io.github.libvirtsnapshot.revert;

import com.google.common.base.VerifyException;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import java.util.Optional;

/**
 * The fourth stage of a run: what libvirt did is checked, and corrected or rolled back as the
 * settings say.
 */
final class Checked {
  private final RunContext run;
  private final Prepared prepared;
  private final Optional<DomainState> target;

  private Checked(RunContext run, Prepared prepared) {
    this.run = run;
    this.prepared = prepared;
    this.target = prepared.target().request().targetState();
  }

  /** Returns how the revert ended, before its guest is waited for. */
  static Ending of(RunContext run, Attempted attempted) {
    Checked checked = new Checked(run, attempted.prepared());
    Ending ending =
        attempted.failure().isPresent()
            ? attempted.failure().get()
            : checked.state(attempted.after());
    Ending done = run.settings().has(Option.UNDOING) ? checked.undone(ending) : ending;
    return done instanceof Ending.Failure failure && !failure.after().isUnknown()
        ? checked.rolledBack(failure)
        : done;
  }

  private Ending state(Look after) {
    if (hasTargetState(after)) {
      return new Ending.Reverted(after.status().orElseThrow());
    }
    return run.settings().has(Option.ENFORCING_STATE) && canBeCorrected(after)
        ? corrected(after.status().orElseThrow().state())
        : new Ending.WrongState(after, Optional.empty());
  }

  private boolean hasTargetState(Look look) {
    return look.status()
        .filter(status -> target.isEmpty() || target.get() == status.state())
        .isPresent();
  }

  private boolean canBeCorrected(Look look) {
    return target.isPresent()
        && look.status().filter(left -> StateCorrector.canCorrect(left, target.get())).isPresent();
  }

  private Ending corrected(DomainState left) {
    StateCorrector corrector =
        new StateCorrector(run.domain(), step -> run.update(progress -> progress.with(step)));
    Optional<Throwable> failure =
        Tried.failure(() -> corrector.correct(left, target.orElseThrow()));
    Look after = run.look();
    return failure.isEmpty() && hasTargetState(after)
        ? new Ending.Reverted(after.status().orElseThrow())
        : new Ending.WrongState(after, failure);
  }

  /** An external safety snapshot is merged, so that each disk is in the image that it was in. */
  private Ending undone(Ending ending) {
    String name = prepared.target().request().snapshot().orElseThrow();
    if (!(ending instanceof Ending.Reverted) || !isExternal(name)) {
      return ending;
    }
    Optional<Throwable> obstacle = SafetySnapshot.discard(run.domain(), name);
    run.update(progress -> progress.withSafetySnapshotDeleted(name, obstacle));
    return state(run.look());
  }

  private boolean isExternal(String name) {
    try {
      return run.snapshots().description(name).isExternal();
    } catch (LibvirtException e) {
      throw new VerifyException("the plan has read it", e);
    }
  }

  private Ending rolledBack(Ending.Failure failure) {
    return prepared.safety().map(snapshot -> rollBack(failure, snapshot)).orElse(failure);
  }

  private Ending rollBack(Ending.Failure failure, SafetySnapshot snapshot) {
    DomainStatus before = prepared.target().before();
    if (failure instanceof Ending.Failed failed && isUntouched(failed, before)) {
      prepared.discardSafetySnapshot(run);
      return failed.seenAgain(run.look());
    }
    Optional<Throwable> obstacle = Tried.failure(snapshot::restore);
    Look after = run.look();
    Optional<DomainStatus> rolledBack = after.status().filter(before::isSameStateAs);
    if (obstacle.isPresent() || rolledBack.isEmpty()) {
      return new Ending.RollbackFailed(failure, after, obstacle);
    }
    prepared.discardSafetySnapshot(run);
    Look last = run.look().or(after);
    return last.status()
        .filter(before::isSameStateAs)
        .<Ending>map(status -> new Ending.RolledBack(failure, status))
        .orElseGet(() -> new Ending.ChangedAfterRollback(failure, rolledBack.get(), last));
  }

  /** libvirt refused, and the guest goes on as if nothing had been asked. */
  private static boolean isUntouched(Ending.Failed failure, DomainStatus before) {
    return failure.outcome() == RevertOutcome.FAILED
        && failure
            .after()
            .status()
            .filter(after -> after.isSameProcessAs(before) && after.isSameStateAs(before))
            .isPresent();
  }
}
