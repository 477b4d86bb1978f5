package io.github.libvirtsnapshot.fleet;

import com.google.common.collect.Ordering;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Counts the results of a run, and estimates how long the rest will take. */
final class ProgressCounter {
  private static final class OfHost {
    private int total;
    private int done;
    private Optional<Long> begun = Optional.empty();

    private double seconds(long now) {
      return begun.map(first -> (now - first) / 1e9).orElse(0.0);
    }
  }

  private final LongSupplier nanoTime;
  private final Optional<Duration> deadline;
  private final long begun;
  private final Map<String, OfHost> hosts = new HashMap<>();
  private int total;
  private int reverted;
  private int failed;

  /**
   * Creates a counter.
   *
   * @param nanoTime the time, as {@link System#nanoTime} returns it
   * @param deadline the time from now until the deadline of the run
   */
  ProgressCounter(LongSupplier nanoTime, Optional<Duration> deadline) {
    this.nanoTime = nanoTime;
    this.deadline = deadline;
    this.begun = nanoTime.getAsLong();
  }

  private OfHost host(String uri) {
    return hosts.computeIfAbsent(uri, key -> new OfHost());
  }

  synchronized void expected(String uri, int more) {
    host(uri).total += more;
    total += more;
  }

  synchronized void started(String uri) {
    OfHost host = host(uri);
    host.begun = Optional.of(host.begun.orElseGet(nanoTime::getAsLong));
  }

  synchronized void finished(String uri, boolean isReverted) {
    host(uri).done++;
    if (isReverted) {
      reverted++;
    } else {
      failed++;
    }
  }

  /** Counts a domain that was reverted, and whose revert was undone, as one that failed. */
  synchronized void undone() {
    reverted--;
    failed++;
  }

  synchronized FleetProgress progress() {
    long now = nanoTime.getAsLong();
    Map<String, Double> perMinute = new HashMap<>();
    double longest = 0;
    boolean known = true;
    for (Map.Entry<String, OfHost> entry : hosts.entrySet()) {
      OfHost host = entry.getValue();
      double seconds = host.seconds(now);
      int left = host.total - host.done;
      if (host.done > 0 && seconds > 0) {
        perMinute.put(entry.getKey(), host.done * 60 / seconds);
        longest = Math.max(longest, left * seconds / host.done);
      } else {
        known &= left == 0;
      }
    }
    Duration elapsed = Duration.ofNanos(now - begun);
    return new FleetProgress(
        total,
        reverted,
        failed,
        elapsed,
        perMinute,
        known ? Optional.of(remaining(longest, elapsed)) : Optional.empty());
  }

  private Duration remaining(double seconds, Duration elapsed) {
    Duration estimate = Duration.ofMillis(Math.round(seconds * 1000));
    return deadline
        .map(all -> Ordering.natural().max(all.minus(elapsed), Duration.ZERO))
        .map(left -> Ordering.natural().min(left, estimate))
        .orElse(estimate);
  }
}
