package io.github.libvirtsnapshot.plan.rules;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.plan.Refusal;
import java.util.Optional;

/**
 * The predicted result of a revert.
 *
 * @param refusal the error of the revert, if the revert fails
 * @param state the state of the domain after the revert; empty if the domain no longer exists or
 *     the state is unknown
 * @param reason libvirt's reason for that state, if known
 */
public record PredictedResult(
    Optional<Refusal> refusal, Optional<DomainState> state, Optional<StateReason> reason) {
  static final PredictedResult UNKNOWN =
      new PredictedResult(Optional.empty(), Optional.empty(), Optional.empty());

  static PredictedResult success(StateReason reason) {
    return new PredictedResult(Optional.empty(), Optional.of(reason.state()), Optional.of(reason));
  }

  /** libvirt does not change the reason of a domain that is already shut off. */
  static PredictedResult shutOff(DomainStatus before) {
    return success(before.isActive() ? StateReason.SHUTOFF_FROM_SNAPSHOT : before.reason());
  }

  /**
   * The domain does not change or is stopped, depending on the refusal. If the start of a domain
   * that is shut off fails, libvirt changes the reason in some cases and keeps it in others.
   */
  static PredictedResult refused(Refusal refusal, DomainStatus before) {
    if (!refusal.guestStopped()) {
      return new PredictedResult(
          Optional.of(refusal), Optional.of(before.state()), Optional.of(before.reason()));
    }
    return new PredictedResult(
        Optional.of(refusal),
        Optional.of(DomainState.SHUTOFF).filter(state -> before.persistent()),
        Optional.empty());
  }
}
