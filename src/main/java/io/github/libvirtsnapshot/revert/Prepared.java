package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import java.util.Optional;

/**
 * The third stage of a run: the journal and the safety snapshot are written.
 *
 * @param safety the safety snapshot, if one was created
 */
record Prepared(Planned planned, Optional<SafetySnapshot> safety) {
  /**
   * Writes the journal and creates the safety snapshot, as the settings say. A revert that was
   * cancelled by now gets neither.
   */
  static Stage<Prepared> of(RunContext run, Planned planned) {
    if (!run.gate().isOpen()) {
      return Stage.of(new Prepared(planned, Optional.empty()));
    }
    Optional<SafetySnapshot> safety =
        planned
            .plan()
            .filter(made -> run.settings().has(Option.SAFETY_SNAPSHOT))
            .map(made -> SafetySnapshot.of(run.domain(), made.safety()));
    return journal(run, planned.target(), safety)
        .map(Stage::<Prepared>ended)
        .orElseGet(() -> take(run, new Prepared(planned, safety)));
  }

  /** Returns the domain before the revert, and the snapshot. */
  RunTarget target() {
    return planned.target();
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
      return Stage.ended(RunResult.NotStarted.because(run.gate().whyClosed(), run.progress()));
    }
    Optional<Throwable> failure =
        Tried.failure(() -> snapshot.take(prepared.target().request(), prepared.target().before()));
    if (failure.isPresent()) {
      prepared.discardSafetySnapshot(run);
      return Stage.ended(
          RunResult.NotStarted.withoutSafetySnapshot(failure.get(), run.progress(), run.observe()));
    }
    run.reporter().safetySnapshotCreated(prepared.target().request(), snapshot.name());
    return Tried.of(() -> snapshot.refusal(run, prepared.planned().plan().orElseThrow()))
        .value()
        .flatMap(refusal -> refusal)
        .map(refusal -> notRestorable(run, prepared, refusal))
        .orElseGet(() -> Stage.of(prepared));
  }

  private static Stage<Prepared> notRestorable(RunContext run, Prepared prepared, Refusal refusal) {
    prepared.discardSafetySnapshot(run);
    return Stage.ended(
        RunResult.NotStarted.because(PreflightCheck.toRestoring(refusal), run.progress()));
  }

  /** Waits until all runs have a safety snapshot; ends the run if one of them has failed. */
  Stage<Prepared> afterOthers(RunContext run) {
    Optional<String> reason = run.barrier().await(StageBarrier.Stage.PREPARED);
    if (reason.isEmpty()) {
      return Stage.of(this);
    }
    discardSafetySnapshot(run);
    return Stage.ended(RunResult.NotStarted.because(reason.get(), run.progress()));
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
