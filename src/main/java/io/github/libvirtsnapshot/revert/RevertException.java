package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import java.util.Optional;

/**
 * A revert did not do what was requested, or its guest is not ready. The message says, on one line,
 * what was requested, why it failed, what the domain was left as, and how to get back where there
 * is a way. {@link #getCause} is libvirt's error as the handles throw it, or whatever else ended
 * the revert; errors met later, while looking at the domain or rolling back, are {@linkplain
 * #getSuppressed suppressed}. Where libvirt reported no error, the code of {@link #getError} is
 * {@code VIR_ERR_OK}.
 */
public final class RevertException extends LibvirtException {
  private static final long serialVersionUID = 2;

  private final RevertDetails details;

  /**
   * Makes an exception.
   *
   * @param message what the caller should know, fit for a log
   * @param details all that is known of the revert
   * @param cause libvirt's error, or what else ended the revert, or null
   * @throws IllegalArgumentException if the outcome is {@link RevertOutcome#REVERTED}
   */
  public RevertException(String message, RevertDetails details, Throwable cause) {
    super(
        message,
        cause instanceof LibvirtException e ? e.getError() : LibvirtError.none(message),
        cause);
    checkArgument(
        details.outcome() != RevertOutcome.REVERTED,
        "a revert that was done is no failure: %s",
        details);
    this.details = details;
  }

  /** Returns all that is known of the revert: the same values that a report has. */
  public RevertDetails details() {
    return details;
  }

  /** Returns how it ended. */
  public RevertOutcome outcome() {
    return details.outcome();
  }

  /**
   * Returns the report of the revert, where it was done and only the guest is not ready: {@link
   * SnapshotReverter#undo} takes it.
   */
  public Optional<RevertReport> report() {
    return outcome().isReverted() && details.after().isPresent()
        ? Optional.of(new RevertReport(details))
        : Optional.empty();
  }

  /**
   * Returns the revert as it was about to begin, for another process that should find out what
   * became of it; empty if the domain could not be read even then.
   */
  public Optional<RevertIntent> intent() {
    return details
        .before()
        .map(before -> new RevertIntent(details.request(), before, details.safetySnapshot()));
  }

  /**
   * Finds out what became of the domain, where the outcome is {@link RevertOutcome#UNKNOWN} or
   * {@link RevertOutcome#IN_PROGRESS}. It waits neither for a revert that is still in progress nor
   * for a daemon that was just started and still connects to its guests: the answer holds for the
   * moment, and what a guest that is {@code paused (starting up)} will be is not known yet.
   *
   * @param connect a new connection to the same host; the one of the revert may be dead
   * @throws LibvirtException if libvirt can't be asked through this connection either
   * @throws IllegalStateException if the outcome is another, and {@link RevertDetails#after} has
   *     the answer
   */
  public ResolvedOutcome resolveOutcome(Connect connect) throws LibvirtException {
    checkState(
        outcome() == RevertOutcome.UNKNOWN || outcome() == RevertOutcome.IN_PROGRESS,
        "there is nothing to find out: the outcome is known, %s",
        outcome());
    checkNotNull(connect, "connect is null");
    try (Domain found = connect.domainLookupByUUIDString(details.request().uuid())) {
      Optional<RevertIntent> intent = intent();
      return intent.isPresent()
          ? intent.get().observe(found)
          : ResolvedOutcome.neither(DomainStatus.of(found));
    } catch (NoSuchDomainException e) {
      return ResolvedOutcome.gone();
    }
  }
}
