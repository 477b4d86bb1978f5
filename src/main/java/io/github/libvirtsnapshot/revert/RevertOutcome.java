package io.github.libvirtsnapshot.revert;

/** The outcome of a revert. */
public enum RevertOutcome {
  /** The domain was reverted, and is in the requested state. */
  REVERTED,

  /**
   * The domain was reverted, but the links of its network interfaces could not be changed as {@link
   * SnapshotReverter#reconnectingNetwork} or {@link SnapshotReverter#isolated} requested. The
   * message names the links that are down. A guest that could not be isolated stays paused; {@link
   * RevertDetails#after} is empty if its state could not be read.
   */
  LINKS_NOT_SET,

  /**
   * The domain was reverted, but its guest stays paused, or its state is not known: it was to be
   * resumed together with the guests of other domains, which were not all reverted, or libvirt
   * could not resume it. {@link RevertDetails#after} is empty if its state could not be read.
   */
  NOT_RESUMED,

  /**
   * The domain was reverted, but its guest is not ready, and {@link SnapshotReverter#awaitingGuest}
   * was requested.
   */
  GUEST_SILENT,

  /**
   * The domain was reverted and its guest responds, but {@link SnapshotReverter#settingClock} could
   * not set the clock.
   */
  CLOCK_NOT_SET,

  /**
   * libvirt's revert function was not called: the snapshot or the domain could not be found or
   * read, the plan predicted a failure, the journal or the safety snapshot could not be written, or
   * the revert was cancelled.
   */
  NOT_STARTED,

  /**
   * libvirt reported an error. libvirt may have refused immediately, or failed after it stopped the
   * guest: {@link RevertDetails#after} has the state of the domain, if it still exists.
   */
  FAILED,

  /**
   * libvirt reported success, but the domain is not in the requested state, or another program has
   * changed it since.
   */
  WRONG_STATE,

  /**
   * The outcome is not known, because libvirt could not be queried afterwards, as when its daemon
   * crashed, or because the call ended without an answer of libvirt. The domain may be unchanged,
   * reverted, or neither; {@link RevertException#resolveOutcome} resolves the outcome through a new
   * connection.
   */
  UNKNOWN,

  /**
   * The deadline passed after libvirt was called, before libvirt or the guest responded. If there
   * is a safety snapshot, the message names it.
   */
  IN_PROGRESS,

  /** The revert failed, and the domain was restored from the safety snapshot. */
  ROLLED_BACK,

  /**
   * The revert failed, and so did the rollback; or the domain changed again right after the
   * rollback. The message says which.
   */
  ROLLBACK_FAILED;

  /**
   * Returns whether the domain was certainly reverted, and was in the requested state right after
   * the revert. Changes during the wait for the guest do not matter: {@link RevertDetails#after}
   * has the domain after the wait, empty if it no longer exists.
   */
  public boolean isReverted() {
    return switch (this) {
      case REVERTED, LINKS_NOT_SET, NOT_RESUMED, GUEST_SILENT, CLOCK_NOT_SET -> true;
      default -> false;
    };
  }
}
