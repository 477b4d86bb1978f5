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
 * What became of a domain whose revert ended with an unknown outcome.
 *
 * @param verdict which of the three it is
 * @param now the domain as it is; empty if it no longer exists
 */
public record ResolvedOutcome(Verdict verdict, Optional<DomainStatus> now) implements Serializable {
  /** No component may be null. */
  public ResolvedOutcome {
    checkNotNull(verdict, "verdict is null");
    checkNotNull(now, "now is null");
  }

  /** The three states that such a revert may leave. */
  public enum Verdict {
    /** The guest's process is the one from before, in the same state: it was not touched. */
    UNCHANGED,

    /**
     * The domain is in the requested state and the snapshot is the current one; and it became the
     * current one only now, or the guest's new process was started from a snapshot.
     */
    REVERTED,

    /**
     * It is not certain that it is one of the others. The guest was stopped, or its disks may have
     * been changed; revert again, to the same snapshot or to the safety snapshot.
     */
    INDETERMINATE
  }

  /**
   * Looks at the domain.
   *
   * @param kept whether there is a safety snapshot, which was the current one before the revert
   */
  static ResolvedOutcome of(RevertIntent intent, Domain domain, boolean kept)
      throws LibvirtException {
    DomainStatus now = DomainStatus.of(domain);
    return new ResolvedOutcome(judge(intent, now, kept, mayKeepProcess(domain)), Optional.of(now));
  }

  /** Nothing can be said of it. */
  static ResolvedOutcome neither(DomainStatus now) {
    return new ResolvedOutcome(Verdict.INDETERMINATE, Optional.of(now));
  }

  /** The domain exists no more. */
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

  /** libvirt's reason counts for an active guest only: it is wrong after some failed reverts. */
  private static boolean isFromSnapshot(DomainStatus status) {
    return status.reason() == StateReason.RUNNING_FROM_SNAPSHOT
        || status.reason() == StateReason.PAUSED_FROM_SNAPSHOT;
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
