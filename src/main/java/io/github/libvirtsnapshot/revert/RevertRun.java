package io.github.libvirtsnapshot.revert;

import com.google.common.base.VerifyException;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.plan.Content;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.analysis.Planner;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.snapshots.FoundSnapshots;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One run of a revert: look, plan, take the safety snapshot, ask libvirt, look again, and correct
 * or roll back. Each step is left out unless the settings ask for it. Whatever a step meets becomes
 * part of the run's {@link Ending}.
 */
final class RevertRun implements AutoCloseable {
  private static final String CALLED_OFF = "it was called off";
  private static final Duration CLOCKS_APART = Duration.ofMillis(100);

  private final RevertSettings settings;
  private final RevertGate gate;
  private final RevertProgress progress;

  /** A handle of the run's own: the caller may close theirs at any time. */
  private final Domain domain;

  private RevertReporter reporter;

  private final FoundSnapshots snapshots;

  /** The domains of the host, which may be shared with other runs. */
  private final HostInventory inventory;

  /** Whether the report needs to know what comes back, and no plan says it. */
  private boolean looksAtContents;

  /** What was planned, if the settings need a plan. */
  private Optional<RevertPlan> plan = Optional.empty();

  /** Why the guest would never answer, if it is to be awaited. */
  private Optional<String> guestObstacle = Optional.empty();

  private Optional<SafetySnapshot> safety = Optional.empty();

  private RevertRun(
      RevertSettings settings, RevertGate gate, RevertProgress progress, Domain domain) {
    this.settings = settings;
    this.gate = gate;
    this.progress = progress;
    this.domain = domain;
    this.snapshots = new FoundSnapshots(domain);
    this.inventory = settings.inventory == null ? HostInventory.once() : settings.inventory;
  }

  /**
   * Makes a run, which has to be closed.
   *
   * @throws IllegalStateException if the domain is closed
   */
  static RevertRun of(RevertSettings settings, RevertGate gate) throws RevertException {
    RevertProgress progress =
        new RevertProgress(
            RevertRequest.of(settings.domain, settings.target.name(), settings.flags));
    try {
      return new RevertRun(settings, gate, progress, settings.domain.duplicate());
    } catch (LibvirtException e) {
      throw Ending.NotStarted.because(e, progress).exception(progress);
    }
  }

  @Override
  public void close() {
    snapshots.close();
    domain.close();
  }

  /** Plans it, and does nothing. The settings have to plan first. */
  RevertPlan plan() throws RevertException {
    try {
      var unused = find();
      if (guestObstacle.isEmpty()) {
        return makePlan();
      }
    } catch (LibvirtException | RuntimeException e) {
      throw notStarted(e);
    }
    throw notStarted(guestObstacle.get());
  }

  /** Runs it. Its ending is reported once, and returned or thrown. */
  RevertReport run() throws RevertException {
    reporter = RevertReporter.of(domain, settings.listener);
    try {
      Ending ending = end();
      if (ending instanceof Ending.Failure failure) {
        throw failed(failure);
      }
      return reverted(ending);
    } finally {
      reporter.close();
    }
  }

  private RevertReport reverted(Ending ending) {
    RevertReport report =
        new RevertReport(progress.facts(ending.outcome(), ending.after().status()));
    reporter.reverted(report);
    return report;
  }

  private RevertException failed(Ending.Failure ending) {
    RevertException exception = ending.exception(progress);
    if (ending.outcome() == RevertOutcome.ROLLED_BACK) {
      reporter.rolledBack(exception);
    } else if (ending.outcome().isReverted()) {
      reporter.guestNotReady(exception);
    } else {
      reporter.failed(exception);
    }
    return exception;
  }

  /** Returns the exception for a run that can't begin. */
  RevertException notStarted(String reason) {
    return Ending.NotStarted.because(reason, progress).exception(progress);
  }

  /** Returns the exception for a run that was given up before libvirt was asked to revert. */
  RevertException givenUp(String reason) {
    return Ending.NotStarted.givenUp(reason, progress).exception(progress);
  }

  /** Returns the exception for a run that no executor runs. */
  RevertException notStarted(Throwable cause) {
    return Ending.NotStarted.because(cause, progress).exception(progress);
  }

  /** Returns the exception for a run that was given up while libvirt or the guest is waited for. */
  RevertException inProgress(String reason) {
    return new Ending.InProgress(reason, progress.reverted()).exception(progress);
  }

  /** An exception that no step expects ends the run too, so that it is reported like any other. */
  private Ending end() {
    try {
      return takeSteps();
    } catch (RuntimeException | Error e) {
      return progress.begun().isPresent()
          ? new Ending.Failed(e, look(), false)
          : Ending.NotStarted.because(e, progress);
    }
  }

  private Ending takeSteps() {
    DomainSnapshot snapshot;
    try {
      snapshot = find();
    } catch (LibvirtException | RuntimeException | Error e) {
      return Ending.NotStarted.because(e, progress);
    }
    Ending ending = prepare().orElseGet(() -> carryOut(snapshot));
    settings.changed(progress.request().uuid());
    return ending instanceof Ending.Reverted reverted ? visitGuest(reverted) : ending;
  }

  private Ending visitGuest(Ending.Reverted ending) {
    if (!settings.awaitsGuest() || guestObstacle.isPresent()) {
      return ending;
    }
    reporter.awaitingGuest(progress.request(), ending.status());
    return new GuestVisit(domain, settings, progress).visit(ending.status());
  }

  /** Looks at the domain, and finds the snapshot. */
  private DomainSnapshot find() throws LibvirtException {
    DomainStatus before = DomainStatus.of(domain);
    progress.setBefore(before);
    looksAtContents = !settings.plansFirst() && knowsContents();
    if (settings.plansFirst() || looksAtContents) {
      findAll();
    }
    String name = settings.target.name(domain, before);
    DomainSnapshot snapshot = snapshots.find(name);
    progress.setRequest(progress.request().withSnapshot(name));
    if (progress.request().targetState().isEmpty()) {
      progress.setRequest(progress.request().withTargetState(details(name).stateAfterRevert()));
    }
    if (settings.awaitsGuest()) {
      guestObstacle = GuestVisit.obstacle(progress.request(), definitionAfter());
    }
    return snapshot;
  }

  /** A listing that fails is no reason not to look for the one that is needed. */
  private void findAll() {
    try {
      snapshots.findAll();
    } catch (LibvirtException e) {
      // The plan asks again, and says what it does not know.
    }
  }

  /** The whole XML is read only where more than its beginning is needed. */
  private SnapshotDetails details(String name) throws LibvirtException {
    return settings.plansFirst() || looksAtContents || settings.awaitsGuest()
        ? snapshots.description(name).details()
        : snapshots.details(name);
  }

  /** Old snapshots do not say what the domain was. */
  private XmlNode definitionAfter() throws LibvirtException {
    Optional<XmlNode> then = description().domain();
    return then.isPresent() ? then.get() : XmlNode.parse(domain.getXMLDesc());
  }

  private SnapshotDescription description() throws LibvirtException {
    return snapshots.description(progress.request().snapshot().orElseThrow());
  }

  private RevertPlan makePlan() throws LibvirtException {
    return Planner.plan(snapshots, inventory, progress.request(), progress.before().orElseThrow());
  }

  /** Returns why the revert can't begin, if so. */
  private Optional<Ending> prepare() {
    if (guestObstacle.isPresent() && !settings.undoing) {
      return Optional.of(Ending.NotStarted.because(guestObstacle.get(), progress));
    }
    if (settings.plansFirst()) {
      Optional<Ending> objection = guard();
      if (objection.isPresent()) {
        return objection;
      }
    } else {
      try {
        progress.setContents(contents());
      } catch (ConnectionLostException e) {
        return Optional.of(Ending.NotStarted.because(e, progress));
      }
    }
    if (!gate.isOpen()) {
      return Optional.empty();
    }
    Optional<SafetySnapshot> snapshot =
        settings.safetySnapshot ? Optional.of(newSafetySnapshot()) : Optional.empty();
    return writeDown(snapshot).or(() -> snapshot.flatMap(this::take));
  }

  private SafetySnapshot newSafetySnapshot() {
    return SafetySnapshot.of(domain, plan.flatMap(made -> made.safety().kind()).orElseThrow());
  }

  private Optional<Ending> writeDown(Optional<SafetySnapshot> snapshot) {
    try {
      settings.writer.write(
          new PendingRevert(
              progress.request(),
              progress.before().orElseThrow(),
              snapshot.map(SafetySnapshot::name)));
      return Optional.empty();
    } catch (Exception | Error e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      return Optional.of(Ending.NotStarted.unwritten(e, progress));
    }
  }

  private Optional<Ending> guard() {
    RevertPlan made;
    try {
      made = makePlan();
    } catch (LibvirtException | RuntimeException | Error e) {
      return Optional.of(Ending.NotStarted.because(e, progress));
    }
    plan = Optional.of(made);
    progress.setContents(made.contents());
    reporter.planned(made);
    Optional<String> objection = objection(made);
    if (objection.isEmpty()) {
      made.notBefore().ifPresent(RevertRun::await);
    }
    return objection.map(reason -> Ending.NotStarted.because(reason, progress));
  }

  /** The host's clock may be a little behind. */
  private static void await(Instant time) {
    Uninterruptibles.sleepUninterruptibly(Duration.between(Instant.now(), time.plus(CLOCKS_APART)));
  }

  private Optional<String> objection(RevertPlan made) {
    boolean corrected = settings.enforcingState && made.leavesAnotherState();
    if (!made.matchesTarget() && !corrected) {
      return Optional.of(Objections.toTheState(made));
    }
    Optional<String> toContent =
        settings.undoing ? Objections.toUndoing(made) : Objections.toTheContent(made);
    return toContent.or(
        () -> settings.safetySnapshot ? Objections.toSafety(made) : Optional.empty());
  }

  private boolean knowsContents() {
    try {
      return Planner.knowsContents(domain);
    } catch (LibvirtException | RuntimeException | Error e) {
      return false;
    }
  }

  /** Looks at the contents for the report; the revert does not depend on them. */
  private List<Content> contents() throws ConnectionLostException {
    try {
      return looksAtContents
          ? Planner.contents(
              snapshots, inventory, progress.request(), progress.before().orElseThrow())
          : List.of();
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException | RuntimeException | Error e) {
      return List.of(Content.unknown(ErrorText.of(e)));
    }
  }

  private Optional<Ending> take(SafetySnapshot snapshot) {
    progress.setSafetySnapshot(snapshot.name());
    if (!gate.isOpen()) {
      progress.safetySnapshotDeleted(snapshot.name(), Optional.empty());
      return Optional.of(Ending.NotStarted.because(CALLED_OFF, progress));
    }
    try {
      snapshot.take(progress.request(), progress.before().orElseThrow());
    } catch (LibvirtException | RuntimeException | Error e) {
      progress.safetySnapshotDeleted(snapshot.name(), snapshot.discard());
      return Optional.of(Ending.NotStarted.unsafe(e, progress, look()));
    }
    safety = Optional.of(snapshot);
    reporter.safetySnapshotTaken(progress.request(), snapshot.name());
    return Optional.empty();
  }

  private Ending carryOut(DomainSnapshot snapshot) {
    if (gate.isOpen()) {
      reporter.reverting(progress.request(), progress.before().orElseThrow());
    }
    progress.setBegun(Optional.of(Instant.now()));
    if (!gate.pass()) {
      progress.setBegun(Optional.empty());
      discardSafetySnapshot();
      return Ending.NotStarted.because(CALLED_OFF, progress);
    }
    Ending ending = settings.undoing ? undone(revert(snapshot)) : revert(snapshot);
    return safety.isPresent()
            && ending instanceof Ending.Failure failure
            && !failure.after().isUnknown()
        ? rollBack(failure, safety.get())
        : ending;
  }

  private Ending revert(DomainSnapshot snapshot) {
    while (true) {
      Optional<Throwable> failure = attempt(snapshot);
      Look after = look();
      if (failure.isEmpty()) {
        return check(after);
      }
      boolean again =
          after.status().isPresent()
              && settings.retries.allows(failure.get(), progress.attempts().size());
      if (!again) {
        return new Ending.Failed(failure.get(), after, false);
      }
      reporter.retrying(
          progress.request(), progress.attempts().get(progress.attempts().size() - 1));
      if (!settings.retries.waits()) {
        return new Ending.Failed(failure.get(), after, true);
      }
    }
  }

  /** Asks libvirt once, and returns what it threw, if anything. */
  private Optional<Throwable> attempt(DomainSnapshot snapshot) {
    long start = System.nanoTime();
    try {
      domain.revertToSnapshot(snapshot, settings.flags);
      record(Optional.empty(), start);
      return Optional.empty();
    } catch (LibvirtException e) {
      record(Optional.of(e.getError()), start);
      return Optional.of(e);
    } catch (RuntimeException | Error e) {
      record(Optional.of(LibvirtError.none(e.toString())), start);
      return Optional.of(e);
    }
  }

  private void record(Optional<LibvirtError> error, long start) {
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
    progress.add(new RevertAttempt(progress.attempts().size() + 1, error, elapsed));
  }

  private Ending check(Look after) {
    if (hasTargetState(after)) {
      return new Ending.Reverted(after.status().get());
    }
    if (settings.enforcingState && canBeCorrected(after)) {
      return correct(after.status().get().state());
    }
    return new Ending.WrongState(after, Optional.empty());
  }

  private Look look() {
    return Look.at(domain, progress.before().orElseThrow());
  }

  private boolean hasTargetState(Look look) {
    Optional<DomainState> target = progress.request().targetState();
    return look.status()
        .filter(status -> target.isEmpty() || target.get() == status.state())
        .isPresent();
  }

  private boolean canBeCorrected(Look look) {
    Optional<DomainState> target = progress.request().targetState();
    return target.isPresent()
        && look.status().filter(left -> StateCorrector.canCorrect(left, target.get())).isPresent();
  }

  private Ending correct(DomainState left) {
    try {
      new StateCorrector(domain, progress::add)
          .correct(left, progress.request().targetState().orElseThrow());
    } catch (LibvirtException | RuntimeException | Error e) {
      return new Ending.WrongState(look(), Optional.of(e));
    }
    Look after = look();
    return hasTargetState(after)
        ? new Ending.Reverted(after.status().get())
        : new Ending.WrongState(after, Optional.empty());
  }

  /** An external safety snapshot is merged, so that each disk is in the image that it was in. */
  private Ending undone(Ending ending) {
    if (!(ending instanceof Ending.Reverted) || !isExternal()) {
      return ending;
    }
    String name = progress.request().snapshot().orElseThrow();
    progress.safetySnapshotDeleted(name, SafetySnapshot.discard(domain, name));
    return check(look());
  }

  private boolean isExternal() {
    try {
      return description().isExternal();
    } catch (LibvirtException e) {
      throw new VerifyException("the plan has read it", e);
    }
  }

  private Ending rollBack(Ending.Failure failure, SafetySnapshot snapshot) {
    DomainStatus before = progress.before().orElseThrow();
    if (failure instanceof Ending.Failed failed && isUntouched(failed, before)) {
      discardSafetySnapshot();
      return failed.seenAgain(look());
    }
    try {
      snapshot.restore();
    } catch (LibvirtException | RuntimeException | Error e) {
      return new Ending.RollbackFailed(failure, look(), Optional.of(e));
    }
    Look after = look();
    Optional<DomainStatus> rolledBack = after.status().filter(before::isSameStateAs);
    if (rolledBack.isEmpty()) {
      return new Ending.RollbackFailed(failure, after, Optional.empty());
    }
    discardSafetySnapshot();
    Look last = look().or(after);
    return last.status()
        .filter(before::isSameStateAs)
        .<Ending>map(status -> new Ending.RolledBack(failure, status))
        .orElseGet(() -> new Ending.ChangedAfterRollback(failure, rolledBack.get(), last));
  }

  /** libvirt refused, and the guest goes on as if nothing had been asked. */
  private static boolean isUntouched(Ending.Failed failure, DomainStatus before) {
    return failure.outcome() == RevertOutcome.FAILED
        && failure
            .after()
            .status()
            .filter(after -> after.isSameProcessAs(before) && after.isSameStateAs(before))
            .isPresent();
  }

  /** It is of no more use. */
  private void discardSafetySnapshot() {
    safety.ifPresent(
        snapshot -> progress.safetySnapshotDeleted(snapshot.name(), snapshot.discard()));
  }
}
