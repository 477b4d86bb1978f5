package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.OngoingRevert;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.Optional;

/** What a run does with each domain. */
interface DomainWork<T> {
  /** The work on one domain. */
  interface Job<T> {
    /** Does it on this thread. */
    T run() throws LibvirtException;

    /**
     * Gives it up, on another thread; what has begun may go on.
     *
     * @return what is known of it
     */
    LibvirtException giveUp(String why);

    /** Does the same, unless it has to go on to its end when the run is stopped. */
    Optional<LibvirtException> stop(String why);
  }

  /** Prepares the work on a domain. */
  Job<T> prepare(SnapshotReverter reverter) throws LibvirtException;

  /** Reverts. */
  DomainWork<RevertReport> REVERT = reverter -> new RevertJob(reverter.prepare());

  /** Plans. */
  DomainWork<RevertPlan> PLAN = PlanJob::new;

  /** A revert goes on to its end when the run is stopped. */
  record RevertJob(OngoingRevert revert) implements Job<RevertReport> {
    @Override
    public RevertReport run() throws LibvirtException {
      return revert.run();
    }

    @Override
    public LibvirtException giveUp(String why) {
      return revert.abandon(why);
    }

    @Override
    public Optional<LibvirtException> stop(String why) {
      return Optional.empty();
    }
  }

  /** A plan changes nothing, so that nobody has to wait for its end. */
  record PlanJob(SnapshotReverter reverter) implements Job<RevertPlan> {
    @Override
    public RevertPlan run() throws LibvirtException {
      return reverter.plan();
    }

    @Override
    public LibvirtException giveUp(String why) {
      return new NotStartedException(why);
    }

    @Override
    public Optional<LibvirtException> stop(String why) {
      return Optional.of(giveUp(why));
    }
  }
}
