package io.github.libvirtsnapshot.revert;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/**
 * The environment that all stages of a run use.
 *
 * @param barrier lets the runs of several domains wait for each other
 * @param domain a handle that belongs to the run, as the caller may close theirs at any time
 * @param inventory the domains of the host, which other runs may share
 * @param known the progress; the thread of the run writes it, and any thread may read it
 */
record RunContext(
    RevertSettings settings,
    RevertGate gate,
    StageBarrier barrier,
    Domain domain,
    SnapshotCache snapshots,
    HostInventory inventory,
    CompositeListener reporter,
    AtomicReference<RevertProgress> known) {

  RevertProgress progress() {
    return requireNonNull(known.get());
  }

  RevertRequest request() {
    return progress().request();
  }

  /** Sets the request to that of the settings: without the snapshot that the run has selected. */
  void resetRequest() {
    RevertRequest requested = settings.request(domain);
    update(progress -> progress.withRequest(requested));
  }

  void update(UnaryOperator<RevertProgress> change) {
    known.updateAndGet(change);
  }

  /** Reads the status of the domain; the status before must be known. */
  DomainObservation observe() {
    return DomainObservation.at(domain, progress().before().orElseThrow());
  }
}
