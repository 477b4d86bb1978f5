package io.github.libvirtsnapshot.calls;

import static com.google.common.base.Preconditions.checkState;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.internal.PlatformThreads;
import io.github.libvirtsnapshot.internal.SafeLogger;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The one native reference that a handle owns. It is given back exactly once: when it is closed, or
 * when the last call that was in flight then returns. It knows nothing of its handle, so that the
 * handle can be collected.
 */
public final class NativeReference<P extends PointerType> {
  private static final Logger LOG = System.getLogger(NativeReference.class.getName());

  /** Added to the number of calls in flight once closed, which makes it negative. */
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

  /** Lends the pointer out; it stays valid until the use returns. */
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

  /** Closes the reference of a handle that was collected, if it is still open. */
  public void abandon() {
    if (isOpen()) {
      PlatformThreads.start(this::close);
      SafeLogger.log(
          LOG,
          Level.WARNING,
          description + " was never closed; it is freed now that it was garbage collected");
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

  /** What is done with a pointer that was lent out. */
  public interface Use<P, R, X extends Exception> {
    R apply(P pointer) throws X;
  }

  @Override
  public String toString() {
    return description;
  }
}
