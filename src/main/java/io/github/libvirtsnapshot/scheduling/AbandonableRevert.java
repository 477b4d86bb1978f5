package io.github.libvirtsnapshot.scheduling;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Throwables;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.AbandonableTask;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** A revert that one thread runs, and that any other thread may abandon. */
public final class AbandonableRevert {
  private final AbandonableTask<RevertReport, RevertPlan, RevertException> task;

  private AbandonableRevert(AbandonableTask<RevertReport, RevertPlan, RevertException> task) {
    this.task = task;
  }

  /**
   * Prepares a revert: takes the task that the reverter gives to its executor.
   *
   * @throws RevertException if the domain could not be used
   */
  @SuppressWarnings("unchecked") // All tasks of a reverter have these types.
  public static AbandonableRevert of(SnapshotReverter reverter) throws RevertException {
    AtomicReference<Runnable> task = new AtomicReference<>();
    CompletableFuture<RevertReport> future = reverter.revertAsync(task::set);
    if (future.isDone()) {
      throw failure(future);
    }
    return new AbandonableRevert(
        (AbandonableTask<RevertReport, RevertPlan, RevertException>) requireNonNull(task.get()));
  }

  private static RevertException failure(CompletableFuture<RevertReport> future) {
    Throwable failure = requireNonNull(Tried.failure(future::get).orElseThrow().getCause());
    Throwables.throwIfUnchecked(failure);
    return (RevertException) failure;
  }

  /** Reverts on this thread, and returns or throws the result even if the revert is abandoned. */
  public RevertReport run() throws RevertException {
    return run(StageBarrier.NONE);
  }

  /** Reverts as {@link #run()} does, and waits for other reverts at this barrier. */
  public RevertReport run(StageBarrier barrier) throws RevertException {
    return task.call(barrier);
  }

  /**
   * Predicts what {@link #run(StageBarrier)} would do, instead of running the revert, which can't
   * be run afterwards.
   */
  public RevertPlan plan(StageBarrier barrier) throws RevertException {
    return task.plan(barrier);
  }

  /**
   * Stops waiting for the revert, on another thread; a libvirt call that is running continues.
   *
   * @return the failure to report
   */
  public RevertException abandon(AbandonReason why) {
    return task.abandon(why);
  }
}
