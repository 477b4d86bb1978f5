package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.Serializable;

/**
 * The reason why a revert would fail.
 *
 * @param code the code that libvirt would report
 * @param guestStopped whether libvirt stops a running guest before the revert fails; otherwise the
 *     revert does not touch the guest
 * @param reason the cause, on one line
 * @param wayOut the flag or the step that resolves the refusal, on one line
 * @param temporary whether the cause ends by itself, as a job does
 */
public record Refusal(
    ErrorNumber code, boolean guestStopped, String reason, String wayOut, boolean temporary)
    implements Serializable {
  /** No component may be null. */
  public Refusal {
    checkNotNull(code, "code is null");
    checkNotNull(reason, "reason is null");
    checkNotNull(wayOut, "wayOut is null");
  }

  /** Creates a refusal whose cause does not end by itself. */
  public Refusal(ErrorNumber code, boolean guestStopped, String reason, String wayOut) {
    this(code, guestStopped, reason, wayOut, false);
  }

  /** Returns a refusal because of a job, which occurs before libvirt changes anything. */
  public static Refusal duringJob(ErrorNumber code, String reason, String wayOut) {
    return new Refusal(code, false, reason, wayOut, true);
  }

  /** Returns a refusal that occurs before libvirt changes anything. */
  public static Refusal untouched(ErrorNumber code, String reason, String wayOut) {
    return new Refusal(code, false, reason, wayOut);
  }

  /** Returns the code and the reason, as in {@code VIR_ERR_CONFIG_UNSUPPORTED (67): ...}. */
  @Override
  public String toString() {
    return code + " (" + code.value() + "): " + LogEscaper.escapeMessage(reason);
  }
}
