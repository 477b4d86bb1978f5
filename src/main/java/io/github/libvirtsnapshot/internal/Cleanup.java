package io.github.libvirtsnapshot.internal;

import java.util.function.Consumer;

/**
 * Cleans up after a failed step. All code that releases something because a step failed, and passes
 * the exception or error on to its caller, uses this class.
 */
public final class Cleanup {
  /** A step that returns something. */
  public interface Step<T, E extends Throwable> {
    T take() throws E;
  }

  /** A step that returns nothing. */
  public interface Action<E extends Throwable> {
    void take() throws E;
  }

  private Cleanup() {}

  /**
   * Takes a step. If the step throws an exception or an error, passes it to the cleanup, and then
   * throws it again.
   */
  public static <T, E extends Throwable> T afterFailure(
      Step<T, E> step, Consumer<? super Throwable> cleanup) throws E {
    try {
      return step.take();
    } catch (Throwable e) {
      cleanup.accept(e);
      throw e;
    }
  }

  /** Takes a step that returns nothing, as the other method does. */
  public static <E extends Throwable> void afterFailure(
      Action<E> action, Consumer<? super Throwable> cleanup) throws E {
    var unused =
        afterFailure(
            () -> {
              action.take();
              return true;
            },
            cleanup);
  }
}
