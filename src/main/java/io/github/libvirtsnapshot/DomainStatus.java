package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.calls.DomainStats;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The status of a domain: the state, the process, the current snapshot and other values that a
 * revert can change. The values are read with several calls; if the domain changes meanwhile, some
 * values are older than others.
 *
 * @param stateAndReason the state of the domain, and libvirt's reason for it
 * @param id the number of the active domain, empty for an inactive one; each start gives the domain
 *     a new number
 * @param currentSnapshot the name of the current snapshot, if there is one
 * @param persistent whether libvirt stores a definition of the domain; a domain without one is
 *     transient
 * @param managedSave whether the domain has a managed save image
 */
public record DomainStatus(
    StateAndReason stateAndReason,
    OptionalInt id,
    Optional<String> currentSnapshot,
    boolean persistent,
    boolean managedSave)
    implements Serializable {
  /** Creates a status; no component may be null. */
  public DomainStatus {
    checkNotNull(stateAndReason, "stateAndReason is null");
    checkNotNull(id, "id is null");
    checkNotNull(currentSnapshot, "currentSnapshot is null");
  }

  /**
   * Reads the status of a domain.
   *
   * @throws NoSuchDomainException if the domain no longer exists
   */
  public static DomainStatus of(Domain domain) throws LibvirtException {
    DomainStatus status = withoutManagedSave(domain);
    return domain.hasManagedSaveImage() ? status.withManagedSave() : status;
  }

  /**
   * Reads the status of a domain after a revert. Checks for a managed save image only if there can
   * be one: a revert does not create one.
   *
   * @param before the status before the revert
   * @throws NoSuchDomainException if the domain no longer exists
   */
  public static DomainStatus after(Domain domain, DomainStatus before) throws LibvirtException {
    DomainStatus after = withoutManagedSave(domain);
    boolean possible = before.managedSave || after.reason() == StateReason.SHUTOFF_SAVED;
    return possible && domain.hasManagedSaveImage() ? after.withManagedSave() : after;
  }

  /** One call returns most values of a persistent domain, but some drivers lack it. */
  private static DomainStatus withoutManagedSave(Domain domain) throws LibvirtException {
    Optional<DomainStats> stats = domain.statsIfPersistent();
    StateAndReason stateAndReason =
        stats.isPresent()
            ? StateAndReason.of(stats.get().state(), stats.get().reason())
            : domain.getState();
    OptionalInt id = stats.isPresent() ? Domain.id(stats.get().id()) : domain.lookupID();
    Optional<String> current = domain.snapshotCurrentName();
    boolean persistent = stats.isPresent() || domain.isPersistent();
    return new DomainStatus(stateAndReason, id, current, persistent, false);
  }

  private DomainStatus withManagedSave() {
    return new DomainStatus(stateAndReason, id, currentSnapshot, persistent, true);
  }

  /** Returns the state of the domain. */
  public DomainState state() {
    return stateAndReason.state();
  }

  /** Returns libvirt's reason for the state. */
  public StateReason reason() {
    return stateAndReason.reason();
  }

  /** Returns whether the domain is active: it has a process, running or paused. */
  public boolean isActive() {
    return id.isPresent();
  }

  /** Returns whether the domain is active, and was not restarted since the other status. */
  public boolean isSameProcessAs(DomainStatus other) {
    return id.isPresent() && id.equals(other.id);
  }

  /** Returns whether both have the same state; the reasons may differ. */
  public boolean isSameStateAs(DomainStatus other) {
    return stateAndReason.rawState() == other.stateAndReason.rawState();
  }

  /** Returns one line, as in {@code running (booted), persistent, current snapshot "a"}. */
  @Override
  public String toString() {
    return stateAndReason
        + (persistent ? ", persistent" : ", transient")
        + currentSnapshot
            .map(name -> ", current snapshot " + LogEscaper.quote(name))
            .orElse(", no current snapshot")
        + (managedSave ? ", with a managed save image" : "");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
