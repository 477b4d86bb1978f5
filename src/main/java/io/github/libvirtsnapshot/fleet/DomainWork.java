package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
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

  /**
   * Prepares the work on a domain.
   *
   * @param uri the host, as it was given
   * @param name the domain, as it was given
   */
  Job<T> prepare(String uri, String name, SnapshotReverter reverter) throws LibvirtException;

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
        public Job<RevertReport> prepare(String uri, String name, SnapshotReverter reverter)
            throws LibvirtException {
          return REVERT_TOGETHER.prepare(uri, name, reverter);
        }

        @Override
        public String wayOutOfDeadline() {
          return REVERT_TOGETHER.wayOutOfDeadline()
              + "; or revert the rest: unfinished() of the report, or: revert-fleet --resume FILE";
        }
      };

  /** Reverts the domains of a run that reverts all or none, so that no rest is left. */
  DomainWork<RevertReport> REVERT_TOGETHER =
      (uri, name, reverter) -> new RevertJob(AbandonableRevert.of(reverter));

  DomainWork<RevertPlan> PLAN =
      (uri, name, reverter) -> new PlanJob(AbandonableRevert.of(reverter));

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
}
