package io.github.libvirtsnapshot.plan.rules;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.plan.Refusal;
import java.util.Optional;

/**
 * How a revert would end.
 *
 * @param refusal the error that it would end in, if any
 * @param state the state that the domain would be left in; empty if it would be gone, or that is
 *     not known
 * @param reason libvirt's reason for that state, if that is known
 */
public record PredictedResult(
    Optional<Refusal> refusal, Optional<DomainState> state, Optional<StateReason> reason) {
  static final PredictedResult NOT_KNOWN =
      new PredictedResult(Optional.empty(), Optional.empty(), Optional.empty());

  static PredictedResult success(StateReason reason) {
    return new PredictedResult(Optional.empty(), Optional.of(reason.state()), Optional.of(reason));
  }

  /** libvirt leaves the reason of a domain that is shut off already as it is. */
  static PredictedResult shutOff(DomainStatus before) {
    return success(before.isActive() ? StateReason.SHUTOFF_FROM_SNAPSHOT : before.reason());
  }

  /** The domain stays as it is, or is stopped, as the refusal says. */
  static PredictedResult refused(Refusal refusal, DomainStatus before) {
    if (!refusal.guestStopped() || !before.isActive()) {
      return new PredictedResult(
          Optional.of(refusal), Optional.of(before.state()), Optional.of(before.reason()));
    }
    return new PredictedResult(
        Optional.of(refusal),
        Optional.of(DomainState.SHUTOFF).filter(state -> before.persistent()),
        Optional.empty());
  }
}
