package durable;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The input of the workflow.
 *
 * @param guests the domains
 * @param snapshot the name of the snapshot to which each domain is reverted
 * @param maxConcurrentPerHost the maximum number of concurrent reverts on one host
 * @param timeout the time limit for one domain, including retries while its host is down or after
 *     its worker crashed
 */
public record Order(
    List<Guest> guests, String snapshot, int maxConcurrentPerHost, Duration timeout) {
  public Order {
    guests = List.copyOf(guests);
    Objects.requireNonNull(snapshot, "snapshot is null");
    if (maxConcurrentPerHost < 1) {
      throw new IllegalArgumentException(
          "maxConcurrentPerHost is " + maxConcurrentPerHost + "; the minimum is 1");
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException(
          "timeout is " + timeout.toMillis() + " ms; it must be positive");
    }
  }
}
