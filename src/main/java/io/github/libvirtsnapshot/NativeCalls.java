package io.github.libvirtsnapshot;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Calls libvirt, and takes the error of the very call that failed on the thread that made it.
 *
 * @param connection the connection that the calls go through, or null as long as there is none;
 *     whoever makes a call holds a reference of it, or of something that does
 * @param oneAtATime what a call has to hold, if only one may go through the connection at a time
 * @param monitor what watches the calls through the connection, if anything does
 */
record NativeCalls(
    LibvirtLibrary library,
    ConnectPointer connection,
    AtomicReference<Lock> oneAtATime,
    AtomicReference<CallMonitor> monitor) {
  private static final Logger LOG = System.getLogger(NativeCalls.class.getName());

  private record Answer<R>(R result, LibvirtError error, boolean lost) {}

  /** Makes calls through no connection. */
  NativeCalls(LibvirtLibrary library) {
    this(library, null);
  }

  /** Makes calls through a connection that may have others, which do not wait for these. */
  NativeCalls(LibvirtLibrary library, ConnectPointer connection) {
    this(library, connection, new AtomicReference<>(), new AtomicReference<>());
  }

  /** Returns such calls through a connection. */
  NativeCalls through(ConnectPointer other) {
    return new NativeCalls(library, other, oneAtATime, monitor);
  }

  /**
   * Returns calls that no monitor watches: those that take as long as the host or a guest needs.
   */
  NativeCalls unwatched() {
    return new NativeCalls(library, connection, oneAtATime, new AtomicReference<>());
  }

  /** Lets one call go through the connection at a time from now on. */
  void letOneThroughAtATime() {
    oneAtATime.compareAndSet(null, new ReentrantLock());
  }

  /** Makes a call that reports a failure by a null result. */
  <R> R nonNull(Function<LibvirtLibrary, R> call) throws LibvirtException {
    return call(call, result -> result == null);
  }

  /** Makes a call that reports a failure by a negative result. */
  int nonNegative(Function<LibvirtLibrary, Integer> call) throws LibvirtException {
    return call(call, result -> result < 0);
  }

  /** Makes a call that adds a reference, and returns the pointer that it is for. */
  <P extends PointerType> P addReference(BiFunction<LibvirtLibrary, P, Integer> function, P pointer)
      throws LibvirtException {
    call(library -> function.apply(library, pointer), result -> result < 0);
    return pointer;
  }

  /**
   * Makes a call that gives a reference back. Its result is ignored, and what it throws is logged:
   * the caller has its own result by then.
   */
  <P extends PointerType> void release(ReleaseFunction<P> function, P pointer) {
    try {
      PlatformThreads.run(() -> function.release(library, pointer));
    } catch (RuntimeException | Error e) {
      SafeLog.log(LOG, Level.WARNING, "a native reference could not be given back", e);
    }
  }

  private <R> R call(Function<LibvirtLibrary, R> call, Predicate<R> failed)
      throws LibvirtException {
    Answer<R> answer = PlatformThreads.run(() -> answerInTurn(call, failed));
    if (answer.error != null) {
      throw answer.lost
          ? new ConnectionLostException(answer.error)
          : LibvirtException.of(answer.error);
    }
    return answer.result;
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
    try {
      R result = call.apply(library);
      if (!failed.test(result)) {
        return new Answer<>(result, null, false);
      }
      LibvirtError error = LibvirtError.copyOf(library.virGetLastError());
      return new Answer<>(null, error, isLoss(error));
    } catch (UnsatisfiedLinkError e) {
      throw LibvirtUnavailableException.functionMissing(e);
    }
  }

  /** An error of the other side has the domain of what failed there, and leaves the connection. */
  private boolean isLoss(LibvirtError error) {
    return error.getDomain() == ErrorDomain.VIR_FROM_RPC
        && connection != null
        && library.virConnectIsAlive(connection) == 0;
  }
}
