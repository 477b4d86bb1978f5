package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.SafeLog;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A revert on a thread of an executor. Whoever waits for it may give up; it then goes on to its end
 * and logs that.
 */
final class AsyncRevert extends CompletableFuture<RevertReport> implements RevertGate {
  private enum Stage {
    /** The executor did not run it yet. */
    QUEUED,
    /** It runs, and libvirt was not asked to revert yet. */
    PREPARING,
    /** libvirt was asked, and can't be stopped. */
    ASKED,
    /** libvirt will not be asked any more. */
    GIVEN_UP
  }

  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.QUEUED);
  private final RevertRun run;

  private AsyncRevert(RevertSettings settings) throws RevertException {
    this.run = RevertRun.of(settings, this);
  }

  /** Starts it; whatever fails is the failure of the future. */
  static CompletableFuture<RevertReport> start(
      RevertSettings settings, Executor executor, Optional<Duration> deadline) {
    AsyncRevert revert;
    try {
      revert = new AsyncRevert(settings);
    } catch (RevertException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    try {
      deadline.ifPresent(revert::startClock);
      executor.execute(revert::run);
    } catch (Throwable e) {
      revert.refused(e);
    }
    return revert;
  }

  /** A thread for each deadline: nothing else that happens in the program can delay it. */
  private void startClock(Duration deadline) {
    Thread clock = new Thread(() -> waitUntil(deadline), "libvirt-snapshot-deadline");
    clock.setDaemon(true);
    clock.start();
  }

  private void waitUntil(Duration deadline) {
    try {
      RevertReport unused = get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      expire(deadline);
    } catch (ExecutionException | CancellationException | InterruptedException e) {
      // It is done before its deadline.
    }
  }

  private void expire(Duration deadline) {
    completeExceptionally(
        giveUp()
            ? run.notStarted("its deadline of " + deadline + " passed before libvirt was asked")
            : run.inProgress(deadline));
  }

  /** The executor threw instead of running it, or after it had run it. */
  private void refused(Throwable e) {
    if (giveUp()) {
      completeExceptionally(run.notStarted(e));
    } else {
      SafeLog.log(
          RevertLog.LOG,
          Level.WARNING,
          "an executor failed after it had begun to run a revert, which goes on",
          e);
    }
  }

  private void run() {
    if (!stage.compareAndSet(Stage.QUEUED, Stage.PREPARING)) {
      return;
    }
    RevertReport report;
    try (run) {
      report = run.run();
    } catch (Throwable e) {
      completeExceptionally(e);
      return;
    }
    complete(report);
  }

  /** Cancels it, unless libvirt has been asked already: that can't be called back. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return giveUp() && super.cancel(mayInterruptIfRunning);
  }

  /** A revert whose future somebody else has completed, as with a time-out, is not begun. */
  @Override
  public boolean isOpen() {
    return !isDone() && stage.get() == Stage.PREPARING;
  }

  @Override
  public boolean pass() {
    return isOpen() && stage.compareAndSet(Stage.PREPARING, Stage.ASKED);
  }

  /** Returns whether libvirt was not asked, and will not be. */
  private boolean giveUp() {
    Stage before = stage.getAndUpdate(now -> now == Stage.ASKED ? now : Stage.GIVEN_UP);
    if (before == Stage.QUEUED) {
      run.close();
    }
    return before != Stage.ASKED;
  }
}
