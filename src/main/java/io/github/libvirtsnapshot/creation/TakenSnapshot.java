package io.github.libvirtsnapshot.creation;

import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.util.List;

/**
 * A snapshot that {@link SnapshotMaker#take} has taken and checked. {@link #close} closes the
 * handle of the snapshot, and does not delete the snapshot.
 */
public final class TakenSnapshot implements AutoCloseable {
  private final DomainSnapshot snapshot;
  private final SnapshotPlan plan;
  private final SnapshotDetails details;
  private final RevertPlan revertPlan;

  TakenSnapshot(
      DomainSnapshot snapshot, SnapshotPlan plan, SnapshotDetails details, RevertPlan revertPlan) {
    this.snapshot = checkNotNull(snapshot, "snapshot is null");
    this.plan = checkNotNull(plan, "plan is null");
    this.details = checkNotNull(details, "details is null");
    this.revertPlan = checkNotNull(revertPlan, "revertPlan is null");
  }

  /** Returns the handle of the snapshot, which {@link #close} closes. */
  public DomainSnapshot snapshot() {
    return snapshot;
  }

  /** Returns the plan, which was made before the snapshot was taken. */
  public SnapshotPlan plan() {
    return plan;
  }

  /** Returns the details of the snapshot, as libvirt describes it. */
  public SnapshotDetails details() {
    return details;
  }

  /**
   * Returns what a revert to the snapshot would do, planned after the snapshot was taken and the
   * guest was restored.
   */
  public RevertPlan revertPlan() {
    return revertPlan;
  }

  /**
   * Returns for each part of the snapshot whether a revert restores it, according to the images as
   * they are now; empty if the library has no such information about the driver.
   */
  public List<RestoredPart> contents() {
    return revertPlan.contents();
  }

  /** Closes the handle of the snapshot. */
  @Override
  public void close() {
    snapshot.close();
  }

  /** Returns the details on one line, with control characters escaped. */
  @Override
  public String toString() {
    return details.toString();
  }
}
