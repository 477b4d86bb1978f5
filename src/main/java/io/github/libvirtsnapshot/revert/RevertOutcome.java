package io.github.libvirtsnapshot.revert;

/** How far a failed revert got. */
public enum RevertOutcome {
  /**
   * libvirt was not asked to revert: the snapshot or the domain could not be found or read, the
   * plan was against it, the safety snapshot could not be taken, or it was cancelled.
   */
  NOT_STARTED,

  /**
   * libvirt reported an error. It may have refused at once or failed half-way: {@link
   * RevertException#after} tells what the domain was left as, if it still exists.
   */
  FAILED,

  /** libvirt reported success, but the domain is not in the state that was asked for. */
  WRONG_STATE,

  /**
   * libvirt could not be asked afterwards, as when its daemon died: nobody knows what was done. The
   * domain may be as before, reverted, or neither; {@link RevertException#findOut} tells which,
   * through a new connection.
   */
  UNKNOWN,

  /** The deadline passed while libvirt was at it, and it still is. */
  IN_PROGRESS,

  /** It failed, and the domain was taken back to the safety snapshot: it is what it was. */
  ROLLED_BACK,

  /** It failed, and so did going back to the safety snapshot. */
  ROLLBACK_FAILED
}
