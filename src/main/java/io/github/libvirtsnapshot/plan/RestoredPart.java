package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.Serializable;

/**
 * Whether a revert restores a part of the domain as it was when the snapshot was taken.
 *
 * @param part the part, as in {@code disk vda}, {@code memory} or {@code NVRAM}, on one line
 * @param certainty how certain it is that the part is restored
 * @param reason why the part is not certain, on one line; empty if the part is certain
 */
public record RestoredPart(String part, Certainty certainty, String reason)
    implements Serializable {
  /** No component may be null. */
  public RestoredPart {
    checkNotNull(part, "part is null");
    checkNotNull(certainty, "certainty is null");
    checkNotNull(reason, "reason is null");
  }

  /** Returns a result for all parts, because the analysis failed. */
  public static RestoredPart unknown(String reason) {
    return new RestoredPart("all parts", Certainty.AT_RISK, reason);
  }

  /** Returns the result for a part that is certainly restored. */
  public static RestoredPart certain(String part) {
    return new RestoredPart(part, Certainty.CERTAIN, "");
  }

  /** Returns whether the part is restored as far as the existing snapshots and domains show. */
  public boolean isKept() {
    return certainty.compareTo(Certainty.UNVERIFIED) <= 0;
  }

  /** Returns one line, as in {@code disk vda: certain}. */
  @Override
  public String toString() {
    return LogEscaper.escapeMessage(
        part + ": " + certainty.words() + (reason.isEmpty() ? "" : ": " + reason));
  }
}
