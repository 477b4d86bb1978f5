package io.github.libvirtsnapshot.revert;

/** How a revert ended. */
public enum RevertOutcome {
  /** The domain was reverted, and is in the state that was requested. */
  REVERTED,

  /**
   * The domain was reverted, but its guest, which was to be {@linkplain
   * SnapshotReverter#awaitingGuest awaited}, does not answer.
   */
  GUEST_SILENT,

  /**
   * The domain was reverted and its guest answers, but its clock could not be {@linkplain
   * SnapshotReverter#settingClock set}.
   */
  CLOCK_NOT_SET,

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
   * neither; {@link RevertException#resolveOutcome} finds out which, through a new connection.
   */
  UNKNOWN,

  /** The deadline passed after libvirt was asked, and before it or the awaited guest answered. */
  IN_PROGRESS,

  /** It failed, and the domain was taken back to the safety snapshot: it is what it was before. */
  ROLLED_BACK,

  /**
   * It failed, and so did going back to the safety snapshot; or the domain went back, and right
   * afterwards was in another state or no longer existed. The message says which.
   */
  ROLLBACK_FAILED;

  /**
   * Returns whether the domain was certainly reverted, and was in the requested state right after
   * that. What became of it while its guest was awaited does not change the answer: {@link
   * RevertException#after} is what the domain was then, empty if it no longer exists.
   */
  public boolean isReverted() {
    return switch (this) {
      case REVERTED, GUEST_SILENT, CLOCK_NOT_SET -> true;
      default -> false;
    };
  }
}
