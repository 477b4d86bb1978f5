package io.github.libvirtsnapshot.internal;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Opens one thing on a thread of its own, as nothing can interrupt native code. If that takes too
 * long, the thread closes the thing as soon as it is open, and ends.
 *
 * @param <T> what is opened
 * @param <X> what the opening throws
 */
public final class TimedOpening<T, X extends Exception> {
  /** Opens the thing. */
  public interface Opening<T, X extends Exception> {
    T open() throws X;
  }

  private final CompletableFuture<Optional<T>> opened = new CompletableFuture<>();
  private final Opening<T, X> opening;
  private final Consumer<T> close;

  /**
   * Prepares an opening.
   *
   * @param close is called with what was open too late
   */
  public TimedOpening(Opening<T, X> opening, Consumer<T> close) {
    this.opening = opening;
    this.close = close;
  }

  /**
   * Opens the thing. An interrupt does not end the wait, and is kept.
   *
   * @return empty if it took too long
   */
  public Optional<T> within(Duration atMost) throws X {
    Thread thread = new Thread(this::run, "libvirt-snapshot-connecting");
    thread.setDaemon(true);
    thread.start();
    try {
      return Uninterruptibles.getUninterruptibly(opened, atMost);
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (TimeoutException e) {
      opened.complete(Optional.empty());
      return result();
    }
  }

  private void run() {
    try {
      T made = opening.open();
      if (!opened.complete(Optional.of(made))) {
        close.accept(made);
      }
    } catch (Throwable e) {
      opened.completeExceptionally(e);
    }
  }

  /** It may have been opened right after the time was up. */
  private Optional<T> result() throws X {
    try {
      return Uninterruptibles.getUninterruptibly(opened);
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  /** What is checked can only be what the opening declares. */
  @SuppressWarnings("unchecked")
  private X failure(ExecutionException e) {
    Throwables.throwIfUnchecked(e.getCause());
    return (X) e.getCause();
  }
}
