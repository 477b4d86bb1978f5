package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.plan.Refusal;
import java.util.Optional;

/**
 * What libvirt was seen to stumble over at present.
 *
 * @param readOnly whether the connection is
 * @param blocked why libvirt would not even begin, if something on the domain prevents it
 * @param otherMachine whether the active guest is known to be another machine than the snapshot's
 * @param host what the guest of the snapshot needs of the host, if it is started
 */
public record Blockers(
    boolean readOnly, Optional<Refusal> blocked, boolean otherMachine, HostRequirements host) {
  /** None, or none was looked for. */
  static final Blockers NONE = new Blockers(false, Optional.empty(), false, HostRequirements.NONE);

  Blockers withHost(HostRequirements needs) {
    return new Blockers(readOnly, blocked, otherMachine, needs);
  }
}
