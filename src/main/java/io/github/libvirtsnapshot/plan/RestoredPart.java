package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.Serializable;

/**
 * A part of a domain, and whether a revert restores the part as it was when the snapshot was taken.
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

  /**
   * The degree of certainty that a revert restores a part as it was when the snapshot was taken.
   */
  public enum Certainty {
    /** The part is restored as it was: the images show that. */
    CERTAIN("certain"),

    /** Nothing indicates a change, but the library could not read the images of the part. */
    PRESUMED("presumed"),

    /** No snapshot includes the part, and no revert changes it. */
    UNAFFECTED("not affected"),

    /**
     * The memory contains the part. QEMU writes the part to its file only when the guest is
     * resumed, so that the file keeps its present content if the guest is stopped before.
     */
    DEFERRED("restored when the guest is resumed"),

    /**
     * The library cannot determine whether the part was changed: the times of its image do not show
     * whether the image was modified before or after the snapshot was taken; or the library could
     * not read the image, and a revert to a snapshot that was deleted since may have changed it.
     * libvirt keeps no record of deleted snapshots.
     */
    UNVERIFIED("unverified"),

    /**
     * The part may have been changed since: the existing snapshots and domains show how; or its
     * image was modified since, and nothing shows whether libvirt did that when a snapshot was
     * deleted, which leaves the content unchanged.
     */
    AT_RISK("at risk"),

    /** The snapshot does not include the part, and a revert does not restore its content. */
    NOT_INCLUDED("not in the snapshot"),

    /** The part was changed since the snapshot was taken, or its image no longer exists. */
    CHANGED("changed");

    private final String words;

    Certainty(String words) {
      this.words = words;
    }

    /** Returns the certainty in words, as in {@code at risk}. */
    public String words() {
      return words;
    }
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
