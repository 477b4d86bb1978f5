package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.internal.Tried;
import java.util.Optional;

/**
 * The domain after libvirt was called to change it.
 *
 * @param status the status, if it could be read
 * @param obstacle why the status could not be read, if so
 */
record DomainObservation(Optional<DomainStatus> status, Optional<Throwable> obstacle) {
  private static final String INTERRUPTED_START =
      " (if this state stays, libvirtd was killed while it started the domain; way out: stop"
          + " libvirtd, delete the .xml file of the domain in /run/libvirt/qemu, or for"
          + " qemu:///session in $XDG_RUNTIME_DIR/libvirt/qemu/run, and start libvirtd)";

  /**
   * Reads the status.
   *
   * @param before the status before libvirt was called
   */
  static DomainObservation at(Domain domain, DomainStatus before) {
    Tried<DomainStatus> status = Tried.of(() -> DomainStatus.after(domain, before));
    return new DomainObservation(status.value(), status.failure());
  }

  static DomainObservation of(DomainStatus status) {
    return new DomainObservation(Optional.of(status), Optional.empty());
  }

  /** Returns the observation of a domain that was not read. */
  static DomainObservation none() {
    return new DomainObservation(Optional.empty(), Optional.empty());
  }

  /** Returns this observation, or the other one if the status is unknown here. */
  DomainObservation or(DomainObservation other) {
    return isUnknown() ? other : this;
  }

  /** Returns whether the domain no longer exists: a transient one is gone when it stops. */
  boolean isGone() {
    return obstacle.filter(NoSuchDomainException.class::isInstance).isPresent();
  }

  boolean isInactive() {
    return status.filter(known -> !known.isActive()).isPresent();
  }

  /** Returns whether the last start of the domain failed. */
  boolean hasFailedToStart() {
    return status.filter(known -> known.reason() == StateReason.SHUTOFF_FAILED).isPresent();
  }

  /** Returns whether a revert that failed can have changed parts of the domain. */
  boolean mayBePartlyReverted() {
    return isInactive() || isLeftPaused();
  }

  /** Returns whether libvirt failed after it had loaded the memory of a snapshot. */
  boolean isLeftPaused() {
    return status.filter(known -> known.reason() == StateReason.PAUSED_MIGRATION).isPresent();
  }

  boolean isUnknown() {
    return status.isEmpty() && !isGone();
  }

  /** Continues a sentence about the domain, as in {@code is now shut off (failed)}. */
  @Override
  public String toString() {
    if (isGone()) {
      return "no longer exists";
    }
    return status
        .map(known -> "is now " + known.stateAndReason() + wayOut(known))
        .orElseGet(
            () ->
                "is now in an unknown state: "
                    + obstacle.map(ErrorFormatter::of).orElse("libvirt was not called"));
  }

  private static String wayOut(DomainStatus status) {
    return status.reason() == StateReason.PAUSED_STARTING_UP ? INTERRUPTED_START : "";
  }
}
