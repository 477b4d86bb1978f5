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
import org.jspecify.annotations.Nullable;

/**
 * Thrown if a revert did not do what was requested, or the guest is not ready. The message says on
 * one line what was requested, why the revert failed, the state of the domain, and the way out if
 * there is one. {@link #getCause} is the exception of libvirt's error, or whatever else ended the
 * revert; errors of later steps, such as the rollback, are {@linkplain #getSuppressed suppressed}.
 * If libvirt reported no error, the code of {@link #getError} is {@code VIR_ERR_OK}.
 */
public final class RevertException extends LibvirtException {
  private static final long serialVersionUID = 3;

  private final RevertDetails details;

  /**
   * Creates an exception.
   *
   * @param message the message for the caller, on one line
   * @param details the details of the revert
   * @param cause the exception that ended the revert, or null
   * @throws IllegalArgumentException if the outcome is {@link RevertOutcome#REVERTED}
   */
  public RevertException(String message, RevertDetails details, @Nullable Throwable cause) {
    super(
        message,
        cause instanceof LibvirtException e ? e.getError() : LibvirtError.none(message),
        cause);
    checkArgument(
        details.outcome() != RevertOutcome.REVERTED,
        "a successful revert is not a failure: %s",
        details);
    this.details = details;
  }

  /** Returns the details of the revert: the same values that a report has. */
  public RevertDetails details() {
    return details;
  }

  /** Returns the outcome. */
  public RevertOutcome outcome() {
    return details.outcome();
  }

  /**
   * Returns the report, if the revert was done and only the guest is not ready. {@link
   * SnapshotReverter#undo} takes the report.
   */
  public Optional<RevertReport> report() {
    return outcome().isReverted() && details.after().isPresent()
        ? Optional.of(new RevertReport(details))
        : Optional.empty();
  }

  /**
   * Returns the intent of the revert, with which another process can resolve the outcome; empty if
   * the status of the domain could not be read before the revert.
   */
  public Optional<RevertIntent> intent() {
    return details
        .before()
        .map(before -> new RevertIntent(details.request(), before, details.safetySnapshot()));
  }

  /**
   * Resolves the outcome if it is {@link RevertOutcome#UNKNOWN} or {@link
   * RevertOutcome#IN_PROGRESS}. This method waits neither for a revert that is still in progress
   * nor for a daemon that was just started and still connects to its guests: the result is that of
   * the moment, and a guest that is {@code paused (starting up)} has no final state yet. {@link
   * RevertIntent#awaitOutcome} waits.
   *
   * @param connect a new connection to the same host; that of the revert may be lost
   * @throws LibvirtException if libvirt can't be queried through this connection
   * @throws IllegalStateException if the outcome is known: {@link RevertDetails#after} has the
   *     state
   */
  public ResolvedOutcome resolveOutcome(Connect connect) throws LibvirtException {
    checkState(
        outcome() == RevertOutcome.UNKNOWN || outcome() == RevertOutcome.IN_PROGRESS,
        "the outcome is known already: %s",
        outcome());
    checkNotNull(connect, "connect is null");
    try (Domain found = connect.domainLookupByUUIDString(details.request().uuid())) {
      Optional<RevertIntent> intent = intent();
      return intent.isPresent()
          ? intent.get().resolve(found)
          : ResolvedOutcome.indeterminate(DomainStatus.of(found));
    } catch (NoSuchDomainException e) {
      return ResolvedOutcome.gone();
    }
  }
}
