package io.github.libvirtsnapshot;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.jna.EventThread;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;

/** libvirt's event loop, of which a process has one at most. */
final class EventLoop {
  private static final int NEVER = -1;

  private EventLoop() {}

  /** Starts it as {@link Connect#startEventLoop} says. */
  static void start() throws LibvirtException {
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
