package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.analysis.Planner;
import io.github.libvirtsnapshot.plan.analysis.PredictedChanges;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;

/**
 * The first stage of a run: the domain before the revert, and the snapshot to revert to.
 *
 * @param snapshot a handle that is closed with the run
 * @param before the domain before the revert
 * @param request the request, with the name of the snapshot
 * @param checksContents whether the report needs the contents, and no plan has them
 * @param guestObstacle why the run could not use the guest, if it should
 */
record RunTarget(
    DomainSnapshot snapshot,
    DomainStatus before,
    RevertRequest request,
    boolean checksContents,
    Optional<String> guestObstacle) {

  /** Reads the status of the domain, and finds the snapshot. */
  static RunTarget find(RunContext run) throws LibvirtException, SelectionException {
    RevertSettings settings = run.settings();
    DomainStatus before = DomainStatus.of(run.domain());
    run.update(progress -> progress.withBefore(before));
    boolean checksContents = !settings.plansFirst() && knowsContents(run);
    if (settings.plansFirst() || checksContents) {
      findAll(run);
    }
    String name = settings.target().orElseThrow().selection().select(run.snapshots(), before);
    DomainSnapshot snapshot = run.snapshots().find(name);
    RevertRequest named = run.request().withSnapshot(name);
    run.update(progress -> progress.withRequest(named));
    RevertRequest request = checked(run, named, checksContents);
    run.update(progress -> progress.withRequest(request));
    Optional<String> guestObstacle =
        settings.needsRunningGuest()
            ? PreflightCheck.toRunningGuest(request, definitionAfter(run, name), settings)
            : Optional.empty();
    return new RunTarget(snapshot, before, request, checksContents, guestObstacle);
  }

  /** Checks the requirements of the settings, and returns the request with its target state. */
  private static RevertRequest checked(RunContext run, RevertRequest named, boolean checksContents)
      throws LibvirtException, SelectionException {
    List<SnapshotRequirement> requirements = run.settings().requirements();
    if (named.targetState().isPresent() && requirements.isEmpty()) {
      return named;
    }
    SnapshotDetails details = details(run, named.snapshot().orElseThrow(), checksContents);
    SnapshotRequirement.check(requirements, details);
    return named.targetState().isPresent()
        ? named
        : named.withTargetState(details.stateAfterRevert());
  }

  /** Returns the result of a run whose target was not found. */
  static RunResult.NotStarted notFound(RunContext run, Throwable failure) {
    if (failure instanceof SelectionException e) {
      return RunResult.NotStarted.notSelected(e, run.progress());
    }
    return failure instanceof NoSuchSnapshotException missing
        ? RunResult.NotStarted.withoutSnapshot(
            missing, Tried.of(() -> run.snapshots().names()).value(), run.progress())
        : RunResult.NotStarted.because(failure, run.progress());
  }

  /** A failure here leaves the contents out of the report. */
  private static boolean knowsContents(RunContext run) {
    return Tried.of(() -> new DomainQueries(run.domain()).driver())
        .value()
        .map(Planner::knowsContents)
        .orElse(false);
  }

  /** The snapshot that is needed may be found even if the listing fails. */
  private static void findAll(RunContext run) {
    try {
      run.snapshots().findAll();
    } catch (LibvirtException e) {
      // The plan lists them again, and names what it does not know.
    }
  }

  /**
   * Reads only the head of the XML if the rest is not needed or can't be read; code that needs the
   * rest reports the error.
   */
  private static SnapshotDetails details(RunContext run, String name, boolean checksContents)
      throws LibvirtException {
    boolean isReadWhole =
        run.settings().plansFirst() || checksContents || run.settings().needsRunningGuest();
    Optional<SnapshotDescription> whole =
        isReadWhole ? Tried.of(() -> run.snapshots().description(name)).value() : Optional.empty();
    return whole.isPresent() ? whole.get().details() : run.snapshots().details(name);
  }

  /** Snapshots of old libvirts do not contain the definition of the domain. */
  private static XmlNode definitionAfter(RunContext run, String name) throws LibvirtException {
    Optional<XmlNode> then = run.snapshots().description(name).domain();
    return then.isPresent() ? then.get() : XmlNode.parse(run.domain().getXMLDesc());
  }

  RevertPlan plan(RunContext run) throws LibvirtException {
    return Planner.plan(
        run.snapshots(), run.inventory(), request, before, run.settings().poolCreation());
  }

  /** Predicts the changes for the report; the revert does not depend on them. */
  PredictedChanges predictedChanges(RunContext run) throws ConnectionLostException {
    if (!checksContents) {
      return PredictedChanges.NONE;
    }
    Tried<PredictedChanges> changes =
        Tried.of(() -> Planner.predictedChanges(run.snapshots(), run.inventory(), request, before));
    if (changes.failure().orElse(null) instanceof ConnectionLostException e) {
      throw e;
    }
    return changes.value().orElseGet(() -> unknown(changes.failure().orElseThrow()));
  }

  private static PredictedChanges unknown(Throwable failure) {
    return PredictedChanges.of(List.of(RestoredPart.unknown(ErrorFormatter.of(failure))));
  }
}
