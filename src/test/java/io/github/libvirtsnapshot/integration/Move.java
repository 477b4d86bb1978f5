package io.github.libvirtsnapshot.integration;

/**
 * A step of a random walk.
 *
 * @param what what is done
 * @param which of which snapshot or disk, counted around
 * @param how with which content, flags or kind
 */
record Move(What what, int which, int how) {
  /** What can be done. */
  enum What {
    START,
    SUSPEND,
    RESUME,
    STOP,
    KILL,
    CRASH,
    DOZE,
    WAKE,
    SAVE,
    WRITE,
    TAKE,
    DELETE,
    CHECKPOINT,
    FORGET_CHECKPOINTS,
    ATTACH,
    DETACH,
    RENAME,
    LOSE,
    MOVE,
    SHARE,
    UNSHARE,
    JOB,
    REVERT,
    REVERT_GUARDED,
    REVERT_SAFELY,
    UNDO,
    DISCARD
  }

  @Override
  public String toString() {
    return what + "(" + which + ", " + how + ")";
  }
}
