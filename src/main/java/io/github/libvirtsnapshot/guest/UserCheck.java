package io.github.libvirtsnapshot.guest;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import java.util.Optional;

/** A check of a user. */
record UserCheck(GuestProbe.Check check) implements GuestCheck {
  @Override
  public Optional<String> obstacle(Domain domain) throws Exception {
    return check.isReady(domain) ? Optional.empty() : Optional.of("the check returned false");
  }

  @Override
  public Outcome outcomeIfUnfinished() {
    return Outcome.UNFINISHED;
  }
}
