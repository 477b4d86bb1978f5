package io.github.libvirtsnapshot.revert;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.plan.RevertPlan;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * One revert, which one thread runs, and which any thread may abandon. If libvirt was not called to
 * revert by then, it is not called any more.
 */
final class OngoingRevert implements RevertGate {
  private enum Stage {
    /** No thread runs it yet. */
    QUEUED,
    /** A thread runs it, and libvirt was not called to revert yet. */
    PREPARING,
    /** libvirt was called, and can't be stopped. */
    CALLED,
    /** libvirt is not called any more. */
    ABANDONED
  }

  private static final AbandonReason CANCELLED = AbandonReason.of("the revert was cancelled");

  private final AtomicReference<AbandonReason> reason = new AtomicReference<>(CANCELLED);
  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.QUEUED);
  private final BooleanSupplier isWanted;
  private final RevertRun run;

  /**
   * Creates a revert, which has to be run, planned or abandoned: each of them closes it.
   *
   * @param isWanted is called right before each step that changes something
   */
  OngoingRevert(RevertSettings settings, BooleanSupplier isWanted) throws RevertException {
    this.isWanted = isWanted;
    this.run = RevertRun.of(settings, this);
  }

  /**
   * Returns whether this thread has to carry the revert out: it was neither begun nor abandoned.
   */
  boolean begin() {
    return stage.compareAndSet(Stage.QUEUED, Stage.PREPARING);
  }

  RevertReport carryOut(StageBarrier barrier) throws RevertException {
    try (run) {
      return run.run(barrier);
    }
  }

  RevertPlan plan(StageBarrier barrier) throws RevertException {
    try (run) {
      return run.plan(barrier);
    }
  }

  /**
   * Abandons the revert. A revert that has called libvirt continues, and its result is logged.
   *
   * @return the exception for the caller: {@link RevertOutcome#NOT_STARTED}, or {@link
   *     RevertOutcome#IN_PROGRESS} if libvirt was called
   */
  RevertException abandon(AbandonReason why) {
    reason.compareAndSet(CANCELLED, why);
    return cancel() ? run.abandoned(why) : run.inProgress(why);
  }

  /** Cancels the revert, and returns whether libvirt was not called. */
  boolean cancel() {
    Stage before = stage.getAndUpdate(now -> now == Stage.CALLED ? now : Stage.ABANDONED);
    if (before == Stage.QUEUED) {
      run.close();
    }
    return before != Stage.CALLED;
  }

  /** Returns the exception for a thread that does not run the revert. */
  RevertException notStarted(String reason) {
    return run.notStarted(reason);
  }

  /** Returns the exception for a revert that no thread runs. */
  RevertException notStarted(Throwable cause) {
    return run.notStarted(cause);
  }

  @Override
  public boolean isOpen() {
    return isWanted.getAsBoolean() && stage.get() == Stage.PREPARING;
  }

  @Override
  public boolean pass() {
    return isOpen() && stage.compareAndSet(Stage.PREPARING, Stage.CALLED);
  }

  @Override
  public String whyClosed() {
    return requireNonNull(reason.get()).notStarted();
  }
}
