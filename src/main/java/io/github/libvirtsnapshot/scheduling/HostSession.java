package io.github.libvirtsnapshot.scheduling;

import com.google.common.base.Throwables;
import com.google.common.collect.Comparators;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.calls.HandleAccess;
import io.github.libvirtsnapshot.internal.CallMonitor;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The connections to one host. Each connection is leased to one thread at a time: libvirt before
 * 10.4 can crash the process when a connection is lost that several threads use. During a lease, a
 * watchdog checks for how long the host has not responded.
 */
public final class HostSession {
  /** Opens a connection to the host. */
  public interface Opening {
    Connect open() throws LibvirtException;
  }

  /** A host that takes longer to respond does not count towards the maximum concurrency. */
  public static final Duration SLOW = Duration.ofSeconds(1);

  /** Is called once, on the timer thread, if the host does not respond in time. */
  public interface Watcher {
    /** The host did not respond to this connection. */
    void unresponsive(String why);

    /** The host responded neither to a new connection nor to any other one in that time. */
    void unreachable(String why);
  }

  private record OpenConnection(Connect connect, CallMonitor monitor) {}

  private final Opening opening;
  private final JobThreads threads;
  private final Duration limit;
  private final Deque<OpenConnection> idle = new ArrayDeque<>();
  private final Set<Watchdog> watchdogs = ConcurrentHashMap.newKeySet();
  private volatile long lastResponse;
  private boolean closed;

  /**
   * Creates a session without connections.
   *
   * @param limit the time that the host has to respond
   */
  public HostSession(Opening opening, JobThreads threads, Duration limit) {
    this.opening = opening;
    this.threads = threads;
    this.limit = limit;
    this.lastResponse = threads.nanoTime() - limit.toNanos();
  }

  /** Leases a connection, which is opened if none is idle. The caller must close the lease. */
  public Lease lend(Watcher watcher) throws LibvirtException {
    OpenConnection unused;
    synchronized (this) {
      unused = idle.poll();
    }
    return unused == null ? open(watcher) : new Lease(unused, true, watcher);
  }

  /**
   * Leases a connection as {@link #lend(Watcher)} does. While the host is slow to respond, the slot
   * does not count towards the maximum concurrency.
   */
  public Lease lend(Watcher watcher, FairScheduler.Slot slot) throws LibvirtException {
    JobThreads.Timer slow = threads.schedule(SLOW, slot::stopCounting);
    try {
      return lend(watcher);
    } finally {
      slow.cancel();
      slot.countAgain();
    }
  }

  private Lease open(Watcher watcher) throws LibvirtException {
    long begun = threads.nanoTime();
    Watchdog watchdog =
        new Watchdog(() -> since(begun), why -> connectingTakesTooLong(watcher, why));
    boolean inTime;
    Connect connect;
    try {
      connect = opening.open();
    } finally {
      inTime = watchdog.stop();
    }
    responded();
    if (!inTime) {
      connect.close();
      throw new NotStartedException("the host responded too late");
    }
    CallMonitor monitor = new CallMonitor(threads::nanoTime, this::responded);
    HandleAccess.setMonitor(connect, monitor);
    return new Lease(new OpenConnection(connect, monitor), false, watcher);
  }

  private Duration since(long time) {
    return Duration.ofNanos(threads.nanoTime() - time);
  }

  /** Returns whether a connection was lost. */
  public static boolean isLoss(Throwable failure) {
    return Throwables.getCausalChain(failure).stream()
        .anyMatch(ConnectionLostException.class::isInstance);
  }

  /**
   * Returns for how long the host has not responded to a pending connection or query; zero if none
   * is pending.
   */
  public Duration silence() {
    Duration longest =
        watchdogs.stream()
            .filter(Watchdog::isAwake)
            .map(watchdog -> watchdog.waited.get())
            .max(Comparator.naturalOrder())
            .orElse(Duration.ZERO);
    return Comparators.min(longest, since(lastResponse));
  }

  private void responded() {
    lastResponse = threads.nanoTime();
  }

  private void connectingTakesTooLong(Watcher watcher, String why) {
    if (since(lastResponse).compareTo(limit) < 0) {
      watcher.unresponsive(why);
    } else {
      watcher.unreachable(why);
    }
  }

  /** Closes the idle connections now, and the others when they are returned. */
  public void close() {
    List<OpenConnection> unused;
    synchronized (this) {
      closed = true;
      unused = List.copyOf(idle);
      idle.clear();
    }
    unused.forEach(each -> each.connect.close());
  }

  private void takeBack(OpenConnection connection) {
    responded();
    synchronized (this) {
      if (!closed) {
        idle.add(connection);
        return;
      }
    }
    connection.connect.close();
  }

  /** The exclusive use of a connection. */
  public final class Lease implements AutoCloseable {
    private final OpenConnection connection;
    private final boolean reused;
    private final Watchdog watchdog;
    private boolean lost;

    private Lease(OpenConnection connection, boolean reused, Watcher watcher) {
      this.connection = connection;
      this.reused = reused;
      this.watchdog = new Watchdog(connection.monitor::longestWait, watcher::unresponsive);
    }

    /** Returns the connection, which only the holder of the lease may use. */
    public Connect connect() {
      return connection.connect;
    }

    /**
     * Returns whether the connection was open before the lease, so that it may have been lost while
     * it was idle.
     */
    public boolean isReused() {
      return reused;
    }

    /** Closes the connection when the lease is closed. */
    public void discard() {
      lost = true;
    }

    /** Discards the connection if it was lost. */
    public void discardIfLost(Throwable failure) {
      if (isLoss(failure)) {
        discard();
      }
    }

    /** Returns the connection to the session. */
    @Override
    public void close() {
      boolean responded = watchdog.stop();
      if (lost || !responded) {
        connection.connect.close();
      } else {
        takeBack(connection);
      }
    }
  }

  /** Checks whether the host has exceeded the limit, at the earliest time when it could have. */
  private final class Watchdog {
    private final Supplier<Duration> waited;
    private final Consumer<String> onTimeout;
    private JobThreads.Timer timer;
    private boolean over;

    Watchdog(Supplier<Duration> waited, Consumer<String> onTimeout) {
      this.waited = waited;
      this.onTimeout = onTimeout;
      synchronized (this) {
        this.timer = threads.schedule(limit, this::look);
      }
      watchdogs.add(this);
    }

    private void look() {
      synchronized (this) {
        Duration left = limit.minus(waited.get());
        if (over) {
          return;
        }
        if (left.compareTo(Duration.ZERO) > 0) {
          timer = threads.schedule(left, this::look);
          return;
        }
        over = true;
      }
      onTimeout.accept("the host did not respond within " + LogEscaper.seconds(limit));
    }

    private synchronized boolean isAwake() {
      return !over;
    }

    /** Returns whether the limit was never exceeded. */
    synchronized boolean stop() {
      watchdogs.remove(this);
      timer.cancel();
      boolean inTime = !over;
      over = true;
      return inTime;
    }
  }
}
