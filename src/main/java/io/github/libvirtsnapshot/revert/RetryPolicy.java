package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.facts.OverlayTurns;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The number of attempts, the delay between them, and the failures that allow another attempt.
 *
 * @param attempts the maximum number of attempts, 1 or more
 * @param delay the time between two attempts
 */
record RetryPolicy(int attempts, Duration delay) {
  /** What fits into 64 bits of nanoseconds, which is how the JDK counts waiting time. */
  static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  static final RetryPolicy NEVER = new RetryPolicy(1, Duration.ZERO);

  /** For the undo of a revert, which has to work right after the revert. */
  static final RetryPolicy ONCE_MORE = new RetryPolicy(2, OverlayTurns.UNTIL_NEXT_NAME);

  /** The name of an overlay contains the time in seconds. */
  private static final String OVERLAY_OF_THIS_SECOND = "already exists and is not a block device";

  private static final String BEING_REMOVED = "is already being removed";

  private static final String BLOCK_JOB = "has active block job";

  RetryPolicy {
    checkArgument(attempts >= 1, "attempts is %s; at least one is needed", attempts);
    checkArgument(
        !delay.isNegative() && delay.compareTo(LONGEST) <= 0,
        "delay is %s; the range is from zero to about 292 years",
        LogEscaper.seconds(delay));
  }

  boolean allows(Throwable failure, int attemptsMade) {
    return attemptsMade < attempts
        && failure instanceof LibvirtException e
        && isTransient(e.getError());
  }

  /** Returns whether another plan may no longer predict the refusal. */
  boolean allowsAnotherPlan(RevertPlan plan, int plansMade) {
    return plansMade < attempts && plan.refusal().filter(Refusal::temporary).isPresent();
  }

  /**
   * Returns whether the failure is temporary, and libvirt has changed nothing that prevents another
   * attempt.
   */
  private static boolean isTransient(LibvirtError error) {
    return error.getCode() == ErrorNumber.VIR_ERR_OPERATION_TIMEOUT
        || is(error, ErrorNumber.VIR_ERR_OPERATION_INVALID, BLOCK_JOB)
        || isOverlayOfThisSecond(error);
  }

  /** Returns whether an overlay of the same second exists already. */
  static boolean isOverlayOfThisSecond(LibvirtError error) {
    return is(error, ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, OVERLAY_OF_THIS_SECOND);
  }

  /** Returns whether a domain cannot be created yet because one of its name has just ended. */
  static boolean isBeingRemoved(LibvirtError error) {
    return is(error, ErrorNumber.VIR_ERR_OPERATION_FAILED, BEING_REMOVED);
  }

  private static boolean is(LibvirtError error, ErrorNumber code, String words) {
    return error.getCode() == code
        && error.getMessage() != null
        && error.getMessage().contains(words);
  }

  /** Waits, and returns false if the thread was interrupted, which it stays. */
  boolean waits() {
    try {
      TimeUnit.NANOSECONDS.sleep(delay.toNanos());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
