package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;

/** Opens a connection with keepalive in a class loader of its own, for {@link ClassLoaderProbe}. */
public final class ConnectInClassLoader implements Runnable {
  /** Called by reflection. */
  public ConnectInClassLoader() {}

  /** Opens and closes the connection. */
  @Override
  public void run() {
    try {
      Connect.startEventLoop();
      try (Connect connect = new Connect(System.getProperty("libvirt.uri"))) {
        connect.registerCloseCallback(reason -> System.out.println("closed: " + reason));
        if (!connect.setKeepAlive(1, 1) || !connect.isAlive()) {
          throw new AssertionError("keepalive does not work");
        }
      }
    } catch (LibvirtException e) {
      throw new IllegalStateException(e);
    }
  }
}
