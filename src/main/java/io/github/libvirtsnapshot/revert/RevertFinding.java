package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.SerializedRecord;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.io.Serializable;
import java.util.Optional;

/**
 * What became of a domain whose revert ended with an unknown outcome.
 *
 * @param verdict which of the three it is
 * @param now the domain as it is; empty if it no longer exists
 */
public record RevertFinding(Verdict verdict, Optional<DomainStatus> now) implements Serializable {
  /** The three states that such a revert may leave. */
  public enum Verdict {
    /** The guest's process is the one from before, in the same state: it was not touched. */
    AS_BEFORE,

    /**
     * The domain is in the requested state and the snapshot is the current one; and it became the
     * current one only now, or the guest's new process was started from a snapshot.
     */
    REVERTED,

    /**
     * It is not certain that it is one of the others. The guest was stopped, or its disks may have
     * been changed; revert again, to the same snapshot or to the safety snapshot.
     */
    NEITHER
  }

  static RevertFinding of(RevertFacts facts, Optional<DomainStatus> now) {
    return new RevertFinding(
        facts
            .before()
            .flatMap(before -> now.map(status -> judge(facts.request(), before, status)))
            .orElse(Verdict.NEITHER),
        now);
  }

  private static Verdict judge(RevertRequest request, DomainStatus before, DomainStatus now) {
    if (now.isSameProcessAs(before)) {
      return now.isSameStateAs(before) ? Verdict.AS_BEFORE : Verdict.NEITHER;
    }
    boolean isCurrent = now.currentSnapshot().equals(request.snapshot());
    boolean wasCurrent = before.currentSnapshot().equals(request.snapshot());
    return request.targetState().equals(Optional.of(now.state()))
            && isCurrent
            && (!wasCurrent || isStartedFromSnapshot(now))
        ? Verdict.REVERTED
        : Verdict.NEITHER;
  }

  /** libvirt's reason counts for an active guest only: it is wrong after some failed reverts. */
  private static boolean isStartedFromSnapshot(DomainStatus now) {
    return now.reason() == StateReason.RUNNING_FROM_SNAPSHOT
        || now.reason() == StateReason.PAUSED_FROM_SNAPSHOT;
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
