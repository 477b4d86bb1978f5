package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;

import io.github.libvirtsnapshot.LibvirtError;
import io.github.libvirtsnapshot.LibvirtException;
import java.time.Duration;

/**
 * How often to try, and which failures to try again after.
 *
 * @param attempts how often at most, 1 for never again
 * @param delay how long to wait in between
 */
record RetryPolicy(int attempts, Duration delay) {
  static final RetryPolicy NEVER = new RetryPolicy(1, Duration.ZERO);

  /** An overlay of an external revert is named after the time in seconds. */
  private static final String OVERLAY_OF_THIS_SECOND = "already exists and is not a block device";

  RetryPolicy {
    checkArgument(attempts >= 1, "attempts is %s; at least one is needed", attempts);
    checkArgument(!delay.isNegative(), "delay is %s; it can't be negative", delay);
  }

  boolean allows(LibvirtException failure, int attemptsMade) {
    return attemptsMade < attempts && isTransient(failure.getError());
  }

  /**
   * Returns whether the failure goes away by itself, and libvirt did nothing that can't be done
   * again.
   */
  private static boolean isTransient(LibvirtError error) {
    return switch (error.getCode()) {
      case VIR_ERR_OPERATION_TIMEOUT -> true;
      case VIR_ERR_CONFIG_UNSUPPORTED ->
          error.getMessage() != null && error.getMessage().contains(OVERLAY_OF_THIS_SECOND);
      default -> false;
    };
  }

  /** Returns whether it waited for its whole time, and was not interrupted. */
  boolean waits() {
    try {
      Thread.sleep(delay.toMillis());
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
