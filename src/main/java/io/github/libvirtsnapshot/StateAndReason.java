package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import java.io.Serializable;

/**
 * The state of a domain and libvirt's reason for it, read in one call.
 *
 * @param state the state, {@link DomainState#UNKNOWN} where this release does not know its number
 * @param reason the reason, {@link StateReason#UNKNOWN} where this release does not know its number
 * @param rawState the state as libvirt's number
 * @param rawReason the reason as libvirt's number
 */
public record StateAndReason(DomainState state, StateReason reason, int rawState, int rawReason)
    implements Serializable {
  /** No component may be null. */
  public StateAndReason {
    checkNotNull(state, "state is null");
    checkNotNull(reason, "reason is null");
  }

  /** Returns the state that this is a reason for, and the reason. */
  public static StateAndReason of(StateReason reason) {
    return of(reason.state().value(), reason.value());
  }

  /** Returns what libvirt's two numbers stand for. */
  public static StateAndReason of(int rawState, int rawReason) {
    DomainState state = DomainState.of(rawState);
    return new StateAndReason(state, StateReason.of(state, rawReason), rawState, rawReason);
  }

  /** Returns both in virsh's words, as in {@code paused (from snapshot)}. */
  @Override
  public String toString() {
    String stateWords = state == DomainState.UNKNOWN ? "state " + rawState : state.words();
    String reasonWords = reason == StateReason.UNKNOWN ? "reason " + rawReason : reason.words();
    return stateWords + " (" + reasonWords + ")";
  }
}
