package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.List;

/**
 * Thrown if a pool can't hand out a domain: the time limit passed, no domain of the pool can be
 * used any more, or the pool was closed. The message has the figures of the pool and the withdrawn
 * domains. The cause is the failure of the first withdrawn domain; the failures of the others are
 * {@linkplain #getSuppressed suppressed}.
 */
public final class NoDomainAvailableException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** The message names so many withdrawn domains at most. */
  private static final int NAMED = 3;

  NoDomainAvailableException(String why, List<WithdrawnDomain> withdrawn) {
    super(
        message(why, withdrawn),
        LibvirtError.none(why),
        withdrawn.isEmpty() ? null : withdrawn.get(0).failure());
    withdrawn.stream().skip(1).map(WithdrawnDomain::failure).forEach(this::addSuppressed);
  }

  private static String message(String why, List<WithdrawnDomain> withdrawn) {
    StringBuilder message = new StringBuilder(why);
    withdrawn.stream().limit(NAMED).forEach(domain -> message.append("; ").append(domain));
    if (withdrawn.size() > NAMED) {
      message.append("; and %d more".formatted(withdrawn.size() - NAMED));
    }
    return LogEscaper.escapeMessage(message.toString());
  }
}
