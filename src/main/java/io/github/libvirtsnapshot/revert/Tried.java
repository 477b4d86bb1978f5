package io.github.libvirtsnapshot.revert;

import java.util.Optional;

/**
 * What a step returned, or what it threw. A run catches whatever libvirt, a caller's code or the
 * JVM throws in this class and nowhere else.
 *
 * @param value what was returned, if it returned
 * @param failure what was thrown, if it threw
 */
record Tried<T>(Optional<T> value, Optional<Throwable> failure) {
  /** A step that returns something. */
  interface Step<T> {
    T take() throws Exception;
  }

  /** A step that returns nothing. */
  interface Action {
    void take() throws Exception;
  }

  /** Takes a step. A thread that was interrupted meanwhile stays interrupted. */
  static <T> Tried<T> of(Step<T> step) {
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
  static Optional<Throwable> failure(Action action) {
    return of(() -> {
          action.take();
          return true;
        })
        .failure();
  }
}
