package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.internal.Tried;
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
 * A revert on a thread of an executor. Whoever waits for it may give up; it then goes on to its end
 * and logs that.
 */
final class AsyncRevert extends CompletableFuture<RevertReport> {
  private final OngoingRevert revert;

  /** A revert whose future somebody else has completed, as with a time-out, is not begun. */
  private AsyncRevert(RevertSettings settings) throws RevertException {
    this.revert = new OngoingRevert(settings, () -> !isDone());
  }

  /** Starts it; whatever fails is the failure of the future. */
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
              executor.execute(revert::run);
            })
        .ifPresent(revert::refused);
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
      completeExceptionally(
          revert.giveUp("the deadline of " + LogEscaper.seconds(deadline) + " passed"));
    } catch (ExecutionException | CancellationException | InterruptedException e) {
      // It is done before its deadline.
    }
  }

  /** The executor threw instead of running it, or after it had run it. */
  private void refused(Throwable e) {
    if (revert.callOff()) {
      completeExceptionally(revert.notStarted(e));
    } else {
      SafeLogger.log(
          LoggingListener.LOG,
          Level.WARNING,
          "an executor failed after it had begun to run a revert, which goes on",
          e);
    }
  }

  private void run() {
    if (!revert.begin()) {
      return;
    }
    Tried<RevertReport> done = Tried.of(revert::carryOut);
    done.failure().ifPresent(this::completeExceptionally);
    done.value().ifPresent(this::complete);
  }

  /** Cancels it, unless libvirt has been asked already: that can't be called back. */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return revert.callOff() && super.cancel(mayInterruptIfRunning);
  }
}
