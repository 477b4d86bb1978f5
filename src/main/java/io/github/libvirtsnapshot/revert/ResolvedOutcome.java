package io.github.libvirtsnapshot.revert;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.io.Serializable;
import java.util.Optional;

/**
 * The resolved outcome of a revert whose outcome was unknown at first.
 *
 * @param verdict the outcome
 * @param now the present status of the domain; empty if it no longer exists
 */
public record ResolvedOutcome(Verdict verdict, Optional<DomainStatus> now) implements Serializable {
  /** No component may be null. */
  public ResolvedOutcome {
    checkNotNull(verdict, "verdict is null");
    checkNotNull(now, "now is null");
  }

  /** The possible outcomes. */
  public enum Verdict {
    /** The domain was not touched: its guest has the same process as before, in the same state. */
    UNCHANGED,

    /**
     * The domain was reverted: it is in the requested state, the snapshot is the current one, and
     * either was not the current one before, or the guest has a new process that was started from a
     * snapshot.
     */
    REVERTED,

    /**
     * Neither of the others is certain. The guest was stopped, or its disks may have been changed;
     * revert again, to the same snapshot or to the safety snapshot.
     */
    INDETERMINATE
  }

  /**
   * Resolves the outcome by the present status of the domain.
   *
   * @param kept whether a safety snapshot exists, which was the current one before the revert
   */
  static ResolvedOutcome of(RevertIntent intent, Domain domain, boolean kept)
      throws LibvirtException {
    DomainStatus now = DomainStatus.of(domain);
    return new ResolvedOutcome(judge(intent, now, kept, mayKeepProcess(domain)), Optional.of(now));
  }

  /** Returns the outcome of a revert whose intent is not known. */
  static ResolvedOutcome indeterminate(DomainStatus now) {
    return new ResolvedOutcome(Verdict.INDETERMINATE, Optional.of(now));
  }

  /** Returns the outcome for a domain that no longer exists. */
  static ResolvedOutcome gone() {
    return new ResolvedOutcome(Verdict.INDETERMINATE, Optional.empty());
  }

  private static boolean mayKeepProcess(Domain domain) throws LibvirtException {
    try (Connect connect = domain.getConnect()) {
      return HypervisorDriver.of(connect).mayKeepProcess();
    }
  }

  private static Verdict judge(
      RevertIntent intent, DomainStatus now, boolean kept, boolean mayKeepProcess) {
    DomainStatus before = intent.before();
    RevertRequest request = intent.request();
    boolean sameProcess = now.isSameProcessAs(before);
    if (sameProcess && (!mayKeepProcess || !isFromSnapshot(now))) {
      return now.isSameStateAs(before) ? Verdict.UNCHANGED : Verdict.INDETERMINATE;
    }
    boolean isAsRequested =
        request.targetState().equals(Optional.of(now.state()))
            && now.currentSnapshot().equals(request.snapshot());
    boolean becameCurrent = kept || !before.currentSnapshot().equals(request.snapshot());
    boolean isOtherProcess = now.isActive() && !sameProcess;
    boolean wasStarted = isFromSnapshot(now) && (isOtherProcess || !isFromSnapshot(before));
    return isAsRequested && (becameCurrent || wasStarted)
        ? Verdict.REVERTED
        : Verdict.INDETERMINATE;
  }

  /** The reason is only meaningful for an active guest: it is wrong after some failed reverts. */
  private static boolean isFromSnapshot(DomainStatus status) {
    return status.reason() == StateReason.RUNNING_FROM_SNAPSHOT
        || status.reason() == StateReason.PAUSED_FROM_SNAPSHOT;
  }

  /** Returns one line, as in {@code REVERTED: the domain is running (from snapshot), ...}. */
  @Override
  public String toString() {
    return verdict + ": the domain " + now.map(status -> "is " + status).orElse("no longer exists");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
