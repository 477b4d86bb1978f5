package io.github.libvirtsnapshot.internal;

import java.util.Optional;

/**
 * Why a task was abandoned.
 *
 * @param what what happened, as in {@code the host did not respond within 30 s}
 * @param wayOut what to do if the task was not started, if that is known
 */
public record AbandonReason(String what, Optional<String> wayOut) {
  /** Returns a reason without a way out. */
  public static AbandonReason of(String what) {
    return new AbandonReason(what, Optional.empty());
  }

  /** Returns a reason that continues with another fact, as in {@code ; the last error: ...}. */
  public AbandonReason and(String fact) {
    return new AbandonReason(what + fact, wayOut);
  }

  /** Returns the message of a task that was not started. */
  public String notStarted() {
    return what + wayOut.map(way -> "; way out: " + way).orElse("");
  }
}
