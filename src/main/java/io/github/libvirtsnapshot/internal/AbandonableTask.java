package io.github.libvirtsnapshot.internal;

/**
 * A task that one thread runs, once, and any other thread may abandon. An executor gets the
 * asynchronous reverts of this library as such tasks.
 *
 * @param <R> the result
 * @param <P> the prediction of the result
 * @param <X> the exception of a task that failed or was abandoned
 */
public interface AbandonableTask<R, P, X extends Exception> extends Runnable {
  /**
   * Runs the task as {@link #run} does, and returns or throws its result even if the task is
   * abandoned meanwhile.
   *
   * @param barrier lets this task wait for others
   * @throws X also if the task was run or abandoned before; its future is left as it is then. A
   *     second {@link #run} does nothing
   */
  R call(StageBarrier barrier) throws X;

  /**
   * Predicts what {@link #call} would do, instead of running the task, which can't be run
   * afterwards.
   *
   * @throws X also if the task was run or abandoned before
   */
  P plan(StageBarrier barrier) throws X;

  /**
   * Abandons the task, whose future fails with the exception. A task that can't be stopped any more
   * continues.
   */
  X abandon(AbandonReason why);
}
