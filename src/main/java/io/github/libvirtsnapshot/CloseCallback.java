package io.github.libvirtsnapshot;

import static com.google.common.base.Preconditions.checkState;

import com.sun.jna.Callback;
import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.jna.CloseFunction;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.NativeConstants;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/**
 * Waits for the end of a connection, for one of its handles. libvirt holds a lock while it calls,
 * so the listener is called on a thread of its own.
 */
final class CloseCallback {
  private static final Logger LOG =
      System.getLogger(CloseCallback.class.getPackageName() + ".Connect");

  private final Callback function = CloseFunction.of(this::ended);

  /** Null while libvirt does not know of this. */
  private volatile Consumer<CloseReason> listener;

  synchronized void register(
      LibvirtCalls calls, ConnectPointer connection, Consumer<CloseReason> told)
      throws LibvirtException {
    checkState(listener == null, "there is a close callback already: unregister it first");
    listener = told;
    try {
      int unused =
          calls.nonNegative(
              library ->
                  library.virConnectRegisterCloseCallback(
                      connection, function, Pointer.NULL, Pointer.NULL));
    } catch (LibvirtException | RuntimeException | Error e) {
      listener = null;
      throw e;
    }
  }

  /** Where it has been called, or the connection is gone, libvirt knows of it no more. */
  synchronized void unregister(LibvirtLibrary library, ConnectPointer connection) {
    if (listener != null) {
      int unused = library.virConnectUnregisterCloseCallback(connection, function);
      listener = null;
    }
  }

  private void ended(int reason) {
    Consumer<CloseReason> told = listener;
    if (told != null) {
      CloseReason why = NativeConstants.find(CloseReason.class, reason).orElse(CloseReason.UNKNOWN);
      Thread thread = new Thread(() -> tell(told, why), "libvirt-close-callback");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private static void tell(Consumer<CloseReason> listener, CloseReason reason) {
    Tried.failure(() -> listener.accept(reason))
        .ifPresent(
            failure -> SafeLogger.log(LOG, Level.WARNING, "a close callback failed", failure));
  }
}
