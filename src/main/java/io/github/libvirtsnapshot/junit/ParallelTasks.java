package io.github.libvirtsnapshot.junit;

import com.google.common.base.Throwables;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does several things at once. */
final class ParallelTasks {
  private ParallelTasks() {}

  /** Ends when all have ended, and throws what the first of them threw, with all others in it. */
  static void run(List<Callable<Void>> tasks) throws Exception {
    if (tasks.isEmpty()) {
      return;
    }
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      Throwable failure = null;
      for (Future<Void> task : threads.invokeAll(tasks)) {
        try {
          task.get();
        } catch (ExecutionException e) {
          failure = together(failure, e.getCause());
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

  private static Throwable together(Throwable first, Throwable next) {
    if (first == null || first == next) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }
}
