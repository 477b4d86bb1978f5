package io.github.libvirtsnapshot.junit;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Throwables;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Runs tasks concurrently. */
final class ParallelTasks {
  private ParallelTasks() {}

  /** Waits until all tasks have ended; the first exception is thrown, and suppresses the others. */
  static void run(List<Callable<Void>> tasks) throws Exception {
    if (tasks.isEmpty()) {
      return;
    }
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      @Nullable Throwable failure = null;
      for (Future<Void> task : threads.invokeAll(tasks)) {
        try {
          task.get();
        } catch (ExecutionException e) {
          failure = combine(failure, requireNonNull(e.getCause()));
        }
      }
      if (failure != null) {
        Throwables.throwIfInstanceOf(failure, Exception.class);
        Throwables.throwIfUnchecked(failure);
      }
    } finally {
      threads.shutdown();
    }
  }

  private static Throwable combine(@Nullable Throwable first, Throwable next) {
    if (first == null || first == next) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }
}
