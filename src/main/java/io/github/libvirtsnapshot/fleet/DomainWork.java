package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.AbandonableRevert;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import java.util.Optional;

/** What a run does with each domain. */
interface DomainWork<T> {
  /** The work on one domain. */
  interface Job<T> {
    /**
     * Does the work on this thread.
     *
     * @param barrier lets the work wait for that on other domains
     */
    T run(StageBarrier barrier) throws LibvirtException;

    /**
     * Stops waiting for the work, on another thread; a libvirt call that is running continues.
     *
     * @return the failure to report
     */
    LibvirtException giveUp(AbandonReason why);

    /** Gives up as {@link #giveUp} does; empty for work that continues when the run is stopped. */
    Optional<LibvirtException> stop(AbandonReason why);
  }

  /** Prepares the work on a domain. */
  Job<T> prepare(SnapshotReverter reverter) throws LibvirtException;

  /**
   * Returns the result of work whose outcome was unknown and is resolved now; empty if the resolved
   * outcome is the result.
   */
  default Optional<T> resolved(RevertIntent intent, ResolvedOutcome outcome, Connect connect) {
    return Optional.empty();
  }

  /** Returns what to do about a domain whose work was not done before the deadline. */
  default String wayOutOfDeadline() {
    return "allow more time: deadline(...), or: revert-fleet --deadline SECONDS";
  }

  /** Reverts each domain, independent of the others. */
  DomainWork<RevertReport> REVERT =
      new DomainWork<>() {
        @Override
        public Job<RevertReport> prepare(SnapshotReverter reverter) throws LibvirtException {
          return REVERT_TOGETHER.prepare(reverter);
        }

        @Override
        public String wayOutOfDeadline() {
          return REVERT_TOGETHER.wayOutOfDeadline()
              + "; or revert the rest: unfinished() of the report, or: revert-fleet --resume FILE";
        }
      };

  /** Reverts the domains of a run that reverts all or none, so that no rest is left. */
  DomainWork<RevertReport> REVERT_TOGETHER =
      reverter -> new RevertJob(AbandonableRevert.of(reverter));

  /** Plans the reverts. */
  DomainWork<RevertPlan> PLAN = reverter -> new PlanJob(AbandonableRevert.of(reverter));

  /** Reverts to a safety snapshot, and deletes it. */
  DomainWork<Undone> UNDO =
      new DomainWork<>() {
        @Override
        public Job<Undone> prepare(SnapshotReverter reverter) throws LibvirtException {
          return new UndoJob(reverter, new RevertJob(AbandonableRevert.of(reverter)));
        }

        @Override
        public Optional<Undone> resolved(
            RevertIntent intent, ResolvedOutcome outcome, Connect connect) {
          return outcome.verdict() == Verdict.REVERTED
              ? Optional.of(
                  new Undone(
                      outcome.now().orElseThrow(),
                      Tried.failure(
                          () ->
                              UndoJob.safetySnapshot(intent.request(), intent.before())
                                  .deleteSafetySnapshot(connect))))
              : Optional.empty();
        }
      };

  /**
   * The result of an undo.
   *
   * @param after the domain after the undo
   * @param obstacle why the safety snapshot could not be deleted, if so
   */
  record Undone(DomainStatus after, Optional<Throwable> obstacle) {}

  /** A revert continues to its end when the run is stopped. */
  record RevertJob(AbandonableRevert revert) implements Job<RevertReport> {
    @Override
    public RevertReport run(StageBarrier barrier) throws LibvirtException {
      return revert.run(barrier);
    }

    @Override
    public LibvirtException giveUp(AbandonReason why) {
      return revert.abandon(why);
    }

    @Override
    public Optional<LibvirtException> stop(AbandonReason why) {
      return Optional.empty();
    }
  }

  /** A plan changes no domain, so the run does not wait for its end when it is stopped. */
  record PlanJob(AbandonableRevert revert) implements Job<RevertPlan> {
    @Override
    public RevertPlan run(StageBarrier barrier) throws LibvirtException {
      return revert.plan(barrier);
    }

    @Override
    public LibvirtException giveUp(AbandonReason why) {
      RevertException unused = revert.abandon(why);
      return new NotStartedException(why.notStarted());
    }

    @Override
    public Optional<LibvirtException> stop(AbandonReason why) {
      return Optional.of(giveUp(why));
    }
  }

  /**
   * An undo is a revert that leaves the guest alone, and whose snapshot is of no use afterwards.
   */
  record UndoJob(SnapshotReverter reverter, RevertJob revert) implements Job<Undone> {
    @Override
    public Undone run(StageBarrier barrier) throws LibvirtException {
      RevertReport report = revert.run(StageBarrier.OF_UNDO);
      return new Undone(report.after(), Tried.failure(() -> deleteSnapshot(report)));
    }

    private void deleteSnapshot(RevertReport report) throws LibvirtException {
      try (Connect connect = reverter.domain().getConnect()) {
        safetySnapshot(report.request(), report.before()).deleteSafetySnapshot(connect);
      }
    }

    /** The safety snapshot is the snapshot to which the undo reverts. */
    private static RevertIntent safetySnapshot(RevertRequest request, DomainStatus before) {
      return new RevertIntent(request, before, request.snapshot());
    }

    @Override
    public LibvirtException giveUp(AbandonReason why) {
      return revert.giveUp(why);
    }

    @Override
    public Optional<LibvirtException> stop(AbandonReason why) {
      return revert.stop(why);
    }
  }
}
