package io.github.libvirtsnapshot.calls;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.internal.CallMonitor;
import java.util.Optional;

/**
 * Lets the other packages of this library call functions of libvirt with the pointer of a handle.
 * It is not a method of the handle, because those are for users.
 */
public final class HandleAccess {
  private HandleAccess() {}

  /**
   * Lends the pointer of a handle out; it stays valid until the use returns.
   *
   * @throws IllegalStateException if the handle is closed
   */
  public static <P extends PointerType, R, X extends Exception> R use(
      NativeHandle<P, X> handle, Use<P, R, X> use) throws X {
    return handle.use(pointer -> use.apply(handle.calls(), pointer));
  }

  /**
   * Lets a monitor measure how long the calls through a connection, also those of its domains and
   * snapshots, wait for an answer.
   */
  public static void setMonitor(NativeHandle<?, ?> connection, CallMonitor monitor) {
    connection.calls().setMonitor(monitor);
  }

  /**
   * Attaches an object to a connection: all handles of the connection have it.
   *
   * @param connection a handle of the connection
   */
  public static <T> void attach(NativeHandle<?, ?> connection, Class<T> type, T object) {
    connection.calls().attachments().put(type, object);
  }

  /** Returns the object of this class that was attached to the connection of a handle. */
  public static <T> Optional<T> attached(NativeHandle<?, ?> handle, Class<T> type) {
    return Optional.ofNullable(type.cast(handle.calls().attachments().get(type)));
  }

  /** What is done with a pointer that was lent out. */
  public interface Use<P, R, X extends Exception> {
    R apply(Calls<X> calls, P pointer) throws X;
  }
}
