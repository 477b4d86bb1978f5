package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.internal.StageBarrier.Stage;
import io.github.libvirtsnapshot.internal.Tried;
import java.util.Optional;

/** Resumes a guest that was reverted paused, when all domains of the run are reverted. */
final class GuestResumption {
  private GuestResumption() {}

  /**
   * Waits for the other runs, resumes the guest, and returns the result of the run.
   *
   * @param reverted the domain right after the revert
   */
  static RunResult of(RunContext run, DomainStatus reverted) {
    run.update(progress -> progress.withReverted(reverted));
    Optional<String> obstacle = run.barrier().await(Stage.REVERTED);
    if (obstacle.isPresent()) {
      return RunResult.NotResumed.because(obstacle.get(), reverted);
    }
    DomainObservation waiting = run.observe();
    if (waiting.status().filter(now -> isChanged(now, reverted)).isPresent()) {
      return RunResult.NotResumed.changed(waiting);
    }
    Optional<Throwable> failure = Tried.failure(() -> run.domain().resume());
    DomainObservation after = run.observe();
    Optional<DomainStatus> running =
        after.status().filter(status -> status.state() == DomainState.RUNNING);
    if (running.isEmpty()) {
      return RunResult.NotResumed.observed(failure, after);
    }
    run.barrier().resumed();
    run.update(progress -> progress.withReverted(running.get()));
    return new RunResult.Reverted(running.get());
  }

  private static boolean isChanged(DomainStatus now, DomainStatus reverted) {
    return !now.isSameStateAs(reverted) || !now.isSameProcessAs(reverted);
  }
}
