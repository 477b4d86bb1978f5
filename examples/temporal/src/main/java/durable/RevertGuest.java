package durable;

import io.temporal.activity.ActivityInterface;

/** The activity that reverts one domain. */
@ActivityInterface
public interface RevertGuest {
  /**
   * Reverts the domain, or resolves the outcome of the revert that an earlier worker started. A
   * failure that may be retried is thrown; its type is the name of a {@link
   * io.github.libvirtsnapshot.revert.RevertOutcome}.
   */
  Result revert(Guest guest, String snapshot);
}
