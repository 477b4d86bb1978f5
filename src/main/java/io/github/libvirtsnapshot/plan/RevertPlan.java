package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a revert would do now, found out without touching the domain. It holds for this moment: what
 * changes between the plan and the revert is not in it.
 *
 * @param request what the revert would be requested to do
 * @param driver libvirt's name of the driver that would do it, as in {@code QEMU}
 * @param libvirtVersion the version of libvirt on the host, as 1,000,000 * major + 1,000 * minor +
 *     release
 * @param before the domain as it is
 * @param path the names of the snapshots on the way through the tree: from the current one up to
 *     the nearest that both are on top of, and down to the target, both ends with it; empty if
 *     there is no way, or none is current
 * @param refusal the error that the revert would end in, if it would
 * @param stateAfter the state that the domain would be left in; empty if it would no longer exist,
 *     or that is not known
 * @param reasonAfter libvirt's reason for that state, if that is known
 * @param earliestStart when libvirt can do it, if not now: it names files after the second, and
 *     those of the present second are there already
 * @param losses what would be lost
 * @param configurationChanges what of the definition would be put back to what it was
 * @param contents for each part of the snapshot, whether a revert brings it back; empty where the
 *     driver is not known well enough
 * @param safety which kind of safety snapshot would lead back from the revert, if one would
 * @param unknowns what could not be found out, and may make the revert end differently
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
    List<String> unknowns)
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
    path = List.copyOf(path);
    losses = List.copyOf(losses);
    configurationChanges = List.copyOf(configurationChanges);
    contents = List.copyOf(contents);
    unknowns = List.copyOf(unknowns);
  }

  /**
   * Returns whether libvirt would leave the domain in the target state. It would not where it
   * refuses or fails, and where it would report success but leave another state.
   */
  public boolean matchesTarget() {
    return refusal.isEmpty() && !leavesAnotherState();
  }

  /** Returns whether a part of the snapshot is known to be no longer what it was. */
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

  /** Returns the plan for an operator to read, in several lines. */
  @Override
  public String toString() {
    return RevertPlanText.of(this);
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
