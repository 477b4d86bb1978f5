package durable;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What the workflow is to do.
 *
 * @param guests the domains
 * @param snapshot the name of the snapshot to revert each of them to
 * @param maxConcurrentPerHost how many of a host at once
 * @param atMost how long a guest is tried for, while its host is down or its worker dies
 */
public record Order(
    List<Guest> guests, String snapshot, int maxConcurrentPerHost, Duration atMost) {
  public Order {
    guests = List.copyOf(guests);
    Objects.requireNonNull(snapshot, "snapshot is null");
    if (maxConcurrentPerHost < 1) {
      throw new IllegalArgumentException(
          "maxConcurrentPerHost is " + maxConcurrentPerHost + "; 1 is the least");
    }
    if (atMost.isNegative() || atMost.isZero()) {
      throw new IllegalArgumentException("atMost is " + atMost + "; it has to be positive");
    }
  }
}
