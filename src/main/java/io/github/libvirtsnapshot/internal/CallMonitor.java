package io.github.libvirtsnapshot.internal;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Measures how long the calls through a connection have been waiting for an answer. It does not
 * measure calls that take as long as the host or a guest needs, such as a revert.
 */
public final class CallMonitor {
  private final LongSupplier nanoTime;
  private final Runnable onAnswer;

  /** The start time of the call that a thread is making. */
  private final Map<Thread, Long> calls = new ConcurrentHashMap<>();

  /**
   * Creates a monitor without calls.
   *
   * @param nanoTime the time, as {@link System#nanoTime} returns it
   * @param onAnswer runs after each call
   */
  public CallMonitor(LongSupplier nanoTime, Runnable onAnswer) {
    this.nanoTime = nanoTime;
    this.onAnswer = onAnswer;
  }

  /** Makes a call and measures it. */
  public <R> R watch(Supplier<R> call) {
    calls.put(Thread.currentThread(), nanoTime.getAsLong());
    try {
      return call.get();
    } finally {
      calls.remove(Thread.currentThread());
      onAnswer.run();
    }
  }

  /** Returns how long the oldest call has been waiting; zero if there is none. */
  public Duration longestWait() {
    long now = nanoTime.getAsLong();
    long longest = calls.values().stream().mapToLong(begun -> now - begun).max().orElse(0);
    return Duration.ofNanos(longest);
  }
}
