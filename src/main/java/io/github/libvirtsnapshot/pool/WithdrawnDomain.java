package io.github.libvirtsnapshot.pool;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Instant;
import java.util.Optional;

/**
 * A domain that was taken out of a pool.
 *
 * @param uri the host, as it was given
 * @param domain the name of the domain
 * @param failure why the domain was taken out; a {@link
 *     io.github.libvirtsnapshot.revert.RevertException} if its revert failed
 * @param since when the domain was taken out
 * @param nextAttempt when the pool reverts the domain again; empty if it does not
 */
public record WithdrawnDomain(
    String uri,
    String domain,
    LibvirtException failure,
    Instant since,
    Optional<Instant> nextAttempt) {

  /** Creates a value; no component may be null. */
  public WithdrawnDomain {
    checkNotNull(uri, "uri is null");
    checkNotNull(domain, "domain is null");
    checkNotNull(failure, "failure is null");
    checkNotNull(since, "since is null");
    checkNotNull(nextAttempt, "nextAttempt is null");
  }

  /** Returns one line, escaped, without the secrets of the URI. */
  @Override
  public String toString() {
    return LogEscaper.quote(domain)
        + " of "
        + LogEscaper.escape(LogEscaper.uriWithoutSecrets(uri))
        + ": "
        + failure.getMessage();
  }
}
