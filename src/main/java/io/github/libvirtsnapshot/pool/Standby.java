package io.github.libvirtsnapshot.pool;

/** The state of a reverted domain in a pool until a program acquires the domain. */
public enum Standby {
  /** The guest runs, and uses the host's processors as its programs do. */
  RUNNING,

  /**
   * The guest is paused once it is reverted and awaited, and costs no processor time. The pool
   * resumes the guest when it hands out the domain. Until its clock is set, the clock of the guest
   * is behind by the time that it was paused: request {@link
   * io.github.libvirtsnapshot.revert.SnapshotReverter#settingClock}.
   */
  PAUSED
}
