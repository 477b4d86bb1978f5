package io.github.libvirtsnapshot.guest;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import io.github.libvirtsnapshot.internal.Tried;
import java.time.Duration;

/** Repeats a check until it succeeds. */
record CheckProbe(String name, GuestCheck check) implements Probe {
  @Override
  public boolean needsAgent() {
    return false;
  }

  @Override
  public ProbeAnswer await(Domain domain, Duration atMost) throws InterruptedException {
    Tried<RepeatedCheck> started = Tried.of(() -> RepeatedCheck.start(name, check, domain));
    if (started.failure().isPresent()) {
      return ProbeAnswer.because(Outcome.FAILED, started.failure().get());
    }
    return started.value().orElseThrow().await(atMost);
  }
}
