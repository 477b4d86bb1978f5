package io.github.libvirtsnapshot.integration;

import io.github.libvirtsnapshot.CloseReason;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import java.util.concurrent.CompletableFuture;

/** A program in which libvirt-java has its event loop already, for {@link ConnectionIT}. */
public final class LibvirtJavaEventLoopProbe {
  private LibvirtJavaEventLoopProbe() {}

  /** Prints what it sees; the arguments are a URI and the process ID of the daemon there. */
  public static void main(String[] arguments) throws Exception {
    LibvirtJavaEventLoop other = new LibvirtJavaEventLoop(arguments[0]);
    Connect.startEventLoop();
    Connect connect = new Connect(arguments[0]);
    System.out.println("keepalive: " + connect.setKeepAlive(5, 5));
    CompletableFuture<CloseReason> closed = new CompletableFuture<>();
    connect.registerCloseCallback(closed::complete);
    try (Domain domain = connect.domainLookupByName("test")) {
      domain.suspend();
    }
    while (other.count() == 0) {
      Thread.onSpinWait();
    }
    System.out.println("events: " + other.count());
    System.out.println("threads: " + ConnectionProbe.eventThreads());
    ProcessHandle.of(Long.parseLong(arguments[1])).orElseThrow().destroyForcibly();
    System.out.println("closed: " + closed.join());
    connect.close();
  }
}
