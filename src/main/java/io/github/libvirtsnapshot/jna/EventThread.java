package io.github.libvirtsnapshot.jna;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * The thread of libvirt's own event loop, which is GLib's main loop. It runs until the process
 * ends, because all connections that any code of the process has opened since then depend on it:
 * libvirtd closes a connection that does not answer. The thread is GLib's and unknown to the JVM; a
 * Java thread would keep its class loader reachable all that time.
 */
public final class EventThread {
  private static final String NAME = "libvirt-events";

  private EventThread() {}

  /**
   * Starts the thread. libvirt has to be loaded already, since it loads GLib.
   *
   * @throws UnsatisfiedLinkError if GLib cannot be found; the thread is not started then
   */
  public static void start() {
    NativeLibrary process = NativeLibrary.getProcess();
    Function makeLoop = process.getFunction("g_main_loop_new");
    Function runLoop = process.getFunction("g_main_loop_run");
    Function startThread = process.getFunction("g_thread_new");
    Function forgetThread = process.getFunction("g_thread_unref");
    Pointer loop = makeLoop.invokePointer(new Object[] {Pointer.NULL, 0});
    Pointer thread = startThread.invokePointer(new Object[] {NAME, runLoop, loop});
    forgetThread.invokeVoid(new Object[] {thread});
  }
}
