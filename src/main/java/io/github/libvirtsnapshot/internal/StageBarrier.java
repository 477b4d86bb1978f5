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
  StageBarrier NONE =
      new StageBarrier() {
        @Override
        public Optional<String> await(Stage completed) {
          return Optional.empty();
        }

        @Override
        public boolean resumesGuests() {
          return false;
        }

        @Override
        public void resumed() {}
      };

  /**
   * Waits until all runs have completed the stage.
   *
   * @return the reason why this run must not continue, if there is one
   */
  Optional<String> await(Stage completed);

  /** Returns whether the runs leave their guests paused until all domains are reverted. */
  boolean resumesGuests();

  /** Notes that the guest of this run was resumed. */
  void resumed();
}
