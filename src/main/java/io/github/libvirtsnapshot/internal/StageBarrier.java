package io.github.libvirtsnapshot.internal;

import java.util.Optional;

/** Lets the runs of several domains wait for each other. A run has its own object. */
public interface StageBarrier {
  /** The stages after which the runs wait, in their order. */
  enum Stage {
    /** The plan allows the revert, and nothing was changed. */
    PLANNED,
    /** The safety snapshot was created. */
    PREPARED,
    /** The domain was reverted, and its guest is paused. */
    REVERTED
  }

  /** The barrier of a run that waits for no other. */
  StageBarrier NONE = new StageBarrier() {};

  /** The barrier of a run that restores the state before another run. */
  StageBarrier OF_UNDO =
      new StageBarrier() {
        @Override
        public boolean leavesGuest() {
          return true;
        }
      };

  /** The barrier of a plan of a run that leaves its guest paused until all are reverted. */
  StageBarrier OF_PLAN_TO_RESUME =
      new StageBarrier() {
        @Override
        public boolean resumesGuests() {
          return true;
        }
      };

  /**
   * Waits until all runs have completed the stage.
   *
   * @return the reason why this run must not continue, if there is one
   */
  default Optional<String> await(Stage completed) {
    return Optional.empty();
  }

  /** Returns whether the runs leave their guests paused until all domains are reverted. */
  default boolean resumesGuests() {
    return false;
  }

  /** Notes that the guest of this run was resumed. */
  default void resumed() {}

  /**
   * Returns whether the run must not use the guest after the revert: the run is an undo, or it was
   * abandoned and may be undone at the same time.
   */
  default boolean leavesGuest() {
    return false;
  }
}
