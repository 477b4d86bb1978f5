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

/** Waits for the guest of a domain that was reverted, and sets its clock if that is requested. */
final class GuestVisit {
  private final RunContext run;
  private final DomainStatus reverted;
  private final Duration patience;

  private GuestVisit(RunContext run, DomainStatus reverted) {
    this.run = run;
    this.reverted = reverted;
    this.patience = run.settings().patience().orElseThrow();
  }

  /**
   * Waits, and returns how the run ends.
   *
   * @param reverted the domain as it was right after the revert
   */
  static Ending of(RunContext run, DomainStatus reverted) {
    run.reporter().awaitingGuest(run.request(), reverted);
    run.update(progress -> progress.withReverted(reverted));
    return new GuestVisit(run, reverted).visit();
  }

  private Ending visit() {
    Stopwatch waited = Stopwatch.createStarted();
    Tried<GuestStatus> awaited = Tried.of(() -> GuestAgent.of(run.domain()).await(patience));
    if (awaited.failure().isPresent()) {
      return silent(waited.elapsed(), awaited.failure().get());
    }
    GuestStatus guest = awaited.value().orElseThrow();
    run.update(progress -> progress.withGuest(guest));
    return run.settings().has(Option.SETTING_CLOCK)
        ? setClock(guest, patience.minus(waited.elapsed()))
        : new Ending.Reverted(reverted);
  }

  private Ending silent(Duration waited, Throwable failure) {
    run.update(progress -> progress.withGuest(GuestStatus.silent(waited)));
    return failure instanceof InterruptedException
        ? new Ending.GuestSilent("the thread was interrupted", null, look())
        : new Ending.GuestSilent(ErrorText.of(failure), failure, look());
  }

  private Ending setClock(GuestStatus guest, Duration rest) {
    Tried<ClockSetting> setting =
        Tried.of(
            () ->
                GuestAgent.of(run.domain())
                    .answeringWithin(Comparators.max(rest, GuestAgent.SHORTEST))
                    .setClock());
    if (setting.failure().isPresent()) {
      return new Ending.ClockNotSet(setting.failure().get(), look());
    }
    run.update(progress -> progress.withGuest(guest.withClock(setting.value().orElseThrow())));
    return new Ending.Reverted(reverted);
  }

  private Look look() {
    return run.look().or(Look.of(reverted));
  }
}
