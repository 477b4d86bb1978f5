package io.github.libvirtsnapshot.fleet;

import static com.google.common.base.Preconditions.checkNotNull;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The progress of a fleet run.
 *
 * @param total the number of domains that are known so far; a host whose domains are not listed yet
 *     counts as one
 * @param reverted the number of domains that were reverted
 * @param failed the number of domains that were not reverted
 * @param elapsed the time since the start of the run
 * @param perMinute for each host (by URI), the number of domains finished per minute, since its
 *     first domain was started; a host without a finished domain is left out
 * @param remaining the estimated time until the end of the run, at most the time until the
 *     deadline. The estimate assumes that each host continues at its rate so far. Empty until each
 *     host with unfinished domains has finished one
 */
public record FleetProgress(
    int total,
    int reverted,
    int failed,
    Duration elapsed,
    Map<String, Double> perMinute,
    Optional<Duration> remaining) {

  /** Copies the map. No component may be null. */
  public FleetProgress {
    checkNotNull(elapsed, "elapsed is null");
    checkNotNull(perMinute, "perMinute is null");
    checkNotNull(remaining, "remaining is null");
    perMinute = Map.copyOf(perMinute);
  }

  /** Returns the number of domains that are not finished yet. */
  public int left() {
    return total - reverted - failed;
  }

  /** Returns one line, as in {@code 12 of 40 reverted, 1 not reverted; about 30 s left}. */
  @Override
  public String toString() {
    return reverted
        + " of "
        + total
        + " reverted"
        + (failed == 0 ? "" : ", " + failed + " not reverted")
        + remaining
            .filter(time -> left() > 0)
            .map(time -> "; about " + (time.toSeconds() + 1) + " s left")
            .orElse("");
  }
}
