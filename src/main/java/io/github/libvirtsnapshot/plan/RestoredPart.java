package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.Serializable;

/**
 * Whether a part of the domain is, after a revert, what it was when the snapshot was taken.
 *
 * @param part what it is about, as in {@code disk vda}, {@code memory} or {@code NVRAM}, on one
 *     line
 * @param certainty how certain it is
 * @param reason why it is not certain, on one line; empty if it is
 */
public record RestoredPart(String part, Certainty certainty, String reason)
    implements Serializable {
  /** No component may be null. */
  public RestoredPart {
    checkNotNull(part, "part is null");
    checkNotNull(certainty, "certainty is null");
    checkNotNull(reason, "reason is null");
  }

  /** That the contents could not be looked at. */
  public static RestoredPart unknown(String reason) {
    return new RestoredPart("all of it", Certainty.AT_RISK, reason);
  }

  /** That a part is certainly what it was. */
  public static RestoredPart certain(String part) {
    return new RestoredPart(part, Certainty.CERTAIN, "");
  }

  /** Returns whether it is known to be what it was, as far as anything is known of it. */
  public boolean isKept() {
    return certainty == Certainty.CERTAIN || certainty == Certainty.UNVERIFIED;
  }

  /** Returns one line, as in {@code disk vda: certain}. */
  @Override
  public String toString() {
    return LogEscaper.escapeMessage(
        part + ": " + certainty.words() + (reason.isEmpty() ? "" : ": " + reason));
  }
}
