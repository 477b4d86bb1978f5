package io.github.libvirtsnapshot.plan;

import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.Optional;

/** Requests for tests in other packages. */
public final class Requests {
  private Requests() {}

  /** Returns a request for a snapshot, with the target state of the flags or the snapshot. */
  public static RevertRequest of(SnapshotDescription target, int flags) {
    return new RevertRequest(
        "web01",
        "6695eb01-f6a4-8304-79aa-97f2502e193f",
        Optional.of(target.name()),
        flags,
        RevertRequest.stateNamedBy(flags).or(() -> target.details().stateAfterRevert()));
  }
}
