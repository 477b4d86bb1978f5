package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What matters of a domain before and after a revert. libvirt is asked for one after the other, so
 * a domain that changes meanwhile may show some of both.
 *
 * @param stateAndReason its state, and libvirt's reason for it
 * @param id the number of the active domain; each start gives it a new one
 * @param currentSnapshot the name of its current snapshot, if it has one
 * @param persistent whether a definition of it is kept; one without is transient
 * @param managedSave whether it has a managed save image
 */
public record DomainStatus(
    StateAndReason stateAndReason,
    OptionalInt id,
    Optional<String> currentSnapshot,
    boolean persistent,
    boolean managedSave) {

  static DomainStatus of(Domain domain) throws LibvirtException {
    StateAndReason stateAndReason = domain.getState();
    return new DomainStatus(
        stateAndReason,
        domain.lookupID(),
        currentSnapshot(domain),
        domain.isPersistent(),
        domain.hasManagedSaveImage());
  }

  private static Optional<String> currentSnapshot(Domain domain) throws LibvirtException {
    Optional<DomainSnapshot> current = domain.snapshotCurrent();
    try {
      return current.map(DomainSnapshot::getName);
    } finally {
      current.ifPresent(DomainSnapshot::close);
    }
  }

  /** Returns whether the domain is active, and has not been started anew since the other look. */
  boolean isSameProcessAs(DomainStatus other) {
    return id.isPresent() && id.equals(other.id);
  }

  /** Returns the state. */
  public DomainState state() {
    return stateAndReason.state();
  }

  /** Returns libvirt's reason for the state. */
  public StateReason reason() {
    return stateAndReason.reason();
  }
}
