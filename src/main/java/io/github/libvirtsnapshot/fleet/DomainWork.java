package io.github.libvirtsnapshot.fleet;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Throwables;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.AbandonableTask;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** What a run does with each domain. */
interface DomainWork<T> {
  /** The work on one domain. */
  interface Job<T> {
    /** Does the work on this thread. */
    T run() throws LibvirtException;

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

  /** Returns what to do about a domain whose work was not started before the deadline. */
  String wayOutOfDeadline();

  DomainWork<RevertReport> REVERT =
      new DomainWork<>() {
        @Override
        public Job<RevertReport> prepare(SnapshotReverter reverter) throws LibvirtException {
          return RevertJob.of(reverter);
        }

        @Override
        public String wayOutOfDeadline() {
          return PLAN.wayOutOfDeadline()
              + "; or revert the rest: unfinished() of the report, or: revert-fleet --resume FILE";
        }
      };

  DomainWork<RevertPlan> PLAN =
      new DomainWork<>() {
        @Override
        public Job<RevertPlan> prepare(SnapshotReverter reverter) {
          return new PlanJob(reverter);
        }

        @Override
        public String wayOutOfDeadline() {
          return "allow more time: deadline(...), or: revert-fleet --deadline SECONDS";
        }
      };

  /** A revert continues to its end when the run is stopped. */
  record RevertJob(AbandonableTask<RevertReport, RevertException> revert)
      implements Job<RevertReport> {

    /** Takes the task that the reverter gives to its executor: the thread of the job runs it. */
    @SuppressWarnings("unchecked") // All tasks of a reverter have these types.
    static RevertJob of(SnapshotReverter reverter) throws LibvirtException {
      AtomicReference<Runnable> task = new AtomicReference<>();
      CompletableFuture<RevertReport> future = reverter.revertAsync(task::set);
      if (future.isDone()) {
        throw failure(future);
      }
      return new RevertJob(
          (AbandonableTask<RevertReport, RevertException>) requireNonNull(task.get()));
    }

    /** Returns why there is no task: the domain could not be used. */
    private static RevertException failure(CompletableFuture<RevertReport> future) {
      Throwable failure = requireNonNull(Tried.failure(future::get).orElseThrow().getCause());
      Throwables.throwIfUnchecked(failure);
      return (RevertException) failure;
    }

    @Override
    public RevertReport run() throws LibvirtException {
      return revert.call();
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
  record PlanJob(SnapshotReverter reverter) implements Job<RevertPlan> {
    @Override
    public RevertPlan run() throws LibvirtException {
      return reverter.plan();
    }

    @Override
    public LibvirtException giveUp(AbandonReason why) {
      return new NotStartedException(why.notStarted());
    }

    @Override
    public Optional<LibvirtException> stop(AbandonReason why) {
      return Optional.of(giveUp(why));
    }
  }
}
