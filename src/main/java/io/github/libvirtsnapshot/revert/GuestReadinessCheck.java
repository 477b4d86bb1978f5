package io.github.libvirtsnapshot.revert;

import com.google.common.base.Stopwatch;
import com.google.common.collect.Comparators;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.guest.GuestNotReadyException;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.revert.RevertSettings.GuestWait;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import java.time.Duration;

/** Waits until the guest of a reverted domain is ready, and sets its clock if requested. */
final class GuestReadinessCheck {
  private final RunContext run;
  private final DomainStatus reverted;
  private final GuestWait wait;

  private GuestReadinessCheck(RunContext run, DomainStatus reverted) {
    this.run = run;
    this.reverted = reverted;
    this.wait = run.settings().guestWait().orElseThrow();
  }

  /**
   * Waits, and returns the result of the run.
   *
   * @param reverted the domain right after the revert
   */
  static RunResult of(RunContext run, DomainStatus reverted) {
    run.reporter().awaitingGuest(run.request(), reverted);
    run.update(progress -> progress.withReverted(reverted));
    return new GuestReadinessCheck(run, reverted).check();
  }

  private RunResult check() {
    Stopwatch waited = Stopwatch.createStarted();
    GuestStatus guest;
    try {
      guest = wait.probe().await(run.domain(), wait.atMost());
    } catch (GuestNotReadyException e) {
      run.update(progress -> progress.withGuest(e.status()));
      return new RunResult.GuestSilent(e.getCause(), observe());
    }
    run.update(progress -> progress.withGuest(guest));
    return run.settings().has(Option.SETTING_CLOCK) && !run.barrier().leavesGuest()
        ? setClock(guest, wait.atMost().minus(waited.elapsed()))
        : new RunResult.Reverted(reverted);
  }

  private RunResult setClock(GuestStatus guest, Duration rest) {
    Tried<ClockSetting> setting =
        Tried.of(
            () ->
                GuestAgent.of(run.domain())
                    .respondingWithin(Comparators.max(rest, GuestAgent.SHORTEST))
                    .setClock());
    if (setting.failure().isPresent()) {
      return new RunResult.ClockNotSet(setting.failure().get(), observe());
    }
    run.update(progress -> progress.withGuest(guest.withClock(setting.value().orElseThrow())));
    return new RunResult.Reverted(reverted);
  }

  private DomainObservation observe() {
    return run.observe().or(DomainObservation.of(reverted));
  }
}
