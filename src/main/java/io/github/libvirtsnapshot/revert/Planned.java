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
    if (target.guestObstacle().isPresent() && !run.settings().has(Option.UNDOING)) {
      return Stage.ended(
          RunResult.NotStarted.because(target.guestObstacle().get(), run.progress()));
    }
    return run.settings().plansFirst() ? guarded(run, target) : unguarded(run, target);
  }

  private static Stage<Planned> guarded(RunContext run, RunTarget target) {
    Tried<RevertPlan> planned = Tried.of(() -> target.plan(run));
    if (planned.failure().isPresent()) {
      return Stage.ended(RunResult.NotStarted.because(planned.failure().get(), run.progress()));
    }
    RevertPlan plan = planned.value().orElseThrow();
    run.update(progress -> progress.withContents(plan.contents()));
    run.reporter().planned(plan);
    Optional<String> objection = PreflightCheck.to(plan, run.settings());
    if (objection.isPresent()) {
      return Stage.ended(RunResult.NotStarted.because(objection.get(), run.progress()));
    }
    plan.earliestStart().ifPresent(Planned::await);
    return Stage.of(new Planned(target, PredictedChanges.of(plan), Optional.of(plan)));
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
