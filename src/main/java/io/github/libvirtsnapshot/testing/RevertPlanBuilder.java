package io.github.libvirtsnapshot.testing;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.ConfigurationChange;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import java.util.List;
import java.util.Optional;

/**
 * Makes plans of reverts, for unit tests of programs that read them:
 *
 * <pre>{@code
 * RevertPlan plan =
 *     RevertPlanBuilder.of("web01", "clean-install")
 *         .refusal(ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, "a managed save image exists", "force()")
 *         .plan();
 * }</pre>
 *
 * <p>Everything that a test does not set has a default, so that such code still compiles when a
 * later release adds a component to {@link RevertPlan}. The defaults are those of a QEMU domain of
 * libvirt 9.0.0 that is running and persistent, and whose current snapshot is the target: the
 * revert would leave the requested state, or {@code RUNNING} without one; it would lose and change
 * nothing; all contents are certain; an internal safety snapshot is possible; and nothing is
 * unknown.
 *
 * <p>Each method changes this builder. {@link #plan} may be called any number of times.
 */
public final class RevertPlanBuilder {
  private static final String DRIVER = "QEMU";
  private static final long LIBVIRT_VERSION = 9_000_000;

  private final String domain;
  private final String snapshot;
  private Optional<DomainState> requested = Optional.empty();
  private DomainState before = DomainState.RUNNING;
  private Optional<DomainState> stateAfter = Optional.empty();
  private Optional<Refusal> refusal = Optional.empty();
  private List<Loss> losses = List.of();
  private List<ConfigurationChange> configurationChanges = List.of();
  private List<RestoredPart> contents =
      List.of(RestoredPart.certain("disk vda"), RestoredPart.certain("memory"));
  private SafetySnapshotOption safety =
      SafetySnapshotOption.possible(SafetySnapshotOption.Kind.INTERNAL);
  private List<String> unknowns = List.of();

  private RevertPlanBuilder(String domain, String snapshot) {
    this.domain = checkNotNull(domain, "domain is null");
    this.snapshot = checkNotNull(snapshot, "snapshot is null");
  }

  /** Begins with the defaults, for a revert that would succeed. */
  public static RevertPlanBuilder of(String domain, String snapshot) {
    return new RevertPlanBuilder(domain, snapshot);
  }

  /**
   * Sets the state that is requested with a flag; without it, no state is.
   *
   * @param state {@code RUNNING} or {@code PAUSED}
   * @throws IllegalArgumentException if it is another state
   */
  public RevertPlanBuilder requested(DomainState state) {
    requested = TestValues.requested(state);
    return this;
  }

  /** Sets the present state of the domain. */
  public RevertPlanBuilder before(DomainState state) {
    before = checkNotNull(state, "state is null");
    return this;
  }

  /** Sets the state that the revert would leave, which may differ from the requested one. */
  public RevertPlanBuilder stateAfter(DomainState state) {
    stateAfter = Optional.of(state);
    return this;
  }

  /**
   * Lets libvirt refuse the revert before the domain is touched.
   *
   * @param code the error that libvirt would report
   * @param reason what prevents the revert
   * @param wayOut which flag or which other step would change that
   */
  public RevertPlanBuilder refusal(ErrorNumber code, String reason, String wayOut) {
    return refusal(Refusal.untouched(code, reason, wayOut));
  }

  /** Lets the revert end in an error, which may come after the guest is stopped. */
  public RevertPlanBuilder refusal(Refusal expected) {
    refusal = Optional.of(expected);
    return this;
  }

  /** Sets what would be lost. */
  public RevertPlanBuilder losses(Loss... all) {
    losses = List.of(all);
    return this;
  }

  /** Sets which parts of the configuration would change. */
  public RevertPlanBuilder configurationChanges(ConfigurationChange... all) {
    configurationChanges = List.of(all);
    return this;
  }

  /** Sets, for each part of the snapshot, whether the revert would bring it back. */
  public RevertPlanBuilder contents(RestoredPart... parts) {
    contents = List.of(parts);
    return this;
  }

  /** Sets which kind of safety snapshot is possible. */
  public RevertPlanBuilder safety(SafetySnapshotOption option) {
    safety = checkNotNull(option, "option is null");
    return this;
  }

  /** Sets what is unknown and may make the revert end differently. */
  public RevertPlanBuilder unknowns(String... all) {
    unknowns = List.of(all);
    return this;
  }

  /** Makes the plan. */
  public RevertPlan plan() {
    DomainStatus now = TestValues.status(before, snapshot);
    DomainState target = requested.orElse(DomainState.RUNNING);
    boolean stopped = refusal.filter(Refusal::guestStopped).isPresent();
    DomainState expected =
        stateAfter.orElse(stopped ? DomainState.SHUTOFF : refusal.isPresent() ? before : target);
    Optional<StateReason> reason =
        stopped ? Optional.empty() : Optional.of(TestValues.reason(expected));
    return new RevertPlan(
        TestValues.request(domain, snapshot, requested, DomainState.RUNNING),
        DRIVER,
        LIBVIRT_VERSION,
        now,
        List.of(snapshot),
        refusal,
        Optional.of(expected),
        reason,
        Optional.empty(),
        losses,
        configurationChanges,
        contents,
        safety,
        unknowns,
        List.of());
  }
}
