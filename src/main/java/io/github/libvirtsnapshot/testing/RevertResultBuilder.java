package io.github.libvirtsnapshot.testing;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.RevertRiskyException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.revert.RevertAttempt;
import io.github.libvirtsnapshot.revert.RevertDetails;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.StateCorrection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Makes reports and exceptions of reverts, for unit tests of programs that handle them:
 *
 * <pre>{@code
 * RevertReport report = RevertResultBuilder.of("web01", "clean-install").report();
 * RevertException failure =
 *     RevertResultBuilder.of("web01", "clean-install")
 *         .failed(RevertOutcome.FAILED, ErrorNumber.VIR_ERR_INTERNAL_ERROR, "no such image")
 *         .exception();
 * }</pre>
 *
 * <p>Everything that a test does not set has a default, so that such code still compiles when a
 * later release adds a component to {@link RevertDetails}. The defaults are those of a revert in
 * one attempt, of a running, persistent domain to a snapshot that was taken while it was running:
 *
 * <ul>
 *   <li>the domain before: running
 *   <li>the domain after: as requested if it was reverted; as before if the revert was {@code
 *       NOT_STARTED}, {@code FAILED} or {@code ROLLED_BACK}; empty for {@code UNKNOWN} and {@code
 *       IN_PROGRESS}; otherwise shut off
 *   <li>the guest: for {@code GUEST_SILENT}, a guest that did not answer within 60 s; for {@code
 *       CLOCK_NOT_SET}, a guest that answered after 1 s; otherwise empty
 *   <li>the safety snapshot: for {@code ROLLBACK_FAILED}, some name; otherwise empty
 * </ul>
 *
 * <p>Each method changes this builder. {@link #report}, {@link #exception} and {@link #details} may
 * be called any number of times.
 */
public final class RevertResultBuilder {
  private static final Instant BEGUN = Instant.parse("2026-01-01T00:00:00Z");
  private static final String SAFETY_SNAPSHOT =
      "before-revert-2026-01-01T00-00-00.000Z-00000000-0000-0000-0000-000000000000";

  private final String domain;
  private final String snapshot;
  private Optional<DomainState> requested = Optional.empty();
  private DomainState before = DomainState.RUNNING;
  private Optional<DomainState> after = Optional.empty();
  private Duration elapsed = Duration.ofSeconds(1);
  private List<StateCorrection> corrections = List.of();
  private List<RestoredPart> contents = List.of();
  private Optional<GuestStatus> guest = Optional.empty();
  private Optional<String> safetySnapshot = Optional.empty();
  private RevertOutcome outcome = RevertOutcome.REVERTED;
  private Optional<LibvirtError> error = Optional.empty();
  private String message = "";

  private RevertResultBuilder(String domain, String snapshot) {
    this.domain = checkNotNull(domain, "domain is null");
    this.snapshot = checkNotNull(snapshot, "snapshot is null");
  }

  /** Begins with the defaults, for a revert that was done. */
  public static RevertResultBuilder of(String domain, String snapshot) {
    return new RevertResultBuilder(domain, snapshot);
  }

  /**
   * Sets the state that was requested with a flag; without it, no state was.
   *
   * @param state {@code RUNNING} or {@code PAUSED}
   * @throws IllegalArgumentException if it is another state
   */
  public RevertResultBuilder requested(DomainState state) {
    requested = TestValues.requested(state);
    return this;
  }

  /** Sets the state of the domain right before the revert. */
  public RevertResultBuilder before(DomainState state) {
    before = checkNotNull(state, "state is null");
    return this;
  }

  /** Sets the state that the domain was left in. */
  public RevertResultBuilder after(DomainState state) {
    after = Optional.of(state);
    return this;
  }

  /** Sets how long libvirt took for the revert itself. */
  public RevertResultBuilder elapsed(Duration time) {
    elapsed = checkNotNull(time, "time is null");
    return this;
  }

  /** Sets the steps that brought the domain to the requested state after libvirt left another. */
  public RevertResultBuilder corrections(StateCorrection... steps) {
    corrections = List.of(steps);
    return this;
  }

  /** Sets, for each part of the snapshot, whether the revert brings it back. */
  public RevertResultBuilder contents(RestoredPart... parts) {
    contents = List.of(parts);
    return this;
  }

  /** Sets what is known of the guest. */
  public RevertResultBuilder guest(GuestStatus status) {
    guest = Optional.of(status);
    return this;
  }

  /** Sets a safety snapshot, with some name that a safety snapshot can have. */
  public RevertResultBuilder withSafetySnapshot() {
    return safetySnapshot(SAFETY_SNAPSHOT);
  }

  /**
   * Sets the name of the safety snapshot. {@link #details}, {@link #report} and {@link #exception}
   * throw an {@link IllegalArgumentException} if no safety snapshot can have this name.
   */
  public RevertResultBuilder safetySnapshot(String name) {
    safetySnapshot = Optional.of(name);
    return this;
  }

  /**
   * Makes the revert one that failed although libvirt reported no error, such as {@link
   * RevertOutcome#WRONG_STATE}.
   *
   * @param reason why, for the message of the exception
   * @throws IllegalArgumentException if the outcome is {@link RevertOutcome#REVERTED}
   */
  public RevertResultBuilder failed(RevertOutcome how, String reason) {
    return failed(how, Optional.empty(), reason);
  }

  /**
   * Makes the revert one that failed with an error of libvirt. The cause of the exception has the
   * type that the handles throw for this error, such as {@link NoSuchSnapshotException}.
   *
   * @param reason the message of libvirt
   * @throws IllegalArgumentException if the outcome is {@link RevertOutcome#REVERTED}
   */
  public RevertResultBuilder failed(RevertOutcome how, ErrorNumber code, String reason) {
    return failed(
        how, Optional.of(LibvirtError.of(code, ErrorDomain.VIR_FROM_QEMU, reason)), reason);
  }

  private RevertResultBuilder failed(
      RevertOutcome how, Optional<LibvirtError> reported, String reason) {
    checkArgument(how != RevertOutcome.REVERTED, "REVERTED is not the outcome of a failure");
    outcome = checkNotNull(how, "how is null");
    message = checkNotNull(reason, "reason is null");
    error = reported;
    return this;
  }

  /**
   * Makes the report; also where the domain was reverted, and only its guest is not ready.
   *
   * @throws IllegalStateException if the revert failed
   */
  public RevertReport report() {
    checkState(
        outcome.isReverted(), "a revert that ended in %s has no report: call exception()", outcome);
    return new RevertReport(details());
  }

  /**
   * Makes the exception. Its message is not worded as those of the library are.
   *
   * @throws IllegalStateException if the revert did not fail
   */
  public RevertException exception() {
    checkState(
        outcome != RevertOutcome.REVERTED,
        "a revert that was done has no exception: call failed(...) first, or report()");
    RevertDetails details = details();
    return new RevertException(
        "reverting %s ended in %s: %s".formatted(details.request(), outcome, message),
        details,
        error.map(RevertResultBuilder::cause).orElse(null));
  }

  /** Makes the values that a report and an exception have in common. */
  public RevertDetails details() {
    boolean started = outcome != RevertOutcome.NOT_STARTED;
    return new RevertDetails(
        outcome,
        TestValues.request(
            domain,
            snapshot,
            requested,
            outcome.isReverted() ? after.orElse(DomainState.RUNNING) : DomainState.RUNNING),
        Optional.of(TestValues.status(before, snapshot)),
        after(),
        started ? Optional.of(BEGUN) : Optional.empty(),
        started && isAnswered()
            ? List.of(
                new RevertAttempt(1, outcome.isReverted() ? Optional.empty() : error, elapsed))
            : List.of(),
        corrections,
        contents,
        guest.or(this::defaultGuest),
        outcome == RevertOutcome.ROLLBACK_FAILED
            ? safetySnapshot.or(() -> Optional.of(SAFETY_SNAPSHOT))
            : safetySnapshot);
  }

  private boolean isAnswered() {
    return outcome != RevertOutcome.UNKNOWN && outcome != RevertOutcome.IN_PROGRESS;
  }

  private Optional<DomainStatus> after() {
    return after
        .or(
            () ->
                switch (outcome) {
                  case REVERTED, LINKS_NOT_SET, GUEST_SILENT, CLOCK_NOT_SET ->
                      Optional.of(requested.orElse(DomainState.RUNNING));
                  case NOT_RESUMED -> Optional.of(DomainState.PAUSED);
                  case NOT_STARTED, FAILED, ROLLED_BACK -> Optional.of(before);
                  case WRONG_STATE, ROLLBACK_FAILED -> Optional.of(DomainState.SHUTOFF);
                  case UNKNOWN, IN_PROGRESS -> Optional.empty();
                })
        .map(state -> TestValues.status(state, snapshot));
  }

  private Optional<GuestStatus> defaultGuest() {
    return switch (outcome) {
      case GUEST_SILENT -> Optional.of(GuestStatus.silent(Duration.ofSeconds(60)));
      case CLOCK_NOT_SET -> Optional.of(GuestStatus.responded(Duration.ofSeconds(1), false));
      default -> Optional.empty();
    };
  }

  private static LibvirtException cause(LibvirtError error) {
    return switch (error.getCode()) {
      case VIR_ERR_NO_DOMAIN -> new NoSuchDomainException(error);
      case VIR_ERR_NO_DOMAIN_SNAPSHOT -> new NoSuchSnapshotException(error);
      case VIR_ERR_SNAPSHOT_REVERT_RISKY -> new RevertRiskyException(error);
      case VIR_ERR_AGENT_UNRESPONSIVE, VIR_ERR_AGENT_COMMAND_TIMEOUT ->
          new AgentUnresponsiveException(error);
      default -> new LibvirtException(error);
    };
  }
}
