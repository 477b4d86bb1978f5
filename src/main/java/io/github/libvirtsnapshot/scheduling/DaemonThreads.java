package io.github.libvirtsnapshot.scheduling;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.github.libvirtsnapshot.internal.Tried;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Daemon threads, one for each running job, and one for the timers. */
public final class DaemonThreads implements JobThreads {
  private final ExecutorService threads;
  private final ScheduledThreadPoolExecutor timers;

  /**
   * Starts the timer thread now: it may be impossible to start a thread later. A thread that
   * returns after the shutdown may still schedule something, which is discarded.
   *
   * @param prefix the beginning of the names of the threads
   */
  public DaemonThreads(String prefix) {
    this.threads = Executors.newCachedThreadPool(factory(prefix + "-%d"));
    this.timers =
        new ScheduledThreadPoolExecutor(
            1, factory(prefix + "-timer"), new ThreadPoolExecutor.DiscardPolicy());
    timers.setRemoveOnCancelPolicy(true);
    timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    timers.prestartAllCoreThreads();
  }

  private static ThreadFactory factory(String format) {
    return new ThreadFactoryBuilder().setNameFormat(format).setDaemon(true).build();
  }

  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Future<?> scheduled = timers.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> scheduled.cancel(false);
  }

  @Override
  public void waitFor(CompletableFuture<?> event) {
    var unused = Tried.failure(event::join);
  }

  @Override
  public void shutdown() {
    timers.shutdown();
    threads.shutdown();
  }
}
