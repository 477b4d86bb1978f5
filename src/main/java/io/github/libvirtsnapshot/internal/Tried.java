package io.github.libvirtsnapshot.internal;

import java.util.Optional;

/**
 * The result of a step, or the exception or error that it threw. All code that converts a failure
 * to a value uses this class.
 *
 * @param value the result; empty if the step failed
 * @param failure the exception or error; empty if the step succeeded
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

  /**
   * Runs a step. If the step throws an {@link InterruptedException}, the thread stays interrupted.
   */
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

  /** Runs a step as {@link #of} does, and returns the exception or error if it failed. */
  public static Optional<Throwable> failure(Action action) {
    return of(() -> {
          action.take();
          return true;
        })
        .failure();
  }
}
