package io.github.libvirtsnapshot.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Counts what is told during a run. */
final class Tally {
  private static final class OfHost {
    private int total;
    private int done;
    private Optional<Instant> begun = Optional.empty();

    private double seconds(Instant now) {
      return begun.map(first -> Duration.between(first, now).toNanos() / 1e9).orElse(0.0);
    }
  }

  private final Instant begun = Instant.now();
  private final Map<String, OfHost> hosts = new HashMap<>();
  private int total;
  private int reverted;
  private int failed;

  private OfHost host(String uri) {
    return hosts.computeIfAbsent(uri, key -> new OfHost());
  }

  synchronized void expected(String uri, int more) {
    host(uri).total += more;
    total += more;
  }

  synchronized void started(String uri) {
    OfHost host = host(uri);
    host.begun = Optional.of(host.begun.orElseGet(Instant::now));
  }

  synchronized void told(String uri, boolean isReverted) {
    host(uri).done++;
    if (isReverted) {
      reverted++;
    } else {
      failed++;
    }
  }

  synchronized FleetProgress progress() {
    Instant now = Instant.now();
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
    return new FleetProgress(
        total,
        reverted,
        failed,
        Duration.between(begun, now),
        perMinute,
        known ? Optional.of(Duration.ofMillis(Math.round(longest * 1000))) : Optional.empty());
  }
}
