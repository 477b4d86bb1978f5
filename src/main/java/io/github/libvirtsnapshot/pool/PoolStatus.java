package io.github.libvirtsnapshot.pool;

import static com.google.common.base.Preconditions.checkNotNull;

import java.time.Duration;

/**
 * The figures of a pool at one moment.
 *
 * @param ready the number of domains that can be handed out
 * @param inUse the number of domains that are handed out, or being handed out
 * @param reverting the number of domains that are being reverted, or wait for their revert
 * @param locked the number of domains that another pool or another process has locked
 * @param withdrawn the number of domains that were taken out of the pool
 * @param waiting the number of callers that wait for a domain
 * @param acquired how many times a domain was handed out so far
 * @param totalWait how long the callers that got a domain waited, all together
 * @param longestWait the longest of these times
 */
public record PoolStatus(
    int ready,
    int inUse,
    int reverting,
    int locked,
    int withdrawn,
    int waiting,
    long acquired,
    Duration totalWait,
    Duration longestWait) {

  /** Creates a value; no component may be null. */
  public PoolStatus {
    checkNotNull(totalWait, "totalWait is null");
    checkNotNull(longestWait, "longestWait is null");
  }

  /** Returns the mean time that a caller waited for its domain; zero if there was none. */
  public Duration meanWait() {
    return acquired == 0 ? Duration.ZERO : totalWait.dividedBy(acquired);
  }

  /**
   * Returns one line, as in {@code 2 ready, 1 in use, 1 being reverted, 0 locked by others, 0
   * withdrawn; 0 callers wait}.
   */
  @Override
  public String toString() {
    return "%d ready, %d in use, %d being reverted, %d locked by others, %d withdrawn; %d callers wait"
        .formatted(ready, inUse, reverting, locked, withdrawn, waiting);
  }
}
