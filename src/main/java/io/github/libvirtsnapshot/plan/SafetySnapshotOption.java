package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.util.Optional;

/**
 * Whether a safety snapshot can be taken that a revert can be undone with, to the last bit.
 *
 * @param kind the kind of snapshot that can, if one can
 * @param obstacle why none can and what would help, on one line; empty if one can
 */
public record SafetySnapshotOption(Optional<Kind> kind, String obstacle) implements Serializable {
  /** No component may be null. */
  public SafetySnapshotOption {
    checkNotNull(kind, "kind is null");
    checkNotNull(obstacle, "obstacle is null");
  }

  /** The kinds of snapshots. */
  public enum Kind {
    /** Within the disk images. */
    INTERNAL,
    /** The disk images are left alone from then on, and the disks go on in files of their own. */
    EXTERNAL
  }

  /** Returns it in words, on one line. */
  @Override
  public String toString() {
    return kind.map(known -> known == Kind.INTERNAL ? "internal" : "external")
        .orElse("not possible: " + LogEscaper.escapeMessage(obstacle));
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
