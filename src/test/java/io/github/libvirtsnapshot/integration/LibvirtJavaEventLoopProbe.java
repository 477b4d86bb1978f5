package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.CloseReason;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import java.util.concurrent.CompletableFuture;

/** Uses keepalive with the event loop of libvirt-java, for {@link ConnectionIT}. */
public final class LibvirtJavaEventLoopProbe {
  private LibvirtJavaEventLoopProbe() {}

  /** Prints the results; the arguments are a URI and the process ID of the daemon at that URI. */
  public static void main(String[] arguments) throws Exception {
    LibvirtJavaEventLoop eventLoop = new LibvirtJavaEventLoop(arguments[0]);
    Connect.startEventLoop();
    Connect connect = new Connect(arguments[0]);
    System.out.println("keepalive: " + connect.setKeepAlive(5, 5));
    CompletableFuture<CloseReason> closed = new CompletableFuture<>();
    connect.registerCloseCallback(closed::complete);
    try (Domain domain = connect.domainLookupByName("test")) {
      domain.suspend();
    }
    while (eventLoop.count() == 0) {
      Thread.onSpinWait();
    }
    System.out.println("events: " + eventLoop.count());
    System.out.println("threads: " + ConnectionProbe.eventThreads());
    ProcessHandle.of(Long.parseLong(arguments[1])).orElseThrow().destroyForcibly();
    System.out.println("closed: " + closed.join());
    connect.close();
  }
}
