package io.github.libvirtsnapshot.plan;

/** How certain it is that something is as it was when the snapshot was taken. */
public enum Certainty {
  /** It is. */
  CERTAIN("certain"),

  /**
   * Nothing speaks against it; but it could have been changed through a snapshot that was deleted
   * since, and libvirt keeps no record of that.
   */
  UNVERIFIED("unverified"),

  /** It may have been changed since, in a way that the snapshots of today show to be possible. */
  AT_RISK("at risk"),

  /** It is not in the snapshot: a revert leaves it as it is. */
  NOT_INCLUDED("not in the snapshot"),

  /** It is known to have been changed since. */
  CHANGED("changed");

  private final String words;

  Certainty(String words) {
    this.words = words;
  }

  /** Returns it in words, as in {@code at risk}. */
  public String words() {
    return words;
  }
}
