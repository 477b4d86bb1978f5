package io.github.libvirtsnapshot.pool;

import java.util.concurrent.CompletableFuture;

/**
 * A caller that waits for a domain.
 *
 * @param number the position among all callers: the lowest one is first
 * @param since the time, as {@link System#nanoTime} returns it
 */
record Waiter(long number, long since, CompletableFuture<PooledDomain> result)
    implements Comparable<Waiter> {
  @Override
  public int compareTo(Waiter other) {
    return Long.compare(number, other.number);
  }
}
