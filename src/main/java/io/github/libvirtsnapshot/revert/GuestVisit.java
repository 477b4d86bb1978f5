package io.github.libvirtsnapshot.revert;

import com.google.common.base.Stopwatch;
import com.google.common.collect.Comparators;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Duration;
import java.util.Optional;

/** Waits for the guest of a domain that was reverted, and sets its clock if that is requested. */
final class GuestVisit {
  private final Domain domain;
  private final RevertSettings settings;
  private final RevertProgress progress;

  GuestVisit(Domain domain, RevertSettings settings, RevertProgress progress) {
    this.domain = domain;
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Returns why the guest will never answer, if that is known beforehand.
   *
   * @param definition what the domain will be
   */
  static Optional<String> obstacle(RevertRequest request, XmlNode definition) {
    if (!request.targetState().equals(Optional.of(DomainState.RUNNING))) {
      return Optional.of(
          "its guest was to be awaited, but the domain would be left "
              + request.targetState().map(DomainState::words).orElse("in another state")
              + "; way out: running()");
    }
    return GuestAgent.hasChannel(definition)
        ? Optional.empty()
        : Optional.of(
            "its guest was to be awaited, but in the snapshot the domain has no channel for a guest"
                + " agent: <channel type='unix'><target type='virtio'"
                + " name='org.qemu.guest_agent.0'/></channel>");
  }

  /** Waits, and returns how the run ends. */
  Ending visit(DomainStatus reverted) {
    progress.setReverted(reverted);
    Stopwatch waited = Stopwatch.createStarted();
    GuestStatus guest;
    try {
      guest = GuestAgent.of(domain).await(settings.patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return silent(waited.elapsed(), "the thread was interrupted", null);
    } catch (LibvirtException | RuntimeException | Error e) {
      return silent(waited.elapsed(), ErrorText.of(e), e);
    }
    progress.setGuest(guest);
    return settings.settingClock
        ? setClock(guest, settings.patience.minus(waited.elapsed()))
        : new Ending.Reverted(reverted);
  }

  private Ending silent(Duration waited, String reason, Throwable cause) {
    progress.setGuest(GuestStatus.silent(waited));
    return new Ending.GuestSilent(reason, cause, look());
  }

  private Ending setClock(GuestStatus guest, Duration rest) {
    try {
      ClockSetting setting =
          GuestAgent.of(domain)
              .answeringWithin(Comparators.max(rest, GuestAgent.SHORTEST))
              .setClock();
      progress.setGuest(guest.withClock(setting));
      return new Ending.Reverted(progress.reverted().orElseThrow());
    } catch (LibvirtException | RuntimeException | Error e) {
      return new Ending.ClockNotSet(e, look());
    }
  }

  private Look look() {
    return Look.at(domain, progress.before().orElseThrow())
        .or(Look.of(progress.reverted().orElseThrow()));
  }
}
