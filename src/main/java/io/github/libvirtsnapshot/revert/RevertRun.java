package io.github.libvirtsnapshot.revert;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One run of a revert. The stages are {@link RunTarget}, {@link Planned}, {@link Prepared}, {@link
 * Attempted} and {@link Checked}; each produces the value that the next one needs, or ends the run.
 * The {@link RunResult} is reported once, and returned or thrown.
 */
final class RevertRun implements AutoCloseable {
  private final RevertSettings settings;
  private final RevertGate gate;
  private final AtomicReference<RevertProgress> known;
  private final Domain domain;
  private final SnapshotCache snapshots;

  private RevertRun(
      RevertSettings settings,
      RevertGate gate,
      AtomicReference<RevertProgress> known,
      Domain domain) {
    this.settings = settings;
    this.gate = gate;
    this.known = known;
    this.domain = domain;
    this.snapshots = new SnapshotCache(domain);
  }

  /**
   * Creates a run, which the caller closes.
   *
   * @throws IllegalStateException if the domain is closed
   */
  static RevertRun of(RevertSettings settings, RevertGate gate) throws RevertException {
    RevertProgress requested = RevertProgress.of(settings.request(settings.domain()));
    try {
      return new RevertRun(
          settings, gate, new AtomicReference<>(requested), settings.domain().duplicate());
    } catch (LibvirtException e) {
      throw RunResult.NotStarted.because(e, requested).exception(requested);
    }
  }

  @Override
  public void close() {
    snapshots.close();
    domain.close();
  }

  private RunContext context(
      RevertSettings applied, StageBarrier barrier, CompositeListener reporter) {
    return new RunContext(
        applied, gate, barrier, domain, snapshots, HostInventory.of(domain), reporter, known);
  }

  private RevertProgress progress() {
    return requireNonNull(known.get());
  }

  /** Plans the revert that waits at this barrier, and changes neither the domain nor a file. */
  RevertPlan plan(StageBarrier barrier) throws RevertException {
    RunContext run =
        context(
            settings.with(Option.GUARDED).waitingAt(barrier), barrier, CompositeListener.SILENT);
    run.resetRequest();
    Tried<RevertPlan> planned =
        Tried.of(
            () -> {
              RunTarget target = RunTarget.find(run);
              if (target.guestObstacle().isPresent()) {
                throw notStarted(target.guestObstacle().get());
              }
              return target.plan(run);
            });
    if (planned.value().isPresent()) {
      return planned.value().get();
    }
    Throwable failure = planned.failure().orElseThrow();
    throw failure instanceof RevertException e
        ? e
        : RunTarget.notFound(run, failure).exception(progress());
  }

  /** Runs the revert. The result is reported once, and returned or thrown. */
  RevertReport run(StageBarrier barrier) throws RevertException {
    CompositeListener reporter = CompositeListener.of(domain, settings.listener());
    try {
      RunContext run = context(settings.waitingAt(barrier), barrier, reporter);
      run.resetRequest();
      RunResult result = end(run);
      if (result instanceof RunResult.Failure failure) {
        RevertException exception = failure.exception(progress());
        reporter.failed(exception);
        throw exception;
      }
      RevertReport report =
          new RevertReport(progress().details(result.outcome(), result.after().status()));
      reporter.reverted(report);
      return report;
    } finally {
      reporter.close();
    }
  }

  /** An unexpected exception ends the run too, and is reported like an expected one. */
  private static RunResult end(RunContext run) {
    Tried<RunResult> tried = Tried.of(() -> takeStages(run));
    return tried.value().orElseGet(() -> unexpected(run, tried.failure().orElseThrow()));
  }

  private static RunResult unexpected(RunContext run, Throwable failure) {
    return run.progress().begun().isPresent()
        ? new RunResult.Failed(failure, run.observe(), false)
        : RunResult.NotStarted.because(failure, run.progress());
  }

  private static RunResult takeStages(RunContext run) {
    Tried<RunTarget> found = Tried.of(() -> RunTarget.find(run));
    if (found.failure().isPresent()) {
      return RunTarget.notFound(run, found.failure().get());
    }
    RunTarget target = found.value().orElseThrow();
    RunResult result =
        Planned.of(run, target)
            .then(planned -> planned.afterOthers(run))
            .then(planned -> Prepared.of(run, planned))
            .then(prepared -> prepared.afterOthers(run))
            .then(prepared -> Attempted.of(run, prepared))
            .finish(attempted -> Checked.of(run, attempted));
    run.inventory().changed(target.request().uuid());
    return result instanceof RunResult.Reverted reverted && target.guestObstacle().isEmpty()
        ? usingGuest(run, reverted.status())
        : result;
  }

  /**
   * Resumes the reverted guest, changes its network, and waits for the guest, as the settings say.
   */
  private static RunResult usingGuest(RunContext run, DomainStatus reverted) {
    if (run.barrier().leavesGuest()) {
      return new RunResult.Reverted(reverted);
    }
    RunResult result = NetworkChange.of(run, reverted);
    return result instanceof RunResult.Reverted connected && run.settings().guestWait().isPresent()
        ? GuestReadinessCheck.of(run, connected.status())
        : result;
  }

  /** Returns the exception for a run that can't start. */
  RevertException notStarted(String reason) {
    RevertProgress progress = progress();
    return RunResult.NotStarted.because(reason, progress).exception(progress);
  }

  /** Returns the exception for a run that no executor runs. */
  RevertException notStarted(Throwable cause) {
    RevertProgress progress = progress();
    return RunResult.NotStarted.because(cause, progress).exception(progress);
  }

  /** Returns the exception for a run that was abandoned before libvirt was called to revert. */
  RevertException abandoned(AbandonReason reason) {
    RevertProgress progress = progress();
    return RunResult.NotStarted.abandoned(reason, progress).exception(progress);
  }

  /** Returns the exception for a run that was abandoned while it waits for libvirt or the guest. */
  RevertException inProgress(AbandonReason reason) {
    RevertProgress progress = progress();
    return new RunResult.InProgress(reason.what(), progress.reverted()).exception(progress);
  }
}
