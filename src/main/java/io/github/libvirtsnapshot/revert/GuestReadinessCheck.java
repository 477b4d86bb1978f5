package io.github.libvirtsnapshot.revert;

import com.google.common.base.Stopwatch;
import com.google.common.collect.Comparators;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import java.time.Duration;

/** Waits until the guest of a reverted domain responds, and sets its clock if requested. */
final class GuestReadinessCheck {
  private final RunContext run;
  private final DomainStatus reverted;
  private final Duration patience;

  private GuestReadinessCheck(RunContext run, DomainStatus reverted) {
    this.run = run;
    this.reverted = reverted;
    this.patience = run.settings().patience().orElseThrow();
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
    Tried<GuestStatus> awaited = Tried.of(() -> GuestAgent.of(run.domain()).await(patience));
    if (awaited.failure().isPresent()) {
      return silent(waited.elapsed(), awaited.failure().get());
    }
    GuestStatus guest = awaited.value().orElseThrow();
    run.update(progress -> progress.withGuest(guest));
    return run.settings().has(Option.SETTING_CLOCK)
        ? setClock(guest, patience.minus(waited.elapsed()))
        : new RunResult.Reverted(reverted);
  }

  private RunResult silent(Duration waited, Throwable failure) {
    run.update(progress -> progress.withGuest(GuestStatus.silent(waited)));
    return failure instanceof InterruptedException
        ? new RunResult.GuestSilent("the thread was interrupted", null, observe())
        : new RunResult.GuestSilent(ErrorFormatter.of(failure), failure, observe());
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
