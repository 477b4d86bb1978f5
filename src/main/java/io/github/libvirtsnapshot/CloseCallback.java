package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkState;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.jna.CloseFunction;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeConstants;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The close callback of one {@link Connect}. libvirt holds a lock during its callback, so this
 * class calls the listener on a new thread.
 */
final class CloseCallback {
  private static final Logger LOG =
      System.getLogger(CloseCallback.class.getPackageName() + ".Connect");

  private final Callback function = CloseFunction.of(this::ended);

  /** Null if the callback is not registered with libvirt. */
  private volatile @Nullable Consumer<CloseReason> listener;

  synchronized void register(
      LibvirtCalls calls, ConnectPointer connection, Consumer<CloseReason> consumer)
      throws LibvirtException {
    checkState(
        listener == null,
        "a close callback is registered already: call unregisterCloseCallback() first");
    listener = consumer;
    int unused =
        Cleanup.afterFailure(
            () ->
                calls.nonNegative(
                    library ->
                        library.virConnectRegisterCloseCallback(
                            connection, function, Pointer.NULL, Pointer.NULL)),
            failure -> listener = null);
  }

  /** libvirt's result is ignored: the call fails if libvirt has called the callback already. */
  synchronized void unregister(LibvirtLibrary library, ConnectPointer connection) {
    if (listener != null) {
      int unused = library.virConnectUnregisterCloseCallback(connection, function);
      listener = null;
    }
  }

  private void ended(int reason) {
    Consumer<CloseReason> consumer = listener;
    if (consumer != null) {
      CloseReason closeReason =
          NativeConstants.find(CloseReason.class, reason).orElse(CloseReason.UNKNOWN);
      Thread thread = new Thread(() -> call(consumer, closeReason), "libvirt-close-callback");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private static void call(Consumer<CloseReason> listener, CloseReason reason) {
    Tried.failure(() -> listener.accept(reason))
        .ifPresent(
            failure ->
                SafeLogger.log(LOG, Level.WARNING, "a close callback threw an exception", failure));
  }
}
