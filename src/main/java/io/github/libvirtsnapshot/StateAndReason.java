package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import java.io.Serializable;

/**
 * The state of a domain and libvirt's reason for it. One call reads both.
 *
 * @param state the state, or {@link DomainState#UNKNOWN} if this release does not know its number
 * @param reason the reason, or {@link StateReason#UNKNOWN} if this release does not know its number
 * @param rawState libvirt's number of the state
 * @param rawReason libvirt's number of the reason
 */
public record StateAndReason(DomainState state, StateReason reason, int rawState, int rawReason)
    implements Serializable {
  /** Creates a state with its reason; neither may be null. */
  public StateAndReason {
    checkNotNull(state, "state is null");
    checkNotNull(reason, "reason is null");
  }

  /** Returns a reason, with the state that it belongs to. */
  public static StateAndReason of(StateReason reason) {
    return of(reason.state().value(), reason.value());
  }

  /** Returns the state and the reason with libvirt's numbers. */
  public static StateAndReason of(int rawState, int rawReason) {
    DomainState state = DomainState.of(rawState);
    return new StateAndReason(state, StateReason.of(state, rawReason), rawState, rawReason);
  }

  /**
   * Returns the state and the reason as virsh prints them, as in {@code paused (from snapshot)}.
   */
  @Override
  public String toString() {
    String stateWords = state == DomainState.UNKNOWN ? "state " + rawState : state.words();
    String reasonWords = reason == StateReason.UNKNOWN ? "reason " + rawReason : reason.words();
    return stateWords + " (" + reasonWords + ")";
  }
}
