package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.analysis.Planner;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;

/**
 * The first stage of a run: the domain as it is, and the snapshot to revert to.
 *
 * @param snapshot a handle that is closed with the run
 * @param before the domain as it is
 * @param request what is requested; names the snapshot
 * @param looksAtContents whether the report needs to know what comes back, and no plan says it
 * @param guestObstacle why the guest would never answer, if it is to be awaited
 */
record RunTarget(
    DomainSnapshot snapshot,
    DomainStatus before,
    RevertRequest request,
    boolean looksAtContents,
    Optional<String> guestObstacle) {

  /** Looks at the domain, and finds the snapshot. */
  static RunTarget find(RunContext run) throws LibvirtException {
    RevertSettings settings = run.settings();
    DomainStatus before = DomainStatus.of(run.domain());
    run.update(progress -> progress.withBefore(before));
    boolean looksAtContents = !settings.plansFirst() && knowsContents(run);
    if (settings.plansFirst() || looksAtContents) {
      findAll(run);
    }
    String name = settings.target().orElseThrow().name(run.domain(), before);
    DomainSnapshot snapshot = run.snapshots().find(name);
    RevertRequest named = run.request().withSnapshot(name);
    run.update(progress -> progress.withRequest(named));
    RevertRequest request =
        named.targetState().isPresent()
            ? named
            : named.withTargetState(stateAfterRevert(run, name, looksAtContents));
    run.update(progress -> progress.withRequest(request));
    Optional<String> guestObstacle =
        settings.patience().isPresent()
            ? PreflightCheck.toAwaitingGuest(request, definitionAfter(run, name))
            : Optional.empty();
    return new RunTarget(snapshot, before, request, looksAtContents, guestObstacle);
  }

  /** The report does without the contents where it can't be known whether they are known. */
  private static boolean knowsContents(RunContext run) {
    return Tried.of(() -> Planner.knowsContents(run.domain())).value().orElse(false);
  }

  /** A listing that fails is no reason not to look for the one that is needed. */
  private static void findAll(RunContext run) {
    try {
      run.snapshots().findAll();
    } catch (LibvirtException e) {
      // The plan asks again, and says what it does not know.
    }
  }

  /**
   * Only the beginning of the XML is read where no more is needed, or the rest can't be read: what
   * needs the rest says so.
   */
  private static Optional<DomainState> stateAfterRevert(
      RunContext run, String name, boolean looksAtContents) throws LibvirtException {
    boolean isReadWhole =
        run.settings().plansFirst() || looksAtContents || run.settings().patience().isPresent();
    Optional<SnapshotDescription> whole =
        isReadWhole ? Tried.of(() -> run.snapshots().description(name)).value() : Optional.empty();
    SnapshotDetails details =
        whole.isPresent() ? whole.get().details() : run.snapshots().details(name);
    return details.stateAfterRevert();
  }

  /** Old snapshots do not say what the domain was. */
  private static XmlNode definitionAfter(RunContext run, String name) throws LibvirtException {
    Optional<XmlNode> then = run.snapshots().description(name).domain();
    return then.isPresent() ? then.get() : XmlNode.parse(run.domain().getXMLDesc());
  }

  RevertPlan plan(RunContext run) throws LibvirtException {
    return Planner.plan(run.snapshots(), run.inventory(), request, before);
  }

  /** Looks at the contents for the report; the revert does not depend on them. */
  List<RestoredPart> contents(RunContext run) throws ConnectionLostException {
    if (!looksAtContents) {
      return List.of();
    }
    Tried<List<RestoredPart>> contents =
        Tried.of(() -> Planner.contents(run.snapshots(), run.inventory(), request, before));
    if (contents.failure().orElse(null) instanceof ConnectionLostException e) {
      throw e;
    }
    return contents
        .value()
        .orElseGet(
            () ->
                List.of(RestoredPart.unknown(ErrorFormatter.of(contents.failure().orElseThrow()))));
  }
}
