package io.github.libvirtsnapshot;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.jna.EventThread;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;

/** libvirt's event loop; a process has at most one. */
final class EventLoop {
  private static final int NEVER = -1;

  private EventLoop() {}

  /** See {@link Connect#startEventLoop}. */
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

  /** libvirt rejects timers if the process has no event loop. */
  private static boolean exists(LibvirtLibrary library) {
    int timer = library.virEventAddTimeout(NEVER, Pointer.NULL, Pointer.NULL, Pointer.NULL);
    return timer >= 0 && library.virEventRemoveTimeout(timer) >= 0;
  }
}
