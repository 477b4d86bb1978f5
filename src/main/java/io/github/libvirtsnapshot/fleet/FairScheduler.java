package io.github.libvirtsnapshot.fleet;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Lets jobs run in turn: so many at once, of each lane no more than it may, and one of each lane
 * before the next of any.
 */
final class Turns {
  /** What is to be done; it ends its turn, on whatever thread. */
  interface Job {
    void run(Turn turn);
  }

  /** The jobs of a host. */
  static final class Lane {
    private final Deque<Job> waiting = new ArrayDeque<>();
    private int limit;
    private int running;
    private boolean queued;

    /**
     * Makes a lane.
     *
     * @param limit how many may run at once
     */
    Lane(int limit) {
      this.limit = limit;
    }

    private boolean isReady() {
      return !waiting.isEmpty() && running < limit;
    }
  }

  private final Deque<Lane> ready = new ArrayDeque<>();
  private final int atOnce;
  private final Executor threads;
  private int running;
  private boolean closed;

  Turns(int atOnce, Executor threads) {
    this.atOnce = atOnce;
    this.threads = threads;
  }

  /** Adds a job to the end of its lane. */
  synchronized void add(Lane lane, Job job) {
    lane.waiting.add(job);
    queue(lane);
    dispatch();
  }

  /** Adds jobs to the ends of their lanes; none of them ends before all are added. */
  synchronized void addAll(Map<Lane, Job> jobs) {
    jobs.forEach(this::add);
  }

  /** Lets more of a lane run at once from now on. */
  synchronized void widen(Lane lane, int limit) {
    lane.limit = limit;
    queue(lane);
    dispatch();
  }

  private void queue(Lane lane) {
    if (!lane.queued && lane.isReady()) {
      lane.queued = true;
      ready.add(lane);
    }
  }

  /** Nothing of what waits is run any more. */
  synchronized void close() {
    closed = true;
  }

  private void dispatch() {
    while (!closed && running < atOnce && !ready.isEmpty()) {
      Lane lane = ready.remove();
      lane.queued = false;
      Job job = lane.waiting.remove();
      lane.running++;
      running++;
      queue(lane);
      threads.execute(() -> job.run(new Turn(lane)));
    }
  }

  /** A job's place among those that run. */
  final class Turn {
    private final Lane lane;
    private boolean counts = true;
    private boolean over;

    private Turn(Lane lane) {
      this.lane = lane;
    }

    /** Lets a job of another lane run instead of this one, which goes on. */
    void giveWay() {
      synchronized (Turns.this) {
        if (counts) {
          counts = false;
          running--;
          dispatch();
        }
      }
    }

    /** Ends it; ending it again does nothing. */
    void end() {
      synchronized (Turns.this) {
        if (!over) {
          over = true;
          lane.running--;
          queue(lane);
          giveWay();
          dispatch();
        }
      }
    }
  }
}
