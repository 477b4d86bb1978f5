package io.github.libvirtsnapshot.scheduling;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** The threads and the clock of a fleet run or of a pool. Unit tests advance the clock by hand. */
public interface JobThreads extends Executor {
  /** A scheduled task. */
  interface Timer {
    /** Cancels the task, unless it has started. */
    void cancel();
  }

  /** Returns the time, as {@link System#nanoTime} does. */
  long nanoTime();

  /** Runs a task after this time, on a thread that all such tasks share: it must not block. */
  Timer schedule(Duration delay, Runnable task);

  /** Blocks the calling thread until another thread completes the event, in any way. */
  void waitFor(CompletableFuture<?> event);

  /** Starts no further task, and cancels all timers. Running tasks continue to their end. */
  void shutdown();
}
