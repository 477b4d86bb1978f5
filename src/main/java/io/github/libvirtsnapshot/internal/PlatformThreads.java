package io.github.libvirtsnapshot.internal;

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

/**
 * Gives native code an OS thread to itself. libvirt keeps its last error per OS thread, and a
 * virtual thread has none of its own: it may go on elsewhere between a call and the question what
 * went wrong, and it would hold its carrier for as long as libvirt blocks. So a virtual thread
 * waits here while a platform thread works for it; a platform thread does the work itself.
 *
 * <p>There are as many threads as there are calls at one time, without a limit: a limit would let
 * the calls to one hung host keep out those to all others.
 */
public final class PlatformThreads {
  private static final ExecutorService POOL =
      Executors.newCachedThreadPool(
          new ThreadFactoryBuilder().setNameFormat("libvirt-call-%d").setDaemon(true).build());

  /** {@code Thread.isVirtual}, or null before JDK 21. */
  private static final MethodHandle IS_VIRTUAL = findIsVirtual();

  private PlatformThreads() {}

  /** Runs the work and waits for its end, also when interrupted: native code can't be. */
  public static <R> R run(Supplier<R> work) {
    if (!onVirtualThread()) {
      return work.get();
    }
    CompletableFuture<R> result = CompletableFuture.supplyAsync(work, POOL);
    try {
      return Uninterruptibles.getUninterruptibly(result);
    } catch (ExecutionException e) {
      throw unchecked(e.getCause());
    }
  }

  /** Starts the work and does not wait for it. */
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

  private static MethodHandle findIsVirtual() {
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
