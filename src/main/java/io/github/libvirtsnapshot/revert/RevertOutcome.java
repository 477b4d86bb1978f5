package io.github.libvirtsnapshot.revert;

/** How a revert ended. */
public enum RevertOutcome {
  /** The domain was reverted, and is in the state that was requested. */
  REVERTED,

  /**
   * libvirt was not asked to revert: the snapshot or the domain could not be found or read, the
   * plan was against it, the safety snapshot could not be taken, or it was cancelled.
   */
  NOT_STARTED,

  /**
   * libvirt reported an error. It may have refused at once or failed half-way: {@link
   * RevertException#after} says what the domain was left as, if it still exists.
   */
  FAILED,

  /** libvirt reported success, but the domain is not in the state that was requested. */
  WRONG_STATE,

  /**
   * It is not known what was done: libvirt could not be asked afterwards, as when its daemon died,
   * or the call did not return an answer of libvirt. The domain may be as before, reverted, or
   * neither; {@link RevertException#findOutcome} finds out which, through a new connection.
   */
  UNKNOWN,

  /** The deadline passed after libvirt was asked and before it answered. */
  IN_PROGRESS,

  /** It failed, and the domain was taken back to the safety snapshot. */
  ROLLED_BACK,

  /** It failed, and so did going back to the safety snapshot. */
  ROLLBACK_FAILED
}
