package io.github.libvirtsnapshot.revert;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A revert on a thread of an executor. It has handles of its own, so that whoever waits for it may
 * give up and close theirs, and it goes on to its end and logs that.
 */
final class AsyncRevert extends CompletableFuture<RevertReport> implements RevertGate {
  private enum Stage {
    /** libvirt was not asked to revert yet. */
    PREPARING,
    /** libvirt was asked, and can't be stopped. */
    ASKED,
    /** libvirt will not be asked any more. */
    GIVEN_UP
  }

  private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.PREPARING);
  private final RevertSettings settings;
  private final RevertRun run;

  private AsyncRevert(RevertSettings settings) {
    this.settings = settings;
    this.run = new RevertRun(settings, this);
  }

  /** Starts it; it takes the handles of the settings over. */
  static AsyncRevert start(RevertSettings settings, Executor executor) {
    AsyncRevert revert = new AsyncRevert(settings);
    try {
      executor.execute(revert::run);
    } catch (RuntimeException e) {
      revert.close();
      throw e;
    }
    return revert;
  }

  AsyncRevert within(Duration deadline) {
    CompletableFuture.delayedExecutor(deadline.toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> expire(deadline));
    return this;
  }

  private void run() {
    try {
      if (isOpen()) {
        complete(run.run());
      }
    } catch (RevertException | RuntimeException | Error e) {
      completeExceptionally(e);
    } finally {
      close();
    }
  }

  private void close() {
    settings.target().close();
    settings.domain().close();
  }

  private void expire(Duration deadline) {
    if (isDone()) {
      return;
    }
    if (giveUp()) {
      completeExceptionally(
          Failures.notStarted(
              run.facts(), "its deadline of " + deadline + " passed before libvirt was asked"));
    } else {
      completeExceptionally(Failures.inProgress(run.facts(), deadline));
    }
  }

  /** Cancels it, unless libvirt has been asked already: that can't be called back. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return giveUp() && super.cancel(mayInterruptIfRunning);
  }

  @Override
  public boolean isOpen() {
    return stage.get() == Stage.PREPARING;
  }

  @Override
  public boolean pass() {
    return stage.compareAndSet(Stage.PREPARING, Stage.ASKED);
  }

  private boolean giveUp() {
    return stage.updateAndGet(now -> now == Stage.PREPARING ? Stage.GIVEN_UP : now)
        == Stage.GIVEN_UP;
  }
}
