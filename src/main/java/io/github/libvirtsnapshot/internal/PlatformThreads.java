package io.github.libvirtsnapshot.internal;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs native code on platform threads. libvirt stores its last error for each OS thread, and a
 * virtual thread can move to another OS thread between a call and reading the error; it would also
 * pin its carrier thread while libvirt blocks. So if the caller is a virtual thread, it waits while
 * a platform thread does the work; a platform thread does the work itself.
 *
 * <p>The number of threads is the number of concurrent calls. It has no limit: with a limit, calls
 * to one host that hangs could block the calls to all other hosts.
 */
public final class PlatformThreads {
  private static final ExecutorService POOL =
      Executors.newCachedThreadPool(
          new ThreadFactoryBuilder().setNameFormat("libvirt-call-%d").setDaemon(true).build());

  /** {@code Thread.isVirtual}, or null before JDK 21. */
  private static final @Nullable MethodHandle IS_VIRTUAL = findIsVirtual();

  private PlatformThreads() {}

  /** Runs the work and waits for its end. An interrupt does not end the wait or the native code. */
  public static <R> R run(Supplier<R> work) {
    if (!onVirtualThread()) {
      return work.get();
    }
    CompletableFuture<R> result = CompletableFuture.supplyAsync(work, POOL);
    try {
      return requireNonNull(Uninterruptibles.getUninterruptibly(result));
    } catch (ExecutionException e) {
      throw unchecked(requireNonNull(e.getCause()));
    }
  }

  /** Starts the work on a platform thread, and does not wait for its end. */
  public static void start(Runnable work) {
    POOL.execute(work);
  }

  private static RuntimeException unchecked(Throwable failure) {
    Throwables.throwIfUnchecked(failure);
    throw new AssertionError(failure);
  }

  private static boolean onVirtualThread() {
    try {
      return IS_VIRTUAL != null && (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
    } catch (Throwable e) {
      throw unchecked(e);
    }
  }

  private static @Nullable MethodHandle findIsVirtual() {
    try {
      return MethodHandles.lookup()
          .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
    } catch (NoSuchMethodException e) {
      return null;
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }
}
