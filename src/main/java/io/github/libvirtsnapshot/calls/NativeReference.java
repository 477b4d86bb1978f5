package io.github.libvirtsnapshot.calls;

import static com.google.common.base.Preconditions.checkState;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.internal.PlatformThreads;
import io.github.libvirtsnapshot.internal.SafeLogger;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The native reference that a handle owns. It is released exactly once: by {@link #close}, or if
 * calls are in progress at that moment, when the last of them returns. It does not refer to its
 * handle, so that the handle can be garbage collected.
 */
public final class NativeReference<P extends PointerType> {
  private static final Logger LOG = System.getLogger(NativeReference.class.getName());

  /**
   * {@link #close} adds this to the number of calls in progress, which makes the number negative.
   */
  private static final int CLOSED = Integer.MIN_VALUE;

  private final AtomicInteger inFlight = new AtomicInteger();
  private final NativeCalls calls;
  private final P pointer;
  private final ReleaseFunction<P> release;
  private final String description;

  public NativeReference(
      NativeCalls calls, P pointer, ReleaseFunction<P> release, String description) {
    this.calls = calls;
    this.pointer = pointer;
    this.release = release;
    this.description = description;
  }

  /** Passes the pointer to a function; the pointer stays valid until the function returns. */
  public <R, X extends Exception> R use(Use<P, R, X> use) throws X {
    enter();
    try {
      return use.apply(pointer);
    } finally {
      leave();
    }
  }

  public boolean isOpen() {
    return inFlight.get() >= 0;
  }

  public void close() {
    int before = inFlight.getAndUpdate(count -> count < 0 ? count : count + CLOSED);
    if (before == 0) {
      calls.release(release, pointer);
    }
  }

  /**
   * Closes the reference of a garbage-collected handle, if it is still open, and logs a warning.
   */
  public void abandon() {
    if (isOpen()) {
      PlatformThreads.start(this::close);
      SafeLogger.log(
          LOG,
          Level.WARNING,
          description
              + " was not closed; it was garbage collected, and its native reference is released now");
    }
  }

  public void checkOpen() {
    checkState(isOpen(), "%s is closed", description);
  }

  private void enter() {
    int before = inFlight.getAndUpdate(count -> count < 0 ? count : count + 1);
    checkState(before >= 0, "%s is closed", description);
  }

  private void leave() {
    if (inFlight.decrementAndGet() == CLOSED) {
      calls.release(release, pointer);
    }
  }

  /** A function that uses the pointer. */
  public interface Use<P, R, X extends Exception> {
    R apply(P pointer) throws X;
  }

  @Override
  public String toString() {
    return description;
  }
}
