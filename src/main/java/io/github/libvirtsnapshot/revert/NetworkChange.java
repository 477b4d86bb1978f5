package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.GuestNetwork;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import java.util.Optional;

/** Takes the links of a reverted guest down or up, and resumes the guest, as the settings say. */
final class NetworkChange {
  private final RunContext run;
  private final DomainStatus reverted;
  private final GuestNetwork network;

  private NetworkChange(RunContext run, DomainStatus reverted) {
    this.run = run;
    this.reverted = reverted;
    this.network = GuestNetwork.of(run.domain());
  }

  /**
   * Changes the links, and returns the result of the run.
   *
   * @param reverted the domain right after the revert
   */
  static RunResult of(RunContext run, DomainStatus reverted) {
    NetworkChange change = new NetworkChange(run, reverted);
    if (run.settings().isolates()) {
      return change.isolate();
    }
    RunResult result =
        run.settings().resumesTogether()
            ? GuestResumption.of(run, reverted)
            : new RunResult.Reverted(reverted);
    return result instanceof RunResult.Reverted resumed
            && run.settings().has(Option.RECONNECTING_NETWORK)
            && !run.barrier().leavesGuest()
        ? new NetworkChange(run, resumed.status()).reconnect()
        : result;
  }

  private RunResult reconnect() {
    Optional<Throwable> failure = Tried.of(network::reconnect).failure();
    return failure.isPresent()
        ? new RunResult.LinksNotSet(failure.get(), run.observe().or(DomainObservation.of(reverted)))
        : new RunResult.Reverted(reverted);
  }

  /** The guest is paused, and is resumed only if all links are down. */
  private RunResult isolate() {
    Optional<Throwable> failure = Tried.of(network::disconnect).failure();
    return failure.isEmpty() && run.settings().resumesTogether()
        ? GuestResumption.of(run, reverted)
        : resume(failure);
  }

  private RunResult resume(Optional<Throwable> disconnectFailure) {
    Optional<Throwable> failure =
        disconnectFailure.or(() -> Tried.failure(() -> run.domain().resume()));
    DomainObservation after = run.observe();
    if (failure.isPresent()) {
      return new RunResult.LinksNotSet(failure.get(), after);
    }
    return after
        .status()
        .filter(status -> status.state() == DomainState.RUNNING)
        .<RunResult>map(RunResult.Reverted::new)
        .orElseGet(() -> new RunResult.WrongState(after, Optional.empty()));
  }
}
