package io.github.libvirtsnapshot.revert;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.analysis.PredictedChanges;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The second stage of a run: the library has predicted what the revert changes.
 *
 * @param plan the plan, if the settings require one
 */
record Planned(RunTarget target, PredictedChanges changes, Optional<RevertPlan> plan) {
  private static final String INTERRUPTED =
      "; the thread was interrupted while it waited for the next plan";

  private static final Duration CLOCKS_APART = Duration.ofMillis(100);

  /** Plans as the settings say, and ends the run if the plan or the guest prevents the revert. */
  static Stage<Planned> of(RunContext run, RunTarget target) {
    if (target.guestObstacle().isPresent() && !run.settings().has(Option.UNDOING)) {
      return Stage.ended(
          RunResult.NotStarted.because(target.guestObstacle().get(), run.progress()));
    }
    return run.settings().plansFirst() ? guarded(run, target) : unguarded(run, target);
  }

  /** Waits until all runs have planned; ends the run if one has failed or the plan is outdated. */
  Stage<Planned> afterOthers(RunContext run) {
    if (run.barrier() == StageBarrier.NONE) {
      return Stage.of(this);
    }
    return run.barrier()
        .await(StageBarrier.Stage.PLANNED)
        .map(reason -> RunResult.NotStarted.because(reason, run.progress()))
        .or(() -> changeDuringWait(run))
        .map(Stage::<Planned>ended)
        .orElseGet(() -> Stage.of(this));
  }

  private Optional<RunResult.NotStarted> changeDuringWait(RunContext run) {
    DomainStatus before = target.before();
    Tried<DomainStatus> read = Tried.of(() -> DomainStatus.after(run.domain(), before));
    if (read.failure().isPresent()) {
      return Optional.of(RunResult.NotStarted.because(read.failure().get(), run.progress()));
    }
    DomainStatus now = read.value().orElseThrow();
    if (now.isSameStateAs(before)
        && now.id().equals(before.id())
        && now.currentSnapshot().equals(before.currentSnapshot())) {
      return Optional.empty();
    }
    return Optional.of(
        RunResult.NotStarted.because(
            "the domain has changed while it waited for the others: it was "
                + before
                + " and is now "
                + now
                + "; way out: revert again",
            run.progress()));
  }

  private static Stage<Planned> guarded(RunContext run, RunTarget first) {
    RetryPolicy retries = run.settings().retries();
    RunTarget target = first;
    for (int plansMade = 1; ; plansMade++) {
      Tried<RevertPlan> planned = Tried.of(plan(run, target));
      if (planned.failure().isPresent()) {
        return notStarted(run, planned.failure().get());
      }
      RevertPlan plan = planned.value().orElseThrow();
      Optional<String> objection = PreflightCheck.to(plan, run.settings());
      if (objection.isEmpty()) {
        plan.earliestStart().ifPresent(Planned::await);
        return Stage.of(new Planned(target, PredictedChanges.of(plan), Optional.of(plan)));
      }
      if (!run.gate().isOpen() || !retries.allowsAnotherPlan(plan, plansMade)) {
        return Stage.ended(RunResult.NotStarted.because(objection.get(), run.progress()));
      }
      if (!retries.waits()) {
        return Stage.ended(
            RunResult.NotStarted.because(objection.get() + INTERRUPTED, run.progress()));
      }
      Tried<RunTarget> found = Tried.of(() -> findAgain(run));
      if (found.failure().isPresent()) {
        return Stage.ended(RunTarget.notFound(run, found.failure().get()));
      }
      target = found.value().orElseThrow();
    }
  }

  private static Tried.Step<RevertPlan> plan(RunContext run, RunTarget target) {
    return () -> {
      RevertPlan plan = target.plan(run);
      run.update(progress -> progress.withContents(plan.contents()));
      run.reporter().planned(plan);
      return plan;
    };
  }

  private static Stage<Planned> notStarted(RunContext run, Throwable failure) {
    return Stage.ended(RunResult.NotStarted.because(failure, run.progress()));
  }

  /** The domain, its snapshots and the other domains can have changed during the wait. */
  private static RunTarget findAgain(RunContext run) throws LibvirtException, SelectionException {
    run.snapshots().clear();
    run.inventory().changed(run.request().uuid());
    run.resetRequest();
    return RunTarget.find(run);
  }

  /** The clock of the host may be a little slow. */
  private static void await(Instant time) {
    Uninterruptibles.sleepUninterruptibly(Duration.between(Instant.now(), time.plus(CLOCKS_APART)));
  }

  private static Stage<Planned> unguarded(RunContext run, RunTarget target) {
    Tried<PredictedChanges> changes = Tried.of(() -> target.predictedChanges(run));
    if (changes.failure().isPresent()) {
      return Stage.ended(RunResult.NotStarted.because(changes.failure().get(), run.progress()));
    }
    PredictedChanges known = changes.value().orElseThrow();
    run.update(progress -> progress.withContents(known.contents()));
    return Stage.of(new Planned(target, known, Optional.empty()));
  }
}
