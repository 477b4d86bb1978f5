package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.snapshots.SnapshotCache;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/**
 * What each stage of a run may use.
 *
 * @param domain a handle of the run's own: the caller may close theirs at any time
 * @param inventory the domains of the host, which may be shared with other runs
 * @param known what is known of the run: its thread writes it, and any thread may read it
 */
record RunContext(
    RevertSettings settings,
    RevertGate gate,
    Domain domain,
    SnapshotCache snapshots,
    HostInventory inventory,
    CompositeListener reporter,
    AtomicReference<RevertProgress> known) {

  RevertProgress progress() {
    return known.get();
  }

  RevertRequest request() {
    return progress().request();
  }

  void update(UnaryOperator<RevertProgress> change) {
    known.updateAndGet(change);
  }

  /** Looks at the domain as it is, once it is known what it was. */
  DomainObservation observe() {
    return DomainObservation.at(domain, progress().before().orElseThrow());
  }
}
