package durable;

import io.temporal.activity.ActivityInterface;

/** Reverts a domain. */
@ActivityInterface
public interface RevertGuest {
  /**
   * Reverts it, or finds out what the worker before has done. A failure is one to be tried again
   * after; its type is the name of a {@link io.github.libvirtsnapshot.revert.RevertOutcome}.
   */
  Result revert(Guest guest, String snapshot);
}
