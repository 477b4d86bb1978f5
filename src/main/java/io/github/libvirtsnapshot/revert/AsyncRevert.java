package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.AbandonableTask;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.RevertPlan;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A revert on a thread of an executor. If the caller stops waiting, the revert continues, and its
 * result is logged.
 */
final class AsyncRevert extends CompletableFuture<RevertReport> {
  private static final String TO_ALLOW_MORE_TIME =
      "allow more time: revertAsync(executor, deadline), or: revert-domain --timeout SECONDS";

  private final OngoingRevert revert;

  /** A revert is not started if its future is complete already, as after a time-out. */
  private AsyncRevert(RevertSettings settings) throws RevertException {
    this.revert = new OngoingRevert(settings, () -> !isDone());
  }

  /** Starts the revert; any failure completes the future. */
  static CompletableFuture<RevertReport> start(
      RevertSettings settings, Executor executor, Optional<Duration> deadline) {
    Tried<AsyncRevert> made = Tried.of(() -> new AsyncRevert(settings));
    if (made.failure().isPresent()) {
      return CompletableFuture.failedFuture(made.failure().get());
    }
    AsyncRevert revert = made.value().orElseThrow();
    Tried.failure(
            () -> {
              deadline.ifPresent(revert::startClock);
              executor.execute(revert.new Task());
            })
        .ifPresent(revert::refused);
    return revert;
  }

  /** Each deadline has a thread of its own, so that no other task can delay it. */
  private void startClock(Duration deadline) {
    Thread clock = new Thread(() -> waitUntil(deadline), "libvirt-snapshot-deadline");
    clock.setDaemon(true);
    clock.start();
  }

  private void waitUntil(Duration deadline) {
    try {
      RevertReport unused = get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      RevertException unused =
          abandon(
              new AbandonReason(
                  "the deadline of " + LogEscaper.seconds(deadline) + " passed",
                  Optional.of(TO_ALLOW_MORE_TIME)));
    } catch (ExecutionException | CancellationException | InterruptedException e) {
      // The revert ended before the deadline.
    }
  }

  /** The executor threw an exception before or after it ran the revert. */
  private void refused(Throwable e) {
    if (revert.cancel()) {
      completeExceptionally(revert.notStarted(e));
    } else {
      SafeLogger.log(
          LoggingListener.LOG,
          Level.WARNING,
          "an executor failed after the revert started; the revert continues",
          e);
    }
  }

  private RevertException abandon(AbandonReason why) {
    RevertException abandoned = revert.abandon(why);
    completeExceptionally(abandoned);
    return abandoned;
  }

  /** The task for the executor. */
  private final class Task implements AbandonableTask<RevertReport, RevertPlan, RevertException> {
    @Override
    public void run() {
      if (revert.begin()) {
        Optional<Throwable> unused = Tried.failure(() -> carryOut(StageBarrier.NONE));
      }
    }

    @Override
    public RevertReport call(StageBarrier barrier) throws RevertException {
      begin();
      return carryOut(barrier);
    }

    @Override
    public RevertPlan plan(StageBarrier barrier) throws RevertException {
      begin();
      return revert.plan(barrier);
    }

    private void begin() throws RevertException {
      if (!revert.begin()) {
        throw revert.notStarted("it was abandoned or run before");
      }
    }

    private RevertReport carryOut(StageBarrier barrier) throws RevertException {
      RevertReport report =
          Cleanup.afterFailure(
              () -> revert.carryOut(barrier), AsyncRevert.this::completeExceptionally);
      complete(report);
      return report;
    }

    @Override
    public RevertException abandon(AbandonReason why) {
      return AsyncRevert.this.abandon(why);
    }
  }

  /** Cancels the revert, unless libvirt was called already. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return revert.cancel() && super.cancel(mayInterruptIfRunning);
  }
}
