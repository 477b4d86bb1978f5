package io.github.libvirtsnapshot.revert;

import com.google.common.util.concurrent.Uninterruptibles;
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
  private static final Duration CLOCKS_APART = Duration.ofMillis(100);

  /** Plans as the settings say, and ends the run if the plan or the guest prevents the revert. */
  static Stage<Planned> of(RunContext run, RunTarget target) {
    return of(run, target, 1);
  }

  private static Stage<Planned> of(RunContext run, RunTarget target, int number) {
    if (target.guestObstacle().isPresent() && !run.settings().has(Option.UNDOING)) {
      return Stage.ended(
          RunResult.NotStarted.because(target.guestObstacle().get(), run.progress()));
    }
    return run.settings().plansFirst() ? guarded(run, target, number) : unguarded(run, target);
  }

  private static Stage<Planned> guarded(RunContext run, RunTarget target, int number) {
    Tried<RevertPlan> planned = Tried.of(() -> target.plan(run));
    if (planned.failure().isPresent()) {
      return Stage.ended(RunResult.NotStarted.because(planned.failure().get(), run.progress()));
    }
    RevertPlan plan = planned.value().orElseThrow();
    run.update(progress -> progress.withContents(plan.contents()));
    run.reporter().planned(plan);
    Optional<String> objection = PreflightCheck.to(plan, run.settings());
    if (objection.isEmpty()) {
      plan.earliestStart().ifPresent(Planned::await);
      return Stage.of(new Planned(target, PredictedChanges.of(plan), Optional.of(plan)));
    }
    RetryPolicy retries = run.settings().retries();
    if (!run.gate().isOpen() || !retries.allowsAnotherPlan(plan, number)) {
      return Stage.ended(RunResult.NotStarted.because(objection.get(), run.progress()));
    }
    return retries.waits()
        ? planAgain(run, number + 1)
        : Stage.ended(
            RunResult.NotStarted.because(
                objection.get() + "; the thread was interrupted while it waited for the next plan",
                run.progress()));
  }

  /** The domain and its snapshots can have changed during the wait. */
  private static Stage<Planned> planAgain(RunContext run, int number) {
    run.snapshots().clear();
    run.update(progress -> progress.withRequest(run.settings().request()));
    Tried<RunTarget> found = Tried.of(() -> RunTarget.find(run));
    return found.failure().isPresent()
        ? Stage.ended(RunResult.NotStarted.because(found.failure().get(), run.progress()))
        : of(run, found.value().orElseThrow(), number);
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
