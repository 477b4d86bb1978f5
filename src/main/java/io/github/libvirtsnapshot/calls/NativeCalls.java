package io.github.libvirtsnapshot.calls;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.CallMonitor;
import io.github.libvirtsnapshot.internal.PlatformThreads;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.virError;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Calls libvirt, and reads the error of a failed call on the thread that made the call. If the
 * installed libvirt lacks a function, calling it throws an {@link UnsatisfiedLinkError}.
 *
 * @param library the library that is called
 * @param connection the connection of the calls, or null if there is none yet. The caller of a
 *     method holds a reference to it, or to an object that does
 * @param oneAtATime the lock that a call has to hold if the connection may execute only one call at
 *     a time
 * @param monitor the monitor of the calls through the connection, if there is one
 * @param attachments the objects that are attached to the connection, by their class
 */
public record NativeCalls(
    LibvirtLibrary library,
    @Nullable ConnectPointer connection,
    AtomicReference<Lock> oneAtATime,
    AtomicReference<CallMonitor> monitor,
    Map<Class<?>, Object> attachments) {
  private static final Logger LOG = System.getLogger(NativeCalls.class.getName());

  /**
   * Creates calls that need no connection. They do not wait for calls that other instances make.
   */
  public NativeCalls(LibvirtLibrary library) {
    this(
        library, null, new AtomicReference<>(), new AtomicReference<>(), new ConcurrentHashMap<>());
  }

  /** Returns the same calls through a connection. */
  public NativeCalls through(ConnectPointer other) {
    return new NativeCalls(library, other, oneAtATime, monitor, attachments);
  }

  /**
   * Returns the same calls without a monitor, for calls that take as long as the host or a guest
   * needs.
   */
  public NativeCalls unwatched() {
    return new NativeCalls(library, connection, oneAtATime, new AtomicReference<>(), attachments);
  }

  /** Lets the connection execute only one call at a time from now on. */
  public void letOneThroughAtATime() {
    oneAtATime.compareAndSet(null, new ReentrantLock());
  }

  /** Makes a call that reports a failure by a null result. */
  public <R> Answer<R> nonNull(Function<LibvirtLibrary, @Nullable R> call) {
    return call(call, result -> false);
  }

  /** Makes a call that reports a failure by a negative result. */
  public Answer<Integer> nonNegative(Function<LibvirtLibrary, Integer> call) {
    return call(call, result -> result < 0);
  }

  /**
   * Makes a call that releases a reference. Its result is ignored and its exceptions are logged,
   * because the caller has its own result already.
   */
  public <P extends PointerType> void release(ReleaseFunction<P> function, P pointer) {
    try {
      PlatformThreads.run(() -> function.release(library, pointer));
    } catch (RuntimeException | Error e) {
      SafeLogger.log(LOG, Level.WARNING, "releasing a native reference failed", e);
    }
  }

  private <R> Answer<R> call(Function<LibvirtLibrary, @Nullable R> call, Predicate<R> failed) {
    return PlatformThreads.run(() -> answerInTurn(call, failed));
  }

  private <R> Answer<R> answerInTurn(
      Function<LibvirtLibrary, @Nullable R> call, Predicate<R> failed) {
    Lock lock = oneAtATime.get();
    if (lock == null) {
      return watchedAnswer(call, failed);
    }
    lock.lock();
    try {
      return watchedAnswer(call, failed);
    } finally {
      lock.unlock();
    }
  }

  private <R> Answer<R> watchedAnswer(
      Function<LibvirtLibrary, @Nullable R> call, Predicate<R> failed) {
    CallMonitor watching = monitor.get();
    return watching == null ? answer(call, failed) : watching.watch(() -> answer(call, failed));
  }

  private <R> Answer<R> answer(Function<LibvirtLibrary, @Nullable R> call, Predicate<R> failed) {
    R result = call.apply(library);
    if (result != null && !failed.test(result)) {
      return Answer.of(result);
    }
    virError reported = library.virGetLastError();
    LibvirtError error =
        reported == null
            ? LibvirtError.none(
                CalledFunction.of(call) + " failed, but libvirt reported no error for it")
            : LibvirtError.copyOf(reported);
    return Answer.failed(error, isLoss(error));
  }

  /**
   * An error that the host reported has the domain of the failed part, not that of the connection.
   */
  private boolean isLoss(LibvirtError error) {
    return error.getDomain() == ErrorDomain.VIR_FROM_RPC
        && connection != null
        && library.virConnectIsAlive(connection) == 0;
  }
}
