package io.github.libvirtsnapshot.guest;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import java.time.Duration;

/** Repeats a check until it succeeds. */
record CheckProbe(String name, GuestCheck check) implements Probe {
  @Override
  public boolean needsAgent() {
    return false;
  }

  @Override
  public ProbeAnswer await(Domain domain, Duration atMost) throws InterruptedException {
    RepeatedCheck repeated;
    try {
      repeated = RepeatedCheck.start(name, check, domain);
    } catch (LibvirtException | RuntimeException | Error e) {
      return ProbeAnswer.because(Outcome.FAILED, e);
    }
    return repeated.await(atMost);
  }
}
