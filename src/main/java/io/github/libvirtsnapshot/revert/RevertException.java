package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtError;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.RevertFlag;
import java.util.List;
import java.util.Optional;

/**
 * A revert did not do what was asked. The message says what was asked, why it failed, what the
 * domain was left as, and how to get back where there is a way, on one line. {@link #getCause} is
 * libvirt's error as the handles throw it, if libvirt reported one; errors met later, while looking
 * at the domain or rolling back, are {@linkplain #getSuppressed suppressed}. Where libvirt reported
 * none, the code of {@link #getError} is {@code VIR_ERR_OK}.
 */
public final class RevertException extends LibvirtException {
  private static final long serialVersionUID = 1;

  private final RevertOutcome outcome;
  private final transient RevertFacts facts;
  private final transient Optional<DomainStatus> after;

  RevertException(
      String message,
      LibvirtException cause,
      RevertOutcome outcome,
      RevertFacts facts,
      Optional<DomainStatus> after) {
    super(message, cause == null ? LibvirtError.none(message) : cause.getError(), cause);
    this.outcome = outcome;
    this.facts = facts;
    this.after = after;
  }

  /** Returns how far the revert got. */
  public RevertOutcome outcome() {
    return outcome;
  }

  /** Returns what was asked. */
  public RevertRequest request() {
    return facts.request();
  }

  /** Returns the name of the domain. */
  public String domain() {
    return facts.request().domain();
  }

  /** Returns the name of the snapshot; empty if the current one was asked for and not found. */
  public Optional<String> snapshot() {
    return facts.request().snapshot();
  }

  /** Returns the flags as libvirt got them; {@link RevertFlag#describe} names them. */
  public int flags() {
    return facts.request().flags();
  }

  /** Returns the domain right before; empty if it could not be read even then. */
  public Optional<DomainStatus> before() {
    return facts.before();
  }

  /** Returns the domain as it was left; empty if it no longer exists or could not be read. */
  public Optional<DomainStatus> after() {
    return after;
  }

  /** Returns each call of libvirt's revert that has ended, in order. */
  public List<RevertAttempt> attempts() {
    return facts.attempts();
  }

  /**
   * Returns the name of the snapshot that keeps what the domain was before, if one was taken and is
   * still there as far as is known.
   */
  public Optional<String> safetySnapshot() {
    return facts.safetySnapshot();
  }

  /**
   * Finds out what became of the domain, where the outcome is {@link RevertOutcome#UNKNOWN} or
   * {@link RevertOutcome#IN_PROGRESS}. It does not wait for a revert that is still in progress, nor
   * for a daemon that was just started and is still sorting out its guests: the answer holds for
   * the moment, and what a guest that is {@code paused (starting up)} will be is not known yet.
   *
   * @param connect a new connection to the same host; the one of the revert may be dead
   * @throws LibvirtException if libvirt can't be asked through this connection either
   * @throws IllegalStateException if the outcome is another, and {@link #after} has the answer
   */
  public RevertFinding findOut(Connect connect) throws LibvirtException {
    checkState(
        outcome == RevertOutcome.UNKNOWN || outcome == RevertOutcome.IN_PROGRESS,
        "there is nothing to find out: the outcome is known, %s",
        outcome);
    checkNotNull(connect, "connect is null");
    try (Domain found = connect.domainLookupByUUIDString(request().uuid())) {
      return RevertFinding.of(request(), before().get(), Optional.of(DomainStatus.of(found)));
    } catch (NoSuchDomainException e) {
      return RevertFinding.of(request(), before().get(), Optional.empty());
    }
  }
}
