package io.github.libvirtsnapshot.revert;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The second stage of a run: the plan, the journal and the safety snapshot.
 *
 * @param safety the safety snapshot, if one was created
 */
record Prepared(RunTarget target, Optional<SafetySnapshot> safety) {
  private static final Duration CLOCKS_APART = Duration.ofMillis(100);

  /** Plans, writes the journal, and creates the safety snapshot, as the settings say. */
  static Stage<Prepared> of(RunContext run, RunTarget target) {
    if (target.guestObstacle().isPresent() && !run.settings().has(Option.UNDOING)) {
      return Stage.ended(
          RunResult.NotStarted.because(target.guestObstacle().get(), run.progress()));
    }
    Stage<Optional<RevertPlan>> planned =
        run.settings().plansFirst() ? guarded(run, target) : unguarded(run, target);
    return planned.then(plan -> prepare(run, target, plan));
  }

  private static Stage<Optional<RevertPlan>> guarded(RunContext run, RunTarget target) {
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
    plan.earliestStart().ifPresent(Prepared::await);
    return Stage.of(Optional.of(plan));
  }

  /** The clock of the host may be a little slow. */
  private static void await(Instant time) {
    Uninterruptibles.sleepUninterruptibly(Duration.between(Instant.now(), time.plus(CLOCKS_APART)));
  }

  private static Stage<Optional<RevertPlan>> unguarded(RunContext run, RunTarget target) {
    Tried<List<RestoredPart>> contents = Tried.of(() -> target.contents(run));
    if (contents.failure().isPresent()) {
      return Stage.ended(RunResult.NotStarted.because(contents.failure().get(), run.progress()));
    }
    run.update(progress -> progress.withContents(contents.value().orElseThrow()));
    return Stage.of(Optional.empty());
  }

  /** A revert that was cancelled by now gets neither a journal entry nor a safety snapshot. */
  private static Stage<Prepared> prepare(
      RunContext run, RunTarget target, Optional<RevertPlan> plan) {
    if (!run.gate().isOpen()) {
      return Stage.of(new Prepared(target, Optional.empty()));
    }
    Optional<SafetySnapshot> safety =
        plan.filter(made -> run.settings().has(Option.SAFETY_SNAPSHOT))
            .map(made -> SafetySnapshot.of(run.domain(), made.safety().kind().orElseThrow()));
    return journal(run, target, safety)
        .map(Stage::<Prepared>ended)
        .orElseGet(() -> take(run, new Prepared(target, safety)));
  }

  private static Optional<RunResult> journal(
      RunContext run, RunTarget target, Optional<SafetySnapshot> safety) {
    RevertIntent intent =
        new RevertIntent(target.request(), target.before(), safety.map(SafetySnapshot::name));
    return Tried.failure(() -> run.settings().journal().write(intent))
        .map(failure -> RunResult.NotStarted.notJournaled(failure, run.progress()));
  }

  private static Stage<Prepared> take(RunContext run, Prepared prepared) {
    if (prepared.safety.isEmpty()) {
      return Stage.of(prepared);
    }
    SafetySnapshot snapshot = prepared.safety.get();
    run.update(progress -> progress.withSafetySnapshot(snapshot.name()));
    if (!run.gate().isOpen()) {
      run.update(progress -> progress.withSafetySnapshotDeleted(snapshot.name(), Optional.empty()));
      return Stage.ended(RunResult.NotStarted.cancelled(run.progress()));
    }
    Optional<Throwable> failure =
        Tried.failure(() -> snapshot.take(prepared.target.request(), prepared.target.before()));
    if (failure.isPresent()) {
      prepared.discardSafetySnapshot(run);
      return Stage.ended(
          RunResult.NotStarted.withoutSafetySnapshot(failure.get(), run.progress(), run.observe()));
    }
    run.reporter().safetySnapshotCreated(prepared.target.request(), snapshot.name());
    return Stage.of(prepared);
  }

  /** Deletes the safety snapshot, which is no longer needed. */
  void discardSafetySnapshot(RunContext run) {
    safety.ifPresent(
        snapshot -> {
          Optional<Throwable> obstacle = snapshot.discard();
          run.update(progress -> progress.withSafetySnapshotDeleted(snapshot.name(), obstacle));
        });
  }
}
