package io.github.libvirtsnapshot.calls;

import static com.google.common.base.Preconditions.checkArgument;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.internal.CallMonitor;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Gives the other packages of this library access to the internals of a handle. These methods are
 * not in the handles, because the methods of the handles are for users.
 */
public final class HandleAccess {
  private HandleAccess() {}

  /**
   * Passes the pointer of a handle to a function; the pointer stays valid until the function
   * returns.
   *
   * @throws IllegalStateException if the handle is closed
   */
  public static <P extends PointerType, R, X extends Exception> R use(
      NativeHandle<P, X> handle, Use<P, R, X> use) throws X {
    return handle.use(pointer -> use.apply(handle.calls(), pointer));
  }

  /**
   * Makes a call that lists references, reads a value from each, and releases them.
   *
   * @param wrap converts an address to a typed pointer
   */
  public static <P extends PointerType, Q extends PointerType, R, X extends Exception> List<R> read(
      NativeHandle<P, X> handle,
      ListFunction<P> list,
      Function<Pointer, Q> wrap,
      Use<Q, R, X> read,
      ReleaseFunction<Q> release)
      throws X {
    return handle.read(list, wrap, pointer -> read.apply(handle.calls(), pointer), release);
  }

  /**
   * Checks that a snapshot belongs to a domain and was found on the same connection.
   *
   * @throws IllegalArgumentException if the snapshot belongs to another domain or another
   *     connection
   */
  public static void checkOwn(
      NativeHandle<DomainPointer, ?> domain, NativeHandle<DomainSnapshotPointer, ?> snapshot) {
    DomainIdentity own = domain.domainIdentity().orElseThrow();
    DomainIdentity other = snapshot.domainIdentity().orElseThrow();
    checkArgument(
        other.sameDomainAs(own),
        "%s does not belong to %s (UUID %s) on this connection, but to domain %s (UUID %s);"
            + " look the snapshot up with snapshotLookupByName() of this domain",
        snapshot,
        domain,
        own.uuid(),
        LogEscaper.quote(other.name()),
        other.uuid());
  }

  /** Returns whether two handles are on the same domain, and were found on the same connection. */
  public static boolean isSameDomain(
      NativeHandle<DomainPointer, ?> domain, NativeHandle<DomainPointer, ?> other) {
    return domain.domainIdentity().orElseThrow().sameDomainAs(other.domainIdentity().orElseThrow());
  }

  /**
   * Sets the monitor that measures how long the calls through a connection, including those of its
   * domains and snapshots, wait for an answer.
   */
  public static void setMonitor(NativeHandle<?, ?> connection, CallMonitor monitor) {
    connection.calls().setMonitor(monitor);
  }

  /**
   * Attaches an object to a connection; all handles of the connection return it from {@link
   * #attached}.
   *
   * @param connection a handle of the connection
   * @param object must not refer to a handle, which could never be garbage collected then
   */
  public static <T> void attach(NativeHandle<?, ?> connection, Class<T> type, T object) {
    connection.calls().attachments().put(type, object);
  }

  /** Returns the object of this class attached to the connection of a handle. */
  public static <T> Optional<T> attached(NativeHandle<?, ?> handle, Class<T> type) {
    return Optional.ofNullable(type.cast(handle.calls().attachments().get(type)));
  }

  /** A function that uses the pointer of a handle. */
  public interface Use<P, R, X extends Exception> {
    R apply(Calls<X> calls, P pointer) throws X;
  }
}
