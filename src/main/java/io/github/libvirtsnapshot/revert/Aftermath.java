package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.NoSuchDomainException;
import java.util.Optional;

/**
 * What could be learned of a domain after libvirt was asked to revert it.
 *
 * @param status the domain, if it could be read
 * @param obstacle why it could not be read, if it could not
 */
record Aftermath(Optional<DomainStatus> status, Optional<Exception> obstacle) {
  static Aftermath of(Domain domain) {
    try {
      return new Aftermath(Optional.of(DomainStatus.of(domain)), Optional.empty());
    } catch (LibvirtException | IllegalStateException e) {
      return new Aftermath(Optional.empty(), Optional.of(e));
    }
  }

  /** Whether the domain is known to exist no more, as happens to a transient one that stopped. */
  boolean isGone() {
    return obstacle.filter(NoSuchDomainException.class::isInstance).isPresent();
  }

  boolean isUnknown() {
    return status.isEmpty() && !isGone();
  }

  /** Goes on from "the domain", as in {@code is now shut off (failed)}. */
  @Override
  public String toString() {
    if (isGone()) {
      return "no longer exists";
    }
    return status
        .map(known -> "is now " + known.stateAndReason())
        .orElseGet(() -> "now can't be read: " + LogText.escape(obstacle.get().getMessage()));
  }
}
