package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.StateReason;
import java.util.List;
import java.util.Optional;

/**
 * What a revert would do now, found out without touching the domain. It holds for this moment: what
 * changes between the plan and the revert is not in it.
 *
 * @param request what would be asked
 * @param hypervisor who would do it
 * @param before the domain as it is
 * @param refusal the error that the revert would end in, if it would
 * @param stateAfter the state that the domain would be left in; empty if it would no longer exist,
 *     or that is not known
 * @param reasonAfter libvirt's reason for that state, if that is known
 * @param losses what would be lost
 * @param configurationChanges what of the definition would be put back to what it was
 * @param unknowns what could not be found out, and may yet make it end differently
 */
public record RevertPlan(
    RevertRequest request,
    Hypervisor hypervisor,
    DomainStatus before,
    Optional<Refusal> refusal,
    Optional<DomainState> stateAfter,
    Optional<StateReason> reasonAfter,
    List<Loss> losses,
    List<ConfigurationChange> configurationChanges,
    List<String> unknowns) {

  /**
   * Returns whether libvirt would do what is asked. It would not where it refuses or fails, and
   * where it would report success but leave another state.
   */
  public boolean isAsAsked() {
    return refusal.isEmpty() && !leavesAnotherState();
  }

  /** Returns whether libvirt would report success, but leave another state than asked for. */
  public boolean leavesAnotherState() {
    return refusal.isEmpty()
        && stateAfter.isPresent()
        && request.asked().isPresent()
        && !stateAfter.equals(request.asked());
  }

  /** Returns the plan for an operator to read, in several lines. */
  @Override
  public String toString() {
    return RevertPlanText.of(this);
  }
}
