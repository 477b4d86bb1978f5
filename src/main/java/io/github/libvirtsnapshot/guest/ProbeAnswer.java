package io.github.libvirtsnapshot.guest;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Duration;
import java.util.Optional;

/**
 * The answer of a {@link Probe}.
 *
 * @param reason why the guest is not ready, escaped; empty if it is ready
 * @param failure the last exception of the probe, if there was one
 * @param frozen whether the guest's file systems are frozen, as far as the probe knows
 */
record ProbeAnswer(
    Outcome outcome, Optional<String> reason, Optional<Throwable> failure, boolean frozen) {
  static ProbeAnswer ready(boolean frozen) {
    return new ProbeAnswer(Outcome.READY, Optional.empty(), Optional.empty(), frozen);
  }

  static ProbeAnswer because(Outcome outcome, String reason) {
    return new ProbeAnswer(outcome, Optional.of(reason), Optional.empty(), false);
  }

  static ProbeAnswer because(Outcome outcome, Throwable failure) {
    return new ProbeAnswer(outcome, Optional.of(words(failure)), Optional.of(failure), false);
  }

  /** Returns the message of an exception on one line; libvirt's messages are escaped already. */
  static String words(Throwable failure) {
    return failure instanceof LibvirtException e
        ? e.getMessage()
        : LogEscaper.escapeForeign(failure.toString());
  }

  ProbeResult result(String name, Duration elapsed) {
    return new ProbeResult(name, outcome, elapsed, reason);
  }
}
