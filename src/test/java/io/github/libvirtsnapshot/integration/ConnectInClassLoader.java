package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;

/** Keeps a connection alive in a class loader of its own, for {@link ClassLoaderProbe}. */
public final class ConnectInClassLoader implements Runnable {
  /** For the class loader. */
  public ConnectInClassLoader() {}

  /** Connects, and closes. */
  @Override
  public void run() {
    try {
      Connect.startEventLoop();
      try (Connect connect = new Connect(System.getProperty("libvirt.uri"))) {
        connect.registerCloseCallback(reason -> System.out.println("closed: " + reason));
        if (!connect.setKeepAlive(1, 1) || !connect.isAlive()) {
          throw new AssertionError("it is not kept alive");
        }
      }
    } catch (LibvirtException e) {
      throw new IllegalStateException(e);
    }
  }
}
