package io.github.libvirtsnapshot.scheduling;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.internal.Tried;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Calls the listener of a program, in sequential calls on a dedicated daemon thread. Exceptions of
 * the listener are logged. Calls after the shutdown are discarded.
 */
public final class ListenerThread {
  private final ThreadPoolExecutor thread;
  private final Logger log;
  private final String listener;

  /**
   * Starts the thread.
   *
   * @param name the name of the thread
   * @param listener the name of the listener for the log, as in {@code a fleet listener}
   */
  public ListenerThread(String name, Logger log, String listener) {
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new ThreadFactoryBuilder().setNameFormat(name).setDaemon(true).build(),
            new ThreadPoolExecutor.DiscardPolicy());
    this.log = log;
    this.listener = listener;
    thread.prestartAllCoreThreads();
  }

  /** Adds a call, and does not wait for its end. */
  public void call(Runnable call) {
    thread.execute(
        () ->
            Tried.failure(call::run)
                .ifPresent(
                    failure -> SafeLogger.log(log, Level.WARNING, listener + " failed", failure)));
  }

  /** Ends the thread after the calls that were added. */
  public void shutdown() {
    thread.shutdown();
  }
}
