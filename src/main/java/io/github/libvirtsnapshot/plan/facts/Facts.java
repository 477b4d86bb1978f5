package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.ElementState;
import io.github.libvirtsnapshot.definition.ElementTable;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.definition.Treatment;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * All facts that the result of a revert depends on, as far as libvirt reports them. Internal to the
 * library.
 *
 * @param driver the hypervisor driver of the host
 * @param before the present state of the domain
 * @param request the request, with the name of the snapshot and, if known, the target state
 * @param target the snapshot to revert to
 * @param definitions the definitions of the domain
 * @param path the names of the snapshots on the path through the snapshot tree to the target
 * @param domainFacts the facts about the domain's disks, its other snapshots and the host
 * @param blockers the conditions that make a revert fail now
 * @param unknowns the queries about the domain itself that libvirt did not answer
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

  /** Returns the same facts about a domain in another state, with another target. */
  public Facts with(DomainStatus status, SnapshotDescription otherTarget) {
    return new Facts(
        driver, status, request, otherTarget, definitions, path, domainFacts, blockers, unknowns);
  }

  /** Returns the same facts about a revert that leaves the domain in this state. */
  Facts with(DomainState targetState) {
    return new Facts(
        driver,
        before,
        request.withTargetState(Optional.of(targetState)),
        target,
        definitions,
        path,
        domainFacts,
        blockers,
        unknowns);
  }

  /** Returns the details of the target snapshot. */
  public SnapshotDetails snapshot() {
    return target.details();
  }

  /** Returns the present disks, from the active definition, or else from the persistent one. */
  public List<Disk> presentDisks() {
    return Disk.of(definitions.now()).stream()
        .map(disk -> disk.withPaths(domainFacts.images().readings().paths()))
        .toList();
  }

  /**
   * Returns the images that the {@link #presentDisks} write to. The persistent definition of an
   * active domain can name others.
   */
  public Set<String> presentImages() {
    return presentDisks().stream()
        .filter(Disk::isWritable)
        .map(Disk::image)
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns the NVRAM of the domain in the snapshot, if it had UEFI firmware. */
  public Optional<Nvram> nvramThen() {
    return target.domain().flatMap(Nvram::of);
  }

  /**
   * Returns the image of the NVRAM that a revert reads the snapshot from: only one in the format
   * qcow2, and only for an internal snapshot without memory.
   */
  public Optional<String> nvramWithSnapshot() {
    return snapshot().external() || snapshot().hasMemory()
        ? Optional.empty()
        : nvramThen().filter(Nvram::isQcow2).map(Nvram::image).filter(image -> !image.isEmpty());
  }

  /** Returns the NVRAM whose content the revert replaces, if there is one. */
  public Optional<Nvram> replacedNvram() {
    boolean isReplaced = snapshot().hasMemory() || nvramWithSnapshot().isPresent() || resetsNvram();
    return nvramThen()
        .filter(nvram -> isReplaced)
        .filter(nvram -> !domainFacts.images().readings().gone().contains(nvram.image()));
  }

  /** Returns the replaced NVRAM, if the domain does not use its file now. */
  public Optional<Nvram> replacedNvramOutside() {
    return replacedNvram().filter(nvram -> nvramOutside(definitions, target).isPresent());
  }

  /**
   * Returns the NVRAM of a snapshot, if the domain does not use its file now: the persistent
   * definition of an active domain does not count.
   */
  static Optional<Nvram> nvramOutside(Definitions definitions, SnapshotDescription target) {
    return target
        .domain()
        .flatMap(Nvram::of)
        .filter(then -> !then.image().isEmpty())
        .filter(
            then ->
                Nvram.of(definitions.now()).stream()
                    .map(Nvram::image)
                    .noneMatch(now -> now.isEmpty() || now.equals(then.image())));
  }

  /** Returns the states that the revert replaces although the domain does not have them now. */
  public List<ElementState> replacedStatesOutside() {
    if (!snapshot().hasMemory()) {
      return List.of();
    }
    Set<ElementState> now = ImmutableSet.copyOf(statesWithMemory(definitions.now()));
    return target.domain().stream()
        .flatMap(then -> statesWithMemory(then).stream())
        .filter(state -> !now.contains(state))
        .toList();
  }

  private static List<ElementState> statesWithMemory(XmlNode definition) {
    return ElementTable.states(definition, Treatment.WITH_MEMORY);
  }

  /** Returns the elements of the definitions that the library does not know. */
  public Set<String> unknownElements() {
    return Stream.concat(definitions.all().stream(), target.domain().stream())
        .flatMap(definition -> ElementTable.unknown(definition).stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Returns the images that libvirt deletes when it leaves the current snapshot. */
  public Set<String> deletedImages() {
    return domainFacts
        .images()
        .current()
        .map(current -> current.deletedOnRevertTo(target))
        .orElse(ImmutableSet.of());
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
   * Returns whether the guest continues in its present process. From 8.0 on, libvirt starts a new
   * process for each revert to an active state.
   */
  public boolean keepsProcess() {
    return isOlderThan(HypervisorDriver.RESTART_SINCE)
        && before.isActive()
        && snapshot().hasMemory()
        && !blockers.otherMachine();
  }

  /** Returns whether the revert starts a process for the guest. */
  public boolean startsProcess() {
    return !hasTargetState(DomainState.SHUTOFF) && !keepsProcess();
  }

  /** Returns whether this state is the target state. */
  public boolean hasTargetState(DomainState state) {
    return request.targetState().equals(Optional.of(state));
  }

  /** Returns whether the revert starts QEMU with a new NVRAM. */
  public boolean resetsNvram() {
    return has(RevertFlag.RESET_NVRAM) && !hasTargetState(DomainState.SHUTOFF);
  }
}
