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
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.util.List;
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

  private final RevertFacts facts;

  /**
   * Makes an exception.
   *
   * @param message what the caller should know, fit for a log
   * @param facts all that is known of the revert
   * @param cause libvirt's error, or what else ended the revert, or null
   * @throws IllegalArgumentException if the outcome is {@link RevertOutcome#REVERTED}
   */
  public RevertException(String message, RevertFacts facts, Throwable cause) {
    super(
        message,
        cause instanceof LibvirtException e ? e.getError() : LibvirtError.none(message),
        cause);
    checkArgument(
        facts.outcome() != RevertOutcome.REVERTED,
        "a revert that was done is no failure: %s",
        facts);
    this.facts = facts;
  }

  /** Returns all that is known of the revert. */
  public RevertFacts facts() {
    return facts;
  }

  /** Returns how it ended. */
  public RevertOutcome outcome() {
    return facts.outcome();
  }

  /** Returns what was requested. */
  public RevertRequest request() {
    return facts.request();
  }

  /** Returns the name of the domain. */
  public String domain() {
    return request().domain();
  }

  /** Returns the name of the snapshot; empty if the current one was requested and not found. */
  public Optional<String> snapshot() {
    return request().snapshot();
  }

  /**
   * Returns the flags as libvirt got them; {@link
   * io.github.libvirtsnapshot.flags.RevertFlag#describe} names them.
   */
  public int flags() {
    return request().flags();
  }

  /** Returns the domain right before; empty if it could not be read even then. */
  public Optional<DomainStatus> before() {
    return facts.before();
  }

  /** Returns the domain as it was left; empty if it no longer exists or could not be read. */
  public Optional<DomainStatus> after() {
    return facts.after();
  }

  /** Returns each call of libvirt's revert that has ended, in order. */
  public List<RevertAttempt> attempts() {
    return facts.attempts();
  }

  /** Returns what became of the guest; empty if it was not awaited, or it did not come to that. */
  public Optional<GuestStatus> guest() {
    return facts.guest();
  }

  /**
   * Returns the report of the revert, where it was done and only the guest is not ready: {@link
   * SnapshotReverter#undo} takes it.
   */
  public Optional<RevertReport> report() {
    return outcome().isReverted() && after().isPresent()
        ? Optional.of(new RevertReport(facts))
        : Optional.empty();
  }

  /**
   * Returns the name of the snapshot that keeps what the domain was before, if there is one as far
   * as is known; the message says so where it may or may not exist.
   */
  public Optional<String> safetySnapshot() {
    return facts.safetySnapshot();
  }

  /**
   * Returns the revert as it was about to begin, for another process that should find out what
   * became of it; empty if the domain could not be read even then.
   */
  public Optional<PendingRevert> pending() {
    return before().map(before -> new PendingRevert(request(), before, safetySnapshot()));
  }

  /**
   * Finds out what became of the domain, where the outcome is {@link RevertOutcome#UNKNOWN} or
   * {@link RevertOutcome#IN_PROGRESS}. It waits neither for a revert that is still in progress nor
   * for a daemon that was just started and still connects to its guests: the answer holds for the
   * moment, and what a guest that is {@code paused (starting up)} will be is not known yet.
   *
   * @param connect a new connection to the same host; the one of the revert may be dead
   * @throws LibvirtException if libvirt can't be asked through this connection either
   * @throws IllegalStateException if the outcome is another, and {@link #after} has the answer
   */
  public RevertFinding findOutcome(Connect connect) throws LibvirtException {
    checkState(
        outcome() == RevertOutcome.UNKNOWN || outcome() == RevertOutcome.IN_PROGRESS,
        "there is nothing to find out: the outcome is known, %s",
        outcome());
    checkNotNull(connect, "connect is null");
    try (Domain found = connect.domainLookupByUUIDString(request().uuid())) {
      Optional<PendingRevert> pending = pending();
      return pending.isPresent()
          ? pending.get().look(found)
          : RevertFinding.neither(DomainStatus.of(found));
    } catch (NoSuchDomainException e) {
      return RevertFinding.gone();
    }
  }
}
