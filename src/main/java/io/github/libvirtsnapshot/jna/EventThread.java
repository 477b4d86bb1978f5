package io.github.libvirtsnapshot.jna;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * A thread for libvirt's own event loop, which is the main loop of GLib. It never ends, as each
 * connection of the process that was opened since then depends on it, whoever opened it: libvirtd
 * closes one that does not answer. A thread of Java's would keep its class loader alive for as
 * long; this one is GLib's, and the JVM does not know of it.
 */
public final class EventThread {
  private static final String NAME = "libvirt-events";

  private EventThread() {}

  /**
   * Starts it. libvirt has to be loaded, which loads GLib.
   *
   * @throws UnsatisfiedLinkError if GLib can't be found; nothing was started then
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
