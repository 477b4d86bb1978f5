package io.github.libvirtsnapshot.fleet;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Measures the time from the first guest that is resumed to the last one. */
final class ResumeSpread {
  private final LongSupplier nanoTime;
  private Optional<Long> first = Optional.empty();
  private Optional<Long> last = Optional.empty();

  /**
   * Creates a measurement without a guest.
   *
   * @param nanoTime the time, as {@link System#nanoTime} returns it
   */
  ResumeSpread(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Notes that a guest was resumed now. */
  synchronized void resumed() {
    long now = nanoTime.getAsLong();
    first = Optional.of(first.orElse(now));
    last = Optional.of(now);
  }

  /** Returns the time; empty if no guest was resumed. */
  synchronized Optional<Duration> duration() {
    return first.map(begin -> Duration.ofNanos(last.orElseThrow() - begin));
  }
}
