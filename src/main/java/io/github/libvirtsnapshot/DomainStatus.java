package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.calls.DomainStats;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import java.io.Serializable;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a revert changes about a domain, read from libvirt one after the other: a domain that
 * changes meanwhile may show some of both.
 *
 * @param stateAndReason its state, and libvirt's reason for it
 * @param id the number of the active domain; each start gives it a new one
 * @param currentSnapshot the name of its current snapshot, if it has one
 * @param persistent whether libvirt keeps a definition of it; a domain without one is transient
 * @param managedSave whether it has a managed save image
 */
public record DomainStatus(
    StateAndReason stateAndReason,
    OptionalInt id,
    Optional<String> currentSnapshot,
    boolean persistent,
    boolean managedSave)
    implements Serializable {
  /** No component may be null. */
  public DomainStatus {
    checkNotNull(stateAndReason, "stateAndReason is null");
    checkNotNull(id, "id is null");
    checkNotNull(currentSnapshot, "currentSnapshot is null");
  }

  /**
   * Asks libvirt.
   *
   * @throws NoSuchDomainException if the domain no longer exists
   */
  public static DomainStatus of(Domain domain) throws LibvirtException {
    DomainStatus status = withoutManagedSave(domain);
    return domain.hasManagedSaveImage() ? status.withManagedSave() : status;
  }

  /**
   * Asks libvirt what became of the domain. A managed save image is asked for only where there can
   * be one: no revert makes one.
   *
   * @param before what the domain was
   * @throws NoSuchDomainException if the domain no longer exists
   */
  public static DomainStatus after(Domain domain, DomainStatus before) throws LibvirtException {
    DomainStatus after = withoutManagedSave(domain);
    boolean possible = before.managedSave || after.reason() == StateReason.SHUTOFF_SAVED;
    return possible && domain.hasManagedSaveImage() ? after.withManagedSave() : after;
  }

  /** libvirt tells the most of a persistent domain in one call, which not each driver has. */
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

  /** Returns the state. */
  public DomainState state() {
    return stateAndReason.state();
  }

  /** Returns libvirt's reason for the state. */
  public StateReason reason() {
    return stateAndReason.reason();
  }

  /** Returns whether the domain is active: it has a process, running or not. */
  public boolean isActive() {
    return id.isPresent();
  }

  /** Returns whether the domain is active, and was not started anew since the other status. */
  public boolean isSameProcessAs(DomainStatus other) {
    return id.isPresent() && id.equals(other.id);
  }

  /** Returns whether the state is the same, whatever the reason for it. */
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
