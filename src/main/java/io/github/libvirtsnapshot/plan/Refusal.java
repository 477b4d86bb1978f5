package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.Serializable;

/**
 * Why a revert would end in an error.
 *
 * @param code the code that libvirt would report
 * @param guestStopped whether a running guest would be stopped by then; otherwise it is not touched
 * @param reason what prevents the revert, on one line
 * @param wayOut which flag or which other step would change that, on one line
 */
public record Refusal(ErrorNumber code, boolean guestStopped, String reason, String wayOut)
    implements Serializable {
  /** No component may be null. */
  public Refusal {
    checkNotNull(code, "code is null");
    checkNotNull(reason, "reason is null");
    checkNotNull(wayOut, "wayOut is null");
  }

  /** Returns a refusal before anything is touched. */
  public static Refusal untouched(ErrorNumber code, String reason, String wayOut) {
    return new Refusal(code, false, reason, wayOut);
  }

  /** Returns the code and the reason, as in {@code VIR_ERR_CONFIG_UNSUPPORTED (67): ...}. */
  @Override
  public String toString() {
    return code + " (" + code.value() + "): " + LogEscaper.escapeMessage(reason);
  }
}
