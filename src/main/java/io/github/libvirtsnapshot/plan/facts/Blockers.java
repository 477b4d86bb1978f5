package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.plan.Refusal;
import java.util.Optional;

/**
 * Conditions that make a revert fail now.
 *
 * @param readOnly whether the connection is read-only
 * @param blocked the refusal because of an operation on the domain, such as a job, if any
 * @param otherMachine whether the active guest is a different machine from the snapshot's
 * @param host what the revert and its undo require of the host
 */
public record Blockers(
    boolean readOnly, Optional<Refusal> blocked, boolean otherMachine, HostRequirements host) {
  /** No blockers, or none were checked. */
  public static final Blockers NONE =
      new Blockers(false, Optional.empty(), false, HostRequirements.NONE);

  Blockers withHost(HostRequirements needs) {
    return new Blockers(readOnly, blocked, otherMachine, needs);
  }
}
