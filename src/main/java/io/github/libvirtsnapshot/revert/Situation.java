package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.RevertFlag;
import java.util.Optional;

/**
 * All that what a revert does depends on, as far as libvirt can be asked for it.
 *
 * @param hypervisor who would do it
 * @param before the domain as it is
 * @param snapshot the snapshot to revert to
 * @param flags the flags as libvirt would get them
 * @param blocked why libvirt would not even begin, if something on the domain is in the way
 * @param unstartable why the host could not start the guest of the snapshot, if it could not
 */
record Situation(
    Hypervisor hypervisor,
    DomainStatus before,
    SnapshotXml snapshot,
    int flags,
    Optional<Refusal> blocked,
    Optional<Refusal> unstartable) {

  boolean has(RevertFlag flag) {
    return (flags & flag.value()) != 0;
  }

  boolean hasFlagsBeyond(int known) {
    return (flags & ~known) != 0;
  }

  /** Returns the state that libvirt is asked to leave the domain in. */
  Optional<DomainState> asked() {
    return RevertRequest.stateNamedBy(flags).or(snapshot::stateToRevertTo);
  }

  boolean isActive() {
    return before.id().isPresent();
  }
}
