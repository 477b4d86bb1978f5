package io.github.libvirtsnapshot.internal;

import java.util.Optional;

/**
 * What a step returned, or what it threw: an exception of libvirt's, of a caller's code or an error
 * of the JVM. Where a failure becomes a value, it is caught in this class and nowhere else.
 *
 * @param value what was returned, if it returned
 * @param failure what was thrown, if it threw
 */
public record Tried<T>(Optional<T> value, Optional<Throwable> failure) {
  /** A step that returns something. */
  public interface Step<T> {
    T take() throws Exception;
  }

  /** A step that returns nothing. */
  public interface Action {
    void take() throws Exception;
  }

  /** Takes a step. A thread that was interrupted meanwhile stays interrupted. */
  public static <T> Tried<T> of(Step<T> step) {
    try {
      return new Tried<>(Optional.of(step.take()), Optional.empty());
    } catch (Throwable e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      return new Tried<>(Optional.empty(), Optional.of(e));
    }
  }

  /** Takes a step as {@link #of} does, and returns what it threw, if it threw. */
  public static Optional<Throwable> failure(Action action) {
    return of(() -> {
          action.take();
          return true;
        })
        .failure();
  }
}
