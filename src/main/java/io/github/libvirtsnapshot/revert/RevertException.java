package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtError;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.RevertFlag;
import java.util.Optional;

/**
 * A revert did not do what was asked. The message says what was asked, why it failed and what the
 * domain was left as, on one line. {@link #getCause} is libvirt's error as the handles throw it, if
 * libvirt reported one; an error met while looking at the domain afterwards is {@linkplain
 * #getSuppressed suppressed}. Where libvirt reported none, the code of {@link #getError} is {@code
 * VIR_ERR_OK}.
 */
public final class RevertException extends LibvirtException {
  private static final long serialVersionUID = 1;

  private final RevertOutcome outcome;
  private final transient RevertRequest request;
  private final transient Optional<DomainStatus> before;
  private final transient Optional<DomainStatus> after;

  private RevertException(
      String message,
      LibvirtException cause,
      RevertOutcome outcome,
      RevertRequest request,
      Optional<DomainStatus> before,
      Optional<DomainStatus> after) {
    super(message, cause == null ? LibvirtError.none(message) : cause.getError(), cause);
    this.outcome = outcome;
    this.request = request;
    this.before = before;
    this.after = after;
  }

  /** libvirt was not asked to revert. */
  static RevertException notStarted(
      RevertRequest request, Optional<DomainStatus> before, LibvirtException cause) {
    return new RevertException(
        "reverting " + request + " was not started: " + describe(cause),
        cause,
        RevertOutcome.NOT_STARTED,
        request,
        before,
        before);
  }

  /** libvirt reported an error. */
  static RevertException failed(
      RevertRequest request, DomainStatus before, Aftermath after, LibvirtException cause) {
    return ended(
        "reverting " + request + " failed: " + describe(cause),
        cause,
        after.isUnknown() ? RevertOutcome.UNKNOWN : RevertOutcome.FAILED,
        request,
        before,
        after);
  }

  /** libvirt reported success, and yet the domain is not seen to be what was asked for. */
  static RevertException notAsAsked(
      RevertRequest request, DomainStatus before, Aftermath after, Optional<DomainState> asked) {
    return ended(
        "reverting "
            + request
            + " succeeded, says libvirt, but should have left the domain "
            + asked.map(DomainState::words).orElse("as in the snapshot"),
        null,
        after.isUnknown() ? RevertOutcome.UNKNOWN : RevertOutcome.WRONG_STATE,
        request,
        before,
        after);
  }

  private static RevertException ended(
      String what,
      LibvirtException cause,
      RevertOutcome outcome,
      RevertRequest request,
      DomainStatus before,
      Aftermath after) {
    String message = what + "; it was " + before.stateAndReason() + " and " + after;
    RevertException exception =
        new RevertException(message, cause, outcome, request, Optional.of(before), after.status());
    after.obstacle().ifPresent(exception::addSuppressed);
    return exception;
  }

  private static String describe(LibvirtException e) {
    LibvirtError error = e.getError();
    return LogText.escape(e.getMessage())
        + " ["
        + error.getCode()
        + " "
        + error.getRawCode()
        + ", "
        + error.getDomain()
        + " "
        + error.getRawDomain()
        + "]";
  }

  /** Returns how far the revert got. */
  public RevertOutcome outcome() {
    return outcome;
  }

  /** Returns the name of the domain. */
  public String domain() {
    return request.domain();
  }

  /** Returns the name of the snapshot; empty if the current one was asked for and not found. */
  public Optional<String> snapshot() {
    return request.snapshot();
  }

  /** Returns the flags as libvirt got them; {@link RevertFlag#describe} names them. */
  public int flags() {
    return request.flags();
  }

  /** Returns the domain right before; empty if it could not be read even then. */
  public Optional<DomainStatus> before() {
    return before;
  }

  /** Returns the domain right after; empty if it no longer exists or could not be read. */
  public Optional<DomainStatus> after() {
    return after;
  }
}
