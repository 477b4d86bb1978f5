package io.github.libvirtsnapshot.fleet;

import java.time.Duration;
import java.util.concurrent.Executor;

/** The threads and the time of one run. Unit tests have a time that they move by hand. */
interface FleetThreads extends Executor {
  /** A task that was scheduled. */
  interface Timer {
    /** Cancels it, unless it has begun. */
    void cancel();
  }

  /** Returns the time, as {@link System#nanoTime} does. */
  long nanoTime();

  /** Runs a task after this time, on a thread that all such tasks share: it must not block. */
  Timer schedule(Duration delay, Runnable task);

  /** Starts no further task, and cancels all timers. Tasks that run go on to their end. */
  void shutdown();
}
