package io.github.libvirtsnapshot.plan;

/** The degree of certainty that a revert restores a part as it was when the snapshot was taken. */
public enum Certainty {
  /** The part is restored as it was: the images show that. */
  CERTAIN("certain"),

  /** Nothing indicates a change, but the library could not read the images of the part. */
  PRESUMED("presumed"),

  /** No snapshot includes the part, and no revert changes it. */
  UNAFFECTED("not affected"),

  /**
   * The memory contains the part. QEMU writes the part to its file only when the guest is resumed,
   * so that the file keeps its present content if the guest is stopped before.
   */
  DEFERRED("restored when the guest is resumed"),

  /**
   * The library cannot determine whether the part was changed: the times of its image do not show
   * whether the image was modified before or after the snapshot was taken; or the library could not
   * read the image, and a revert to a snapshot that was deleted since may have changed it. libvirt
   * keeps no record of deleted snapshots.
   */
  UNVERIFIED("unverified"),

  /**
   * The part may have been changed since: the existing snapshots and domains show how; or its image
   * was modified since, and nothing shows whether libvirt did that when a snapshot was deleted,
   * which leaves the content unchanged.
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
