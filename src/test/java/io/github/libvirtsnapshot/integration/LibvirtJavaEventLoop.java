package io.github.libvirtsnapshot.integration;

import java.util.concurrent.atomic.AtomicInteger;
import org.libvirt.Connect;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.libvirt.event.LifecycleListener;

/**
 * The event loop of libvirt-java with a listener that counts lifecycle events. libvirt-java has
 * both since 0.5.2.
 */
final class LibvirtJavaEventLoop implements AutoCloseable {
  private final AtomicInteger count = new AtomicInteger();
  private final LifecycleListener listener =
      (domain, event) -> {
        count.incrementAndGet();
        return 0;
      };
  private final Connect connect;

  LibvirtJavaEventLoop(String uri) throws LibvirtException {
    Library.initEventLoop();
    connect = new Connect(uri);
    connect.addLifecycleListener(listener);
    Thread loop = new Thread(LibvirtJavaEventLoop::loop, "event-loop");
    loop.setDaemon(true);
    loop.start();
  }

  private static void loop() {
    try {
      Library.runEventLoop();
    } catch (LibvirtException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  int count() {
    return count.get();
  }

  @Override
  public void close() throws LibvirtException {
    connect.removeLifecycleListener(listener);
    Library.stopEventLoop();
  }
}
