package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.util.Optional;

/**
 * The kind of safety snapshot that could restore the present state exactly, or why there is none.
 *
 * @param kind the kind of safety snapshot; empty if none is possible
 * @param obstacle why no safety snapshot is possible and how to change that, on one line; empty if
 *     one is possible
 * @param backingImages for each disk, a hash of the names of its image and of its backing images;
 *     an undo compares the hashes, and detects a backing image that was removed or replaced. Empty
 *     if the library could not read the images
 */
public record SafetySnapshotOption(
    Optional<Kind> kind, String obstacle, Optional<String> backingImages) implements Serializable {
  /** No component may be null. */
  public SafetySnapshotOption {
    checkNotNull(kind, "kind is null");
    checkNotNull(obstacle, "obstacle is null");
    checkNotNull(backingImages, "backingImages is null");
  }

  /** Returns that a safety snapshot of this kind is possible. */
  public static SafetySnapshotOption possible(Kind kind) {
    return new SafetySnapshotOption(Optional.of(kind), "", Optional.empty());
  }

  /**
   * Returns that no safety snapshot is possible.
   *
   * @param obstacle why, and how to change that, on one line
   */
  public static SafetySnapshotOption impossible(String obstacle) {
    return new SafetySnapshotOption(Optional.empty(), obstacle, Optional.empty());
  }

  /** The kinds of safety snapshots. */
  public enum Kind {
    /** The snapshot is stored within the disk images. */
    INTERNAL,
    /** The disk images are not written to any more, and the disks write to new overlay files. */
    EXTERNAL
  }

  /** Returns the kind or the obstacle, on one line. */
  @Override
  public String toString() {
    return kind.map(known -> known == Kind.INTERNAL ? "internal" : "external")
        .orElse("not possible: " + LogEscaper.escapeMessage(obstacle));
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
