package io.github.libvirtsnapshot.plan;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.util.Optional;

/**
 * All that the end of a revert depends on, as far as libvirt can be asked for it.
 *
 * @param driver the driver that would do it
 * @param before the domain as it is
 * @param flags the flags as libvirt would get them
 * @param target the snapshot to revert to
 * @param surroundings the domain's disks and other snapshots, and the host
 * @param obstacles what libvirt was seen to stumble over at present
 */
record Situation(
    Driver driver,
    DomainStatus before,
    int flags,
    SnapshotDescription target,
    Surroundings surroundings,
    Obstacles obstacles) {

  /** Returns what the snapshot says of itself. */
  SnapshotDetails snapshot() {
    return target.details();
  }

  /** Returns where the firmware kept its variables when it was taken, if it had UEFI. */
  Optional<Nvram> nvramThen() {
    return target.domain().flatMap(Nvram::of);
  }

  boolean has(RevertFlag flag) {
    return (flags & flag.value()) != 0;
  }

  boolean isOlderThan(long libvirtVersion) {
    return driver.libvirtVersion() < libvirtVersion;
  }

  /**
   * Returns whether the guest goes on in the process that it has. From 8.0 on, libvirt starts
   * another one for each revert to an active state.
   */
  boolean keepsProcess() {
    return isOlderThan(Driver.RESTART_SINCE)
        && before.isActive()
        && snapshot().hasMemory()
        && !obstacles.otherMachine();
  }

  Situation withHost(HostNeeds needs) {
    return new Situation(driver, before, flags, target, surroundings, obstacles.withHost(needs));
  }

  /** Returns the state that libvirt is asked to leave the domain in. */
  Optional<DomainState> targetState() {
    return RevertRequest.stateNamedBy(flags).or(() -> snapshot().stateAfterRevert());
  }

  boolean hasTargetState(DomainState state) {
    return targetState().equals(Optional.of(state));
  }

  /** Returns whether QEMU is started, and makes the NVRAM anew. */
  boolean resetsNvram() {
    return has(RevertFlag.RESET_NVRAM) && !hasTargetState(DomainState.SHUTOFF);
  }

  Forecast refused(Refusal refusal) {
    return Forecast.refused(refusal, before);
  }

  /** libvirt leaves the reason of a domain that is shut off already as it is. */
  Forecast shutOff() {
    return Forecast.success(
        before.isActive() ? StateReason.SHUTOFF_FROM_SNAPSHOT : before.reason());
  }
}
