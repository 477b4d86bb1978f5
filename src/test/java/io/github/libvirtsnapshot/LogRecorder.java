package io.github.libvirtsnapshot;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Records the log lines of a class, as {@code LEVEL text}, until it is closed. */
public final class LogRecorder extends Handler implements AutoCloseable {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Set<String> sources = ConcurrentHashMap.newKeySet();
  private final Logger logger;

  /** Records the log of a class, and does not print it on the console. */
  public LogRecorder(Class<?> source) {
    this(source.getName());
  }

  /** Records the log of the whole library. */
  public static LogRecorder ofEverything() {
    return new LogRecorder("io.github.libvirtsnapshot");
  }

  private LogRecorder(String source) {
    logger = Logger.getLogger(source);
    logger.setUseParentHandlers(false);
    logger.addHandler(this);
  }

  /** Returns the lines that were logged so far. */
  public List<String> lines() {
    return lines;
  }

  /** Returns the classes and methods that the log names as its sources. */
  public Set<String> sources() {
    return sources;
  }

  @Override
  public void publish(LogRecord record) {
    sources.add(record.getSourceClassName() + "." + record.getSourceMethodName());
    lines.add(record.getLevel() + " " + record.getMessage());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }
}
