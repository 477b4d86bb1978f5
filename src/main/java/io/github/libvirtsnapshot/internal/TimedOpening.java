package io.github.libvirtsnapshot.internal;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Opens an object within a time limit. A new thread opens it, since native code cannot be
 * interrupted. If the object opens after the limit, that thread closes it immediately and ends.
 *
 * @param <T> the object
 * @param <X> the exception if it cannot be opened
 */
public final class TimedOpening<T, X extends Exception> {
  /** Opens the object. */
  public interface Opening<T, X extends Exception> {
    T open() throws X;
  }

  private final CompletableFuture<Optional<T>> opened = new CompletableFuture<>();
  private final Opening<T, X> opening;
  private final Consumer<T> close;

  /**
   * Creates an opening, but does not start it.
   *
   * @param close closes an object that opened after the limit
   */
  public TimedOpening(Opening<T, X> opening, Consumer<T> close) {
    this.opening = opening;
    this.close = close;
  }

  /**
   * Opens the object. An interrupt does not end the wait; the thread stays interrupted.
   *
   * @return the object; empty if it was not open within the time
   */
  public Optional<T> within(Duration atMost) throws X {
    Thread thread = new Thread(this::run, "libvirt-snapshot-connecting");
    thread.setDaemon(true);
    thread.start();
    try {
      return requireNonNull(Uninterruptibles.getUninterruptibly(opened, atMost));
    } catch (ExecutionException e) {
      throw failure(e);
    } catch (TimeoutException e) {
      opened.complete(Optional.empty());
      return result();
    }
  }

  private void run() {
    Tried.failure(
            () -> {
              T made = opening.open();
              if (!opened.complete(Optional.of(made))) {
                close.accept(made);
              }
            })
        .ifPresent(opened::completeExceptionally);
  }

  /** The object may have been opened between the end of the time and now. */
  private Optional<T> result() throws X {
    try {
      return requireNonNull(Uninterruptibles.getUninterruptibly(opened));
    } catch (ExecutionException e) {
      throw failure(e);
    }
  }

  /** A checked exception can only be of the type that the opening declares. */
  @SuppressWarnings("unchecked")
  private X failure(ExecutionException e) {
    Throwable cause = requireNonNull(e.getCause());
    Throwables.throwIfUnchecked(cause);
    return (X) cause;
  }
}
