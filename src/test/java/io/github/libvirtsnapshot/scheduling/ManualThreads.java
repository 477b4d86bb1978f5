package io.github.libvirtsnapshot.scheduling;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.internal.Tried;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Real threads with a simulated clock. The clock advances only while each thread has ended or hangs
 * on purpose. 30 simulated seconds take no real time, and a slow machine does not change the
 * result.
 */
public final class ManualThreads implements JobThreads {
  /** If a thread neither ends nor hangs on purpose in this time, the test fails. */
  private static final long PATIENCE_MILLIS = 20_000;

  private record Scheduled(long time, Runnable task) {}

  private final ExecutorService pool =
      Executors.newCachedThreadPool(
          new ThreadFactoryBuilder().setNameFormat("manual-%d").setDaemon(true).build());
  private final List<Scheduled> timers = new ArrayList<>();
  private final Set<CountDownLatch> blocked = new HashSet<>();
  private int waiting;
  private boolean isReleased;
  private long now;
  private int running;
  private int rejecting;
  private boolean isShutDown;

  @Override
  public void execute(Runnable task) {
    synchronized (this) {
      if (isShutDown) {
        throw new RejectedExecutionException("shut down");
      }
      if (rejecting > 0) {
        rejecting--;
        throw new OutOfMemoryError("unable to create native thread");
      }
      running++;
    }
    pool.execute(
        () -> {
          try {
            task.run();
          } finally {
            ended();
          }
        });
  }

  private synchronized void ended() {
    running--;
    notifyAll();
  }

  /** Rejects the next tasks, like a process that can't start threads. */
  public synchronized void rejectNext(int tasks) {
    rejecting = tasks;
  }

  @Override
  public synchronized long nanoTime() {
    return now;
  }

  public Duration elapsed() {
    return Duration.ofNanos(nanoTime());
  }

  @Override
  public synchronized Timer schedule(Duration delay, Runnable task) {
    Scheduled scheduled = new Scheduled(now + delay.toNanos(), task);
    if (!isShutDown) {
      timers.add(scheduled);
    }
    return () -> cancel(scheduled);
  }

  private synchronized void cancel(Scheduled scheduled) {
    timers.remove(scheduled);
  }

  /**
   * The thread counts again before the thread that completes the event continues. An event that
   * completes first makes the number negative for a moment.
   */
  @Override
  public void waitFor(CompletableFuture<?> event) {
    CompletableFuture<?> continued = event.whenComplete((value, failure) -> endWaiting());
    synchronized (this) {
      waiting++;
      notifyAll();
    }
    var unused = Tried.failure(continued::join);
  }

  private synchronized void endWaiting() {
    waiting--;
  }

  @Override
  public synchronized void shutdown() {
    isShutDown = true;
    timers.clear();
  }

  /** Blocks the calling thread until {@link #release}, like a hanging host. */
  public void hang() {
    CountDownLatch over = new CountDownLatch(1);
    block(over);
    Uninterruptibles.awaitUninterruptibly(over);
  }

  /** Blocks the calling thread for this simulated time. */
  public void sleep(Duration time) {
    CountDownLatch over = new CountDownLatch(1);
    synchronized (this) {
      Timer unused = schedule(time, () -> unblock(over));
      block(over);
    }
    Uninterruptibles.awaitUninterruptibly(over);
  }

  private synchronized void block(CountDownLatch over) {
    if (isReleased) {
      over.countDown();
    } else {
      blocked.add(over);
      notifyAll();
    }
  }

  private synchronized void unblock(CountDownLatch over) {
    blocked.remove(over);
    over.countDown();
  }

  /** Unblocks the hanging threads, and waits until all threads have ended. */
  public void release() throws InterruptedException {
    synchronized (this) {
      isReleased = true;
      List.copyOf(blocked).forEach(this::unblock);
    }
    awaitAtMost(() -> 0);
  }

  /** Advances the clock until the result is available. */
  public <T> T await(CompletableFuture<T> result) throws Exception {
    while (step()) {}
    return result.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Advances the clock to the next timer; returns false if there is none. */
  public boolean step() throws InterruptedException {
    Optional<Scheduled> next = nextTimer();
    next.ifPresent(timer -> timer.task.run());
    return next.isPresent();
  }

  /** Waits until at least one thread hangs and each other one has ended or hangs. */
  public void awaitHanging() throws InterruptedException {
    synchronized (this) {
      while (blocked.isEmpty()) {
        wait(PATIENCE_MILLIS);
      }
    }
    awaitQuiet();
  }

  /** Waits until each thread has ended, hangs or waits for an event. */
  public void awaitQuiet() throws InterruptedException {
    awaitAtMost(() -> blocked.size() + waiting);
  }

  private synchronized void awaitAtMost(IntSupplier threads) throws InterruptedException {
    long end = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (running > threads.getAsInt()) {
      long left = end - System.currentTimeMillis();
      assertTrue(left > 0, "a thread neither ends nor hangs on purpose");
      wait(left);
    }
  }

  /**
   * Keeps the lock from the end of the wait on: another thread than these, such as that of a
   * listener, can let a waiting thread continue, which then cancels its timers.
   */
  private synchronized Optional<Scheduled> nextTimer() throws InterruptedException {
    awaitQuiet();
    Optional<Scheduled> next = timers.stream().min(Comparator.comparingLong(Scheduled::time));
    next.ifPresent(
        timer -> {
          cancel(timer);
          now = Math.max(now, timer.time);
        });
    return next;
  }
}
