package io.github.libvirtsnapshot.calls;

import com.sun.jna.PointerType;
import io.github.libvirtsnapshot.internal.CallMonitor;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls libvirt, and throws an exception if a call fails.
 *
 * @param <X> the exception
 */
public interface Calls<X extends Exception> {
  /** Returns the library that is called. */
  LibvirtLibrary library();

  /** Returns the connection of the calls; throws an exception if there is none yet. */
  ConnectPointer connection();

  /** Makes a call that reports a failure by a null result. */
  <R> R nonNull(Function<LibvirtLibrary, @Nullable R> call) throws X;

  /** Makes a call that reports a failure by a negative result. */
  int nonNegative(Function<LibvirtLibrary, Integer> call) throws X;

  /** Returns the exception for an answer of libvirt that is wrong. */
  X failure(String message);

  /** Releases a reference, as {@link NativeCalls#release} does. */
  <P extends PointerType> void release(ReleaseFunction<P> function, P pointer);

  /** Returns the same calls without a monitor. */
  Calls<X> unwatched();

  /** Returns the objects that are attached to the connection, by their class. */
  Map<Class<?>, Object> attachments();

  /** Sets the monitor of the calls through the connection. */
  void setMonitor(CallMonitor monitor);
}
