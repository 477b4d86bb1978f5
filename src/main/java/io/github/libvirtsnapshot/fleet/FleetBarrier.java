package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.internal.StageBarrier;
import java.time.Duration;
import java.util.Optional;

/** Lets the tasks of a fleet wait for each other, if they do. */
interface FleetBarrier {
  /** The barrier of tasks that wait for no other. */
  FleetBarrier NONE = new FleetBarrier() {};

  /** The barrier of the plans of a run that resumes the guests together. */
  FleetBarrier OF_PLANS_TO_RESUME =
      new FleetBarrier() {
        @Override
        public StageBarrier stages(AttemptSlot slot) {
          return StageBarrier.OF_PLAN_TO_RESUME;
        }
      };

  /** Adds to the number of tasks; a condition that was not tested yet counts as one. */
  default void expect(int more) {}

  /** Returns the barrier of the attempt that has this slot. */
  default StageBarrier stages(AttemptSlot slot) {
    return StageBarrier.NONE;
  }

  /** Lets no task continue; returns whether this is the first failure of tasks that wait. */
  default boolean fail(String why) {
    return false;
  }

  /**
   * Lets no task wait for a slot to clean up any more: the deadline has passed, or the run ends.
   */
  default void expire() {}

  /** Returns the first failure, if the tasks wait for each other. */
  default Optional<String> failure() {
    return Optional.empty();
  }

  /** Returns whether the tasks leave their guests paused until all domains are reverted. */
  default boolean resumesGuests() {
    return false;
  }

  /** Returns whether the guests are to be resumed, and a task that ends now prevents that. */
  default boolean isBeforeResumption() {
    return false;
  }

  /** Returns the time from the first guest that was resumed to the last one. */
  default Optional<Duration> resumeSpread() {
    return Optional.empty();
  }
}
