package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Describes what a revert would do now. Planning does not change the domain. A plan describes the
 * moment at which it was made; later changes are not part of the plan.
 *
 * @param request the request that was planned
 * @param driver libvirt's name of the hypervisor driver, as in {@code QEMU}
 * @param libvirtVersion the version of libvirt on the host, as 1,000,000 * major + 1,000 * minor +
 *     release
 * @param before the present state of the domain
 * @param path the names of the snapshots on the path through the snapshot tree: from the current
 *     snapshot up to the nearest common ancestor, and down to the target, both included; empty if
 *     there is no path or no current snapshot
 * @param refusal the error of the revert, if the revert would fail
 * @param stateAfter the state of the domain after the revert; empty if the domain would no longer
 *     exist or the state is unknown
 * @param reasonAfter libvirt's reason for that state, if known
 * @param earliestStart the earliest time at which libvirt can revert, if not now: libvirt names new
 *     files after the current second, and the files of the present second exist already
 * @param losses the data and connections that would be lost
 * @param configurationChanges the changes to the domain's definition
 * @param contents for each part of the snapshot, whether the revert restores it; empty if the
 *     library has no such information about the driver
 * @param safety the kind of safety snapshot that can undo the revert, if one can
 * @param unknowns conditions that could not be checked and may change the result of the revert
 * @param transientPools the folders over which the library created a transient storage pool to read
 *     images for this plan; {@code unknowns} names each pool that the library could not remove
 */
public record RevertPlan(
    RevertRequest request,
    String driver,
    long libvirtVersion,
    DomainStatus before,
    List<String> path,
    Optional<Refusal> refusal,
    Optional<DomainState> stateAfter,
    Optional<StateReason> reasonAfter,
    Optional<Instant> earliestStart,
    List<Loss> losses,
    List<ConfigurationChange> configurationChanges,
    List<RestoredPart> contents,
    SafetySnapshotOption safety,
    List<String> unknowns,
    List<String> transientPools)
    implements Serializable {

  /** Copies the lists. No component may be null. */
  public RevertPlan {
    checkNotNull(request, "request is null");
    checkNotNull(driver, "driver is null");
    checkNotNull(before, "before is null");
    checkNotNull(path, "path is null");
    checkNotNull(refusal, "refusal is null");
    checkNotNull(stateAfter, "stateAfter is null");
    checkNotNull(reasonAfter, "reasonAfter is null");
    checkNotNull(earliestStart, "earliestStart is null");
    checkNotNull(losses, "losses is null");
    checkNotNull(configurationChanges, "configurationChanges is null");
    checkNotNull(contents, "contents is null");
    checkNotNull(safety, "safety is null");
    checkNotNull(unknowns, "unknowns is null");
    checkNotNull(transientPools, "transientPools is null");
    path = List.copyOf(path);
    losses = List.copyOf(losses);
    configurationChanges = List.copyOf(configurationChanges);
    contents = List.copyOf(contents);
    unknowns = List.copyOf(unknowns);
    transientPools = List.copyOf(transientPools);
  }

  /**
   * Returns whether libvirt would leave the domain in the target state. The result is false if the
   * revert would fail, or if libvirt would report success but leave another state.
   */
  public boolean matchesTarget() {
    return refusal.isEmpty() && !leavesAnotherState();
  }

  /** Returns whether a part of the snapshot was changed since the snapshot was taken. */
  public boolean hasChangedContent() {
    return contents.stream().anyMatch(content -> content.certainty() == Certainty.CHANGED);
  }

  /** Returns whether libvirt would report success, but leave another state than the target. */
  public boolean leavesAnotherState() {
    return refusal.isEmpty()
        && stateAfter.isPresent()
        && request.targetState().isPresent()
        && !stateAfter.equals(request.targetState());
  }

  /** Returns the plan as human-readable text of several lines. */
  @Override
  public String toString() {
    return RevertPlanText.of(this);
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
