package io.github.libvirtsnapshot.calls;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.CallMonitor;
import io.github.libvirtsnapshot.internal.PlatformThreads;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Calls libvirt, and takes the error of the very call that failed on the thread that made it. Where
 * the installed libvirt lacks a function, its call ends in an {@link UnsatisfiedLinkError}.
 *
 * @param connection the connection that the calls go through, or null as long as there is none;
 *     whoever makes a call holds a reference of it, or of something that does
 * @param oneAtATime what a call has to hold, if only one may go through the connection at a time
 * @param monitor what watches the calls through the connection, if anything does
 * @param attachments objects that belong to the connection, by their class
 */
public record NativeCalls(
    LibvirtLibrary library,
    ConnectPointer connection,
    AtomicReference<Lock> oneAtATime,
    AtomicReference<CallMonitor> monitor,
    Map<Class<?>, Object> attachments) {
  private static final Logger LOG = System.getLogger(NativeCalls.class.getName());

  /** Makes calls through no connection. */
  public NativeCalls(LibvirtLibrary library) {
    this(library, null);
  }

  /** Makes calls through a connection that may have others, which do not wait for these. */
  public NativeCalls(LibvirtLibrary library, ConnectPointer connection) {
    this(
        library,
        connection,
        new AtomicReference<>(),
        new AtomicReference<>(),
        new ConcurrentHashMap<>());
  }

  /** Returns such calls through a connection. */
  public NativeCalls through(ConnectPointer other) {
    return new NativeCalls(library, other, oneAtATime, monitor, attachments);
  }

  /**
   * Returns calls that no monitor watches: those that take as long as the host or a guest needs.
   */
  public NativeCalls unwatched() {
    return new NativeCalls(library, connection, oneAtATime, new AtomicReference<>(), attachments);
  }

  /** Lets one call go through the connection at a time from now on. */
  public void letOneThroughAtATime() {
    oneAtATime.compareAndSet(null, new ReentrantLock());
  }

  /** Makes a call that reports a failure by a null result. */
  public <R> Answer<R> nonNull(Function<LibvirtLibrary, R> call) {
    return call(call, result -> result == null);
  }

  /** Makes a call that reports a failure by a negative result. */
  public Answer<Integer> nonNegative(Function<LibvirtLibrary, Integer> call) {
    return call(call, result -> result < 0);
  }

  /**
   * Makes a call that gives a reference back. Its result is ignored, and what it throws is logged:
   * the caller has its own result by then.
   */
  public <P extends PointerType> void release(ReleaseFunction<P> function, P pointer) {
    try {
      PlatformThreads.run(() -> function.release(library, pointer));
    } catch (RuntimeException | Error e) {
      SafeLogger.log(LOG, Level.WARNING, "a native reference could not be given back", e);
    }
  }

  private <R> Answer<R> call(Function<LibvirtLibrary, R> call, Predicate<R> failed) {
    return PlatformThreads.run(() -> answerInTurn(call, failed));
  }

  private <R> Answer<R> answerInTurn(Function<LibvirtLibrary, R> call, Predicate<R> failed) {
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

  private <R> Answer<R> watchedAnswer(Function<LibvirtLibrary, R> call, Predicate<R> failed) {
    CallMonitor watching = monitor.get();
    return watching == null ? answer(call, failed) : watching.watch(() -> answer(call, failed));
  }

  private <R> Answer<R> answer(Function<LibvirtLibrary, R> call, Predicate<R> failed) {
    R result = call.apply(library);
    if (!failed.test(result)) {
      return Answer.of(result);
    }
    LibvirtError error = LibvirtError.copyOf(library.virGetLastError());
    return Answer.failed(error, isLoss(error));
  }

  /** An error of the other side has the domain of what failed there, and leaves the connection. */
  private boolean isLoss(LibvirtError error) {
    return error.getDomain() == ErrorDomain.VIR_FROM_RPC
        && connection != null
        && library.virConnectIsAlive(connection) == 0;
  }
}
