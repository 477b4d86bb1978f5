package io.github.libvirtsnapshot.fleet;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Daemon threads, one for each running job, and one for the timers. */
final class DaemonThreads implements FleetThreads {
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          new ThreadFactoryBuilder().setNameFormat("libvirt-fleet-%d").setDaemon(true).build());

  /** A thread that returns after the end of the run may still schedule something. */
  private final ScheduledThreadPoolExecutor timers =
      new ScheduledThreadPoolExecutor(
          1,
          new ThreadFactoryBuilder().setNameFormat("libvirt-fleet-timer").setDaemon(true).build(),
          new ThreadPoolExecutor.DiscardPolicy());

  /** Starts the timer thread now: it may be impossible to start a thread later. */
  DaemonThreads() {
    timers.setRemoveOnCancelPolicy(true);
    timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    timers.prestartAllCoreThreads();
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
  public void shutdown() {
    timers.shutdown();
    threads.shutdown();
  }
}
