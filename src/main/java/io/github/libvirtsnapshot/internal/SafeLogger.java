package io.github.libvirtsnapshot.internal;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Logs messages, and never throws: an exception of a log handler would replace the result of the
 * caller.
 *
 * <p>An exception of a handler is printed to the standard error stream. If printing fails too, the
 * exception is ignored.
 */
public final class SafeLogger {
  private SafeLogger() {}

  /** Logs a message. */
  public static void log(Logger logger, Level level, String message) {
    log(logger, level, message, null);
  }

  /**
   * Logs a message.
   *
   * @param thrown the exception to log, or null
   */
  public static void log(Logger logger, Level level, String message, @Nullable Throwable thrown) {
    try {
      logger.log(level, message, thrown);
    } catch (Throwable e) {
      print("a log handler threw an exception for this message: " + message, e);
    }
  }

  private static void print(String message, Throwable thrown) {
    try {
      System.err.println(message);
      thrown.printStackTrace();
    } catch (Throwable ignored) {
      // There is no other place to write to.
    }
  }
}
