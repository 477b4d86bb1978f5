package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import java.util.List;
import java.util.Optional;

/**
 * The result of one domain, or of a host whose domains could not be listed.
 *
 * @param leftSafetySnapshots safety snapshots of earlier attempts that may still be on the host
 */
record DomainResult<T>(
    String uri,
    Optional<String> domain,
    Optional<T> value,
    Optional<LibvirtException> failure,
    Optional<ResolvedOutcome> resolved,
    List<String> leftSafetySnapshots) {

  /** Returns the result of a host whose domains could not be listed. */
  static <T> DomainResult<T> ofHost(String uri, LibvirtException failure) {
    return new DomainResult<>(
        uri, Optional.empty(), Optional.empty(), Optional.of(failure), Optional.empty(), List.of());
  }

  /** Returns whether the domain was reverted, also if the guest is not ready. */
  boolean isReverted() {
    return value.isPresent() || isReverted(failure, resolved);
  }

  /** Returns whether a domain was reverted although the run has a failure for it. */
  static boolean isReverted(
      Optional<LibvirtException> failure, Optional<ResolvedOutcome> resolved) {
    return resolved.filter(found -> found.verdict() == Verdict.REVERTED).isPresent()
        || FleetEntry.revertFailure(failure).filter(DomainResult::isReverted).isPresent();
  }

  /** If libvirt has ended a revert that is in progress, the domain after it is known. */
  private static boolean isReverted(RevertException failure) {
    return failure.outcome().isReverted()
        || (failure.outcome() == RevertOutcome.IN_PROGRESS
            && failure.details().after().isPresent());
  }

  /** Says which domain of a run that reverts all domains or none has failed, and why. */
  String failureWords() {
    return domain
            .map(name -> "domain " + LogEscaper.quote(name))
            .orElse("the domains that a condition selects")
        + " of "
        + LogEscaper.escape(LogEscaper.uriWithoutSecrets(uri))
        + (isReverted()
            ? " could not be resumed with the others"
            : domain.isPresent() ? " was not reverted" : " were not listed")
        + ", so no domain of the run stays reverted"
        + failure.map(why -> ": " + why.getMessage()).orElse("");
  }
}
