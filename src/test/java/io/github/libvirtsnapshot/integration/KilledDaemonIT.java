package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads call a daemon that is killed 100 times. */
@Tag("any-jdk")
@Timeout(900)
class KilledDaemonIT {
  private static final int KILLS = 100;
  private static final int THREADS = 8;

  private final CountingLibvirt libvirt = CountingLibvirt.of(NativeLibvirt.shared());
  private final AtomicInteger successfulCalls = new AtomicInteger();
  private final AtomicInteger lostConnections = new AtomicInteger();
  private final AtomicInteger callbacks = new AtomicInteger();
  private final AtomicInteger registeredCallbacks = new AtomicInteger();

  /**
   * Increased when a daemon is killed and when the next one has started; odd while there is none.
   */
  private final AtomicInteger phase = new AtomicInteger();

  private volatile boolean finished;

  @Test
  void callsFailOnlyWhenDaemonIsKilledAndNothingLeaks() throws Exception {
    Connect.startEventLoop();
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started()) {
      String uri = libvirtd.uri("test+unix:///default");
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      List<Future<?>> callers = new ArrayList<>();
      // After the first read of a file, the JDK keeps an unconnected socket open.
      long unused = libvirtd.pid();
      long sockets = sockets();
      for (int i = 0; i < THREADS; i++) {
        callers.add(threads.submit(() -> call(uri)));
      }
      for (int kill = 0; kill < KILLS; kill++) {
        Thread.sleep(kill % 10 * 20L);
        phase.incrementAndGet();
        libvirtd.kill();
        libvirtd.start(Map.of());
        phase.incrementAndGet();
      }
      finished = true;
      for (Future<?> caller : callers) {
        assertEquals(null, caller.get());
      }
      threads.shutdown();

      libvirt.assertBalanced();
      awaitSockets(sockets);
      System.out.printf(
          "%d daemons killed: %d calls, %d connections lost, %d of %d close callbacks called%n",
          KILLS,
          successfulCalls.get(),
          lostConnections.get(),
          callbacks.get(),
          registeredCallbacks.get());
      assertTrue(lostConnections.get() >= KILLS, lostConnections.toString());
    }
  }

  /** Calls until the connection is lost, and opens a new one, until the test is finished. */
  private Void call(String uri) throws Exception {
    while (!finished) {
      int before = phase.get();
      try (Connect connect = new Connect(libvirt.library(), uri)) {
        connect.registerCloseCallback(reason -> callbacks.incrementAndGet());
        registeredCallbacks.incrementAndGet();
        callUntilLost(connect, before);
      } catch (LibvirtException e) {
        assertKilled(before, e);
        Thread.sleep(20);
      }
    }
    return null;
  }

  private void callUntilLost(Connect connect, int before) throws LibvirtException {
    try (Domain domain = connect.domainLookupByName("test")) {
      while (!finished) {
        domain.getState();
        domain.hasCurrentSnapshot();
        successfulCalls.incrementAndGet();
      }
    } catch (ConnectionLostException e) {
      lostConnections.incrementAndGet();
      assertKilled(before, e);
    }
  }

  private void assertKilled(int before, LibvirtException e) {
    assertTrue(
        phase.get() > before || before % 2 == 1, "the call failed, but no daemon was killed: " + e);
  }

  /** Waits, because the event loop closes sockets asynchronously. */
  private static void awaitSockets(long limit) throws Exception {
    for (int attempt = 0; sockets() > limit; attempt++) {
      assertTrue(attempt < 100, sockets() + " sockets are open instead of " + limit);
      Thread.sleep(50);
    }
  }

  /** Returns the number of open sockets of this process. */
  private static long sockets() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.filter(KilledDaemonIT::isSocket).count();
    }
  }

  private static boolean isSocket(Path file) {
    try {
      return Files.readSymbolicLink(file).toString().startsWith("socket:");
    } catch (IOException e) {
      return false;
    }
  }
}
