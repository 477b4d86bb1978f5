package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.internal.Tried;
import java.util.Optional;

/**
 * What could be learned of a domain after libvirt was asked to change it.
 *
 * @param status the domain, if it could be read
 * @param obstacle why it could not be read, if it could not
 */
record DomainObservation(Optional<DomainStatus> status, Optional<Throwable> obstacle) {
  /**
   * Looks.
   *
   * @param before what the domain was before
   */
  static DomainObservation at(Domain domain, DomainStatus before) {
    Tried<DomainStatus> status = Tried.of(() -> DomainStatus.after(domain, before));
    return new DomainObservation(status.value(), status.failure());
  }

  static DomainObservation of(DomainStatus status) {
    return new DomainObservation(Optional.of(status), Optional.empty());
  }

  /** The domain was not looked at. */
  static DomainObservation none() {
    return new DomainObservation(Optional.empty(), Optional.empty());
  }

  /** Returns this look, or the other one if this one saw nothing. */
  DomainObservation or(DomainObservation other) {
    return isUnknown() ? other : this;
  }

  /** Whether the domain is known to exist no more, as happens to a transient one that stopped. */
  boolean isGone() {
    return obstacle.filter(NoSuchDomainException.class::isInstance).isPresent();
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
        .map(known -> "is now " + known.stateAndReason())
        .orElseGet(
            () -> "now can't be read: " + obstacle.map(ErrorFormatter::of).orElse("not tried"));
  }
}
