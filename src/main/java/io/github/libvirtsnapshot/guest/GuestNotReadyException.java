package io.github.libvirtsnapshot.guest;

import static com.google.common.base.Preconditions.checkNotNull;

import org.jspecify.annotations.Nullable;

/**
 * Thrown if a guest was not ready in time, or a probe failed. The cause is the last exception of
 * the probe, if there was one.
 */
public final class GuestNotReadyException extends Exception {
  private static final long serialVersionUID = 1;

  private final GuestStatus status;

  GuestNotReadyException(GuestStatus status, @Nullable Throwable cause) {
    super(checkNotNull(status, "status is null").toString(), cause);
    this.status = status;
  }

  /** Returns the status of the guest, with the result of each probe. */
  public GuestStatus status() {
    return status;
  }
}
