package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
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
}
