package io.github.libvirtsnapshot.guest;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import java.util.Optional;

/** A check that {@link RepeatedCheck} makes again and again. */
interface GuestCheck {
  /**
   * Returns why the guest is not ready, escaped; empty if it is ready.
   *
   * @throws Exception an exception that {@link RepeatedCheck} counts as an answer, or any other
   *     one, which ends the waiting
   */
  Optional<String> obstacle(Domain domain) throws Exception;

  /** Returns the outcome if the check has not returned when the limit passes. */
  Outcome outcomeIfUnfinished();
}
