package io.github.libvirtsnapshot;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.jna.EventThread;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;

/**
 * libvirt's event loop, of which a process has one at most. A connection that is opened while there
 * is one notices at once when the other side is gone; {@linkplain Connect#setKeepAlive keepalive}
 * and {@linkplain Connect#registerCloseCallback close callbacks} depend on it.
 *
 * <p>What the process has already, as from another binding of libvirt, is used as it is; it is up
 * to whoever registered it to let it run. Otherwise libvirt's own is registered, and runs on a
 * native thread until the process ends. That is GLib's default main loop, which a program with a
 * GTK user interface runs itself.
 *
 * @see <a href="https://libvirt.org/html/libvirt-libvirt-event.html">libvirt-event</a>
 */
public final class EventLoop {
  private static final int NEVER = -1;

  private EventLoop() {}

  /**
   * Starts libvirt's own event loop, unless the process has one. Connections that are open already
   * stay without.
   *
   * @throws LibvirtUnavailableException if libvirt or GLib can't be found
   * @see LibvirtLibrary#virEventRegisterDefaultImpl
   */
  public static void start() throws LibvirtException {
    start(new LibvirtCalls(Libvirt.library()));
  }

  static synchronized void start(LibvirtCalls calls) throws LibvirtException {
    if (exists(calls.library())) {
      return;
    }
    int unused = calls.nonNegative(LibvirtLibrary::virEventRegisterDefaultImpl);
    try {
      EventThread.start();
    } catch (UnsatisfiedLinkError e) {
      throw LibvirtUnavailableException.functionMissing(e);
    }
  }

  /** Where there is none, there are no timers. */
  private static boolean exists(LibvirtLibrary library) {
    int timer = library.virEventAddTimeout(NEVER, Pointer.NULL, Pointer.NULL, Pointer.NULL);
    return timer >= 0 && library.virEventRemoveTimeout(timer) >= 0;
  }
}
