package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.util.List;
import java.util.Optional;

/**
 * All that the end of a revert depends on, as far as libvirt can be asked for it. Internal to the
 * library.
 *
 * @param driver the driver that would do it
 * @param before the domain as it is
 * @param request what is requested; names the snapshot and, where it is known, the target state
 * @param target the snapshot to revert to
 * @param definitions what the domain is defined as
 * @param path the names of the snapshots on the way through the tree to the target
 * @param domainFacts the domain's disks and other snapshots, and the host
 * @param blockers what libvirt was seen to stumble over at present
 * @param unknowns what libvirt could not be asked about the domain itself
 */
public record Facts(
    HypervisorDriver driver,
    DomainStatus before,
    RevertRequest request,
    SnapshotDescription target,
    Definitions definitions,
    List<String> path,
    DomainFacts domainFacts,
    Blockers blockers,
    List<String> unknowns) {

  /** Returns what the snapshot says of itself. */
  public SnapshotDetails snapshot() {
    return target.details();
  }

  /** Returns where the firmware kept its variables when it was taken, if it had UEFI. */
  public Optional<Nvram> nvramThen() {
    return target.domain().flatMap(Nvram::of);
  }

  /** Returns whether the request has a flag. */
  public boolean has(RevertFlag flag) {
    return (request.flags() & flag.value()) != 0;
  }

  /** Returns whether the libvirt of the host is older than a version. */
  public boolean isOlderThan(long libvirtVersion) {
    return driver.libvirtVersion() < libvirtVersion;
  }

  /**
   * Returns whether the guest goes on in the process that it has. From 8.0 on, libvirt starts
   * another one for each revert to an active state.
   */
  public boolean keepsProcess() {
    return isOlderThan(HypervisorDriver.RESTART_SINCE)
        && before.isActive()
        && snapshot().hasMemory()
        && !blockers.otherMachine();
  }

  /** Returns whether a state is the one that is requested. */
  public boolean hasTargetState(DomainState state) {
    return request.targetState().equals(Optional.of(state));
  }

  /** Returns whether QEMU is started, and makes the NVRAM anew. */
  public boolean resetsNvram() {
    return has(RevertFlag.RESET_NVRAM) && !hasTargetState(DomainState.SHUTOFF);
  }
}
