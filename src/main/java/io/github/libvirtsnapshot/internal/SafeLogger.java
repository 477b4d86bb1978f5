package io.github.libvirtsnapshot.internal;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Logs where an exception of a log handler would hide what was done.
 *
 * <p>What a handler throws goes to the standard error stream. If that throws too, it is ignored.
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
   * @param thrown what it is about, or null
   */
  public static void log(Logger logger, Level level, String message, Throwable thrown) {
    try {
      logger.log(level, message, thrown);
    } catch (Throwable e) {
      print("a log handler failed at this message: " + message, e);
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
