package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.internal.Tried;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/**
 * Runs the jobs of many hosts: a limited number at once, a limited number for each host, and one of
 * each host before the next of any.
 */
final class FairScheduler {
  /** A piece of work that holds a slot while it runs. */
  interface Job {
    /** Runs on a thread of its own, and releases the slot, on this thread or another. */
    void run(Slot slot);

    /** Is called instead of {@link #run} where no thread can be started. */
    void rejected(Throwable cause);
  }

  /** The jobs of one host that wait. */
  static final class HostQueue {
    private final Deque<Job> waiting = new ArrayDeque<>();
    private int limit;
    private int running;
    private boolean queued;

    /**
     * Creates an empty queue.
     *
     * @param limit the number of jobs that may run at once
     */
    HostQueue(int limit) {
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

  FairScheduler(int maxConcurrent, Executor threads) {
    this.maxConcurrent = maxConcurrent;
    this.threads = threads;
  }

  /** Adds a job to the end of a queue. */
  void add(HostQueue queue, Job job) {
    addAll(Map.of(queue, job));
  }

  /** Adds jobs to the ends of their queues; none of them ends before all are added. */
  void addAll(Map<HostQueue, Job> jobs) {
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

  /** Sets how many jobs of a queue may run at once from now on. */
  void setLimit(HostQueue queue, int limit) {
    synchronized (this) {
      queue.limit = limit;
      enqueue(queue);
      dispatch();
    }
    reject();
  }

  /** Tells the jobs that were rejected, without the lock: they may do anything. */
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
  synchronized void close() {
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

  /** The place of a job among those that run. */
  final class Slot {
    private final HostQueue queue;
    private boolean counts = true;
    private boolean released;

    private Slot(HostQueue queue) {
      this.queue = queue;
    }

    /** Lets a job of another host run beside this one. Calling it again does nothing. */
    void stopCounting() {
      synchronized (FairScheduler.this) {
        if (counts) {
          counts = false;
          running--;
          dispatch();
        }
      }
      reject();
    }

    /** Counts it again: no other job is started until there is room. */
    void countAgain() {
      synchronized (FairScheduler.this) {
        if (!counts && !released) {
          counts = true;
          running++;
        }
      }
    }

    /** Frees the slot. Calling it again does nothing. */
    void release() {
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
