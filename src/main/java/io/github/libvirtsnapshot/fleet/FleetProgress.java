package io.github.libvirtsnapshot.fleet;

import static com.google.common.base.Preconditions.checkNotNull;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How far a run over a fleet is.
 *
 * @param total how many domains, as far as is known; a host that has not listed those that are to
 *     be chosen counts as one
 * @param reverted how many were reverted
 * @param failed how many were not
 * @param elapsed since the beginning
 * @param perMinute how many each host has finished per minute, since its first turn; a host that
 *     has finished none is not in it
 * @param remaining how long it will take, if each host goes on as it did so far, and the time until
 *     the deadline at most; empty as long as a host that is needed has finished none
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

  /** Returns how many are not finished yet. */
  public int left() {
    return total - reverted - failed;
  }

  /** Returns one line, as in {@code 12 of 40 reverted, 1 failed; about 30 s to go}. */
  @Override
  public String toString() {
    return reverted
        + " of "
        + total
        + " reverted"
        + (failed == 0 ? "" : ", " + failed + " failed")
        + remaining
            .filter(time -> left() > 0)
            .map(time -> "; about " + (time.toSeconds() + 1) + " s to go")
            .orElse("");
  }
}
