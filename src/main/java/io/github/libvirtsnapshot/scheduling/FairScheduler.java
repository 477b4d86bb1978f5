package io.github.libvirtsnapshot.scheduling;

import io.github.libvirtsnapshot.internal.Tried;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/**
 * Runs the jobs of many hosts: with a maximum concurrency for all hosts, another one for each host,
 * and one job of each host before the next job of any host.
 */
public final class FairScheduler {
  /** Work that holds a slot while it runs. */
  public interface Job {
    /** Runs on a dedicated thread. The job must release the slot, on any thread. */
    void run(Slot slot);

    /** Is called instead of {@link #run} if no thread can be started. */
    void rejected(Throwable cause);
  }

  /** The waiting jobs of one host. */
  public static final class HostQueue {
    private final Deque<Job> waiting = new ArrayDeque<>();
    private int limit;
    private int running;
    private boolean queued;

    /**
     * Creates an empty queue.
     *
     * @param limit the maximum number of jobs that run concurrently
     */
    public HostQueue(int limit) {
      this.limit = limit;
    }

    private boolean isReady() {
      return !waiting.isEmpty() && running < limit;
    }
  }

  private record Rejected(Job job, Throwable cause) {}

  private final Deque<HostQueue> ready = new ArrayDeque<>();
  private final Queue<Rejected> rejected = new ConcurrentLinkedQueue<>();
  private final int maxConcurrent;
  private final Executor threads;
  private int running;
  private boolean closed;

  /**
   * Creates a scheduler.
   *
   * @param maxConcurrent the maximum number of jobs of all hosts that run concurrently
   */
  public FairScheduler(int maxConcurrent, Executor threads) {
    this.maxConcurrent = maxConcurrent;
    this.threads = threads;
  }

  /** Adds a job to the end of a queue. */
  public void add(HostQueue queue, Job job) {
    addAll(Map.of(queue, job));
  }

  /** Adds jobs to the ends of their queues. No job starts before all are added. */
  public void addAll(Map<HostQueue, Job> jobs) {
    synchronized (this) {
      jobs.forEach(
          (queue, job) -> {
            queue.waiting.add(job);
            enqueue(queue);
          });
      dispatch();
    }
    reject();
  }

  /** Sets the maximum number of jobs of a queue that run concurrently. */
  public void setLimit(HostQueue queue, int limit) {
    synchronized (this) {
      queue.limit = limit;
      enqueue(queue);
      dispatch();
    }
    reject();
  }

  /** Calls the rejected jobs without the lock, as they may call this scheduler. */
  private void reject() {
    for (Rejected next = rejected.poll(); next != null; next = rejected.poll()) {
      next.job.rejected(next.cause);
    }
  }

  private void enqueue(HostQueue queue) {
    if (!queue.queued && queue.isReady()) {
      queue.queued = true;
      ready.add(queue);
    }
  }

  /** Starts no further job. */
  public synchronized void close() {
    closed = true;
  }

  private void dispatch() {
    while (!closed && running < maxConcurrent && !ready.isEmpty()) {
      HostQueue queue = ready.remove();
      queue.queued = false;
      start(queue, queue.waiting.remove());
      enqueue(queue);
    }
  }

  private void start(HostQueue queue, Job job) {
    running++;
    queue.running++;
    Slot slot = new Slot(queue);
    Tried.failure(() -> threads.execute(() -> job.run(slot)))
        .ifPresent(
            failure -> {
              running--;
              queue.running--;
              rejected.add(new Rejected(job, failure));
            });
  }

  /** The permission of a job to run; it counts towards the maximum concurrency. */
  public final class Slot {
    private final HostQueue queue;
    private boolean counts = true;
    private boolean released;

    private Slot(HostQueue queue) {
      this.queue = queue;
    }

    /** Lets a job of another host run in addition. Calling it again does nothing. */
    public void stopCounting() {
      synchronized (FairScheduler.this) {
        if (counts) {
          counts = false;
          running--;
          dispatch();
        }
      }
      reject();
    }

    /** Counts the slot again: no job starts while the maximum concurrency is exceeded. */
    public void countAgain() {
      synchronized (FairScheduler.this) {
        if (!counts && !released) {
          counts = true;
          running++;
        }
      }
    }

    /** Frees the slot. Calling it again does nothing. */
    public void release() {
      synchronized (FairScheduler.this) {
        if (!released) {
          released = true;
          queue.running--;
          running -= counts ? 1 : 0;
          counts = false;
          enqueue(queue);
          dispatch();
        }
      }
      reject();
    }
  }
}
