package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.analysis.PartialRevert;
import io.github.libvirtsnapshot.plan.analysis.Planner;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The fourth stage of a run: libvirt was called to revert, and the status of the domain was read.
 *
 * @param failure the failure of the last attempt, if it failed
 * @param after the domain after the last attempt
 */
record Attempted(Prepared prepared, Optional<RunResult.Failed> failure, DomainObservation after) {
  /**
   * Calls libvirt, and repeats the call as the settings say, when no other revert on the host
   * creates overlays that could get the same names.
   */
  static Stage<Attempted> of(RunContext run, Prepared prepared) {
    Set<String> overlays =
        target(run, prepared).map(SnapshotDescription::newOverlays).orElse(Set.of());
    return run.inventory().overlayTurns().run(overlays, () -> begin(run, prepared));
  }

  private static Stage<Attempted> begin(RunContext run, Prepared prepared) {
    if (run.gate().isOpen()) {
      run.reporter().reverting(prepared.target().request(), prepared.target().before());
    }
    run.update(progress -> progress.withBegun(Optional.of(Instant.now())));
    if (!run.gate().pass()) {
      run.update(progress -> progress.withBegun(Optional.empty()));
      prepared.discardSafetySnapshot(run);
      return Stage.ended(RunResult.NotStarted.because(run.gate().whyClosed(), run.progress()));
    }
    return Stage.of(attempts(run, prepared));
  }

  private static Attempted attempts(RunContext run, Prepared prepared) {
    RetryPolicy retries = run.settings().retries();
    while (true) {
      Optional<Throwable> failure = attempt(run, prepared);
      DomainObservation after = run.observe();
      if (failure.isEmpty()) {
        return new Attempted(prepared, Optional.empty(), after);
      }
      List<RevertAttempt> made = run.progress().attempts();
      if (after.status().isEmpty() || !retries.allows(failure.get(), made.size())) {
        return failed(run, prepared, new RunResult.Failed(failure.get(), after, false));
      }
      run.reporter().retrying(run.request(), made.get(made.size() - 1));
      if (!retries.waits()) {
        return failed(run, prepared, new RunResult.Failed(failure.get(), after, true));
      }
    }
  }

  /** If the library queries what the failure has changed, it observes the domain again after it. */
  private static Attempted failed(RunContext run, Prepared prepared, RunResult.Failed failure) {
    if (!mayHaveChangedDomain(prepared, failure)) {
      return new Attempted(prepared, Optional.of(failure), failure.after());
    }
    RunResult.Failed last =
        failure.leaving(partialRevert(run, prepared, failure.after())).observedAgain(run.observe());
    return new Attempted(prepared, Optional.of(last), last.after());
  }

  /** A rollback restores the disks and the definition. */
  private static boolean mayHaveChangedDomain(Prepared prepared, RunResult.Failed failure) {
    return prepared.safety().isEmpty() && failure.after().mayBePartlyReverted();
  }

  /** Returns the snapshot, if a prediction for this driver has read its XML. */
  private static Optional<SnapshotDescription> target(RunContext run, Prepared prepared) {
    return run.snapshots().known(prepared.target().request().snapshot().orElseThrow());
  }

  private static PartialRevert partialRevert(
      RunContext run, Prepared prepared, DomainObservation after) {
    boolean changes = prepared.planned().changes().changesDefinition();
    return target(run, prepared)
        .flatMap(
            target ->
                Tried.of(
                        () ->
                            after.isLeftPaused()
                                ? Planner.leftPaused(run.domain(), List.of(target))
                                : Planner.partialRevert(run.domain(), target, changes))
                    .value())
        .orElse(PartialRevert.NONE);
  }

  /** Calls libvirt once, and returns the exception, if there was one. */
  private static Optional<Throwable> attempt(RunContext run, Prepared prepared) {
    long start = System.nanoTime();
    Optional<Throwable> failure =
        Tried.failure(
            () ->
                run.domain()
                    .revertToSnapshot(prepared.target().snapshot(), run.settings().revertFlags()));
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
    int number = run.progress().attempts().size() + 1;
    run.update(
        progress ->
            progress.with(new RevertAttempt(number, failure.map(Attempted::error), elapsed)));
    return failure;
  }

  private static LibvirtError error(Throwable failure) {
    return failure instanceof LibvirtException e
        ? e.getError()
        : LibvirtError.none(failure.toString());
  }
}
