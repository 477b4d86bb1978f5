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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A daemon that is killed again and again while threads call it. */
@Timeout(400)
class KilledDaemonIT {
  private static final int KILLS = 100;
  private static final int THREADS = 8;

  private final CountingLibvirt libvirt = CountingLibvirt.of(NativeLibvirt.shared());
  private final AtomicInteger answers = new AtomicInteger();
  private final AtomicInteger losses = new AtomicInteger();
  private final AtomicInteger callbacks = new AtomicInteger();
  private final AtomicInteger watched = new AtomicInteger();

  /** How many daemons were killed: odd while there is none. */
  private final AtomicInteger moment = new AtomicInteger();

  private volatile boolean over;

  @Test
  void eachCallIsToldTheTruth() throws Exception {
    Connect.startEventLoop();
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started()) {
      String uri = libvirtd.uri("test+unix:///default");
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      List<Future<?>> callers = new ArrayList<>();
      // Once a file was read, the JDK keeps a socket of its own, without a peer.
      long unused = libvirtd.pid();
      long sockets = sockets();
      for (int i = 0; i < THREADS; i++) {
        callers.add(threads.submit(() -> call(uri)));
      }
      for (int kill = 0; kill < KILLS; kill++) {
        Thread.sleep(kill % 10 * 20L);
        moment.incrementAndGet();
        libvirtd.kill();
        libvirtd.start(Map.of());
        moment.incrementAndGet();
      }
      over = true;
      for (Future<?> caller : callers) {
        assertEquals(null, caller.get());
      }
      threads.shutdown();

      libvirt.assertBalanced();
      awaitSockets(sockets);
      System.out.printf(
          "%d daemons killed: %d answers, %d losses, %d of %d connections told of their end%n",
          KILLS, answers.get(), losses.get(), callbacks.get(), watched.get());
      assertTrue(losses.get() >= KILLS, losses.toString());
    }
  }

  /** Calls until a connection is lost, and opens the next, until all is over. */
  private Void call(String uri) throws Exception {
    while (!over) {
      int before = moment.get();
      try (Connect connect = new Connect(libvirt.library(), uri)) {
        connect.registerCloseCallback(reason -> callbacks.incrementAndGet());
        watched.incrementAndGet();
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
      while (!over) {
        domain.getState();
        domain.hasCurrentSnapshot();
        answers.incrementAndGet();
      }
    } catch (ConnectionLostException e) {
      losses.incrementAndGet();
      assertKilled(before, e);
    }
  }

  private void assertKilled(int before, LibvirtException e) {
    assertTrue(moment.get() > before || before % 2 == 1, "no daemon was killed: " + e);
  }

  /** The event loop closes a socket a little later. */
  private static void awaitSockets(long most) throws Exception {
    for (int look = 0; sockets() > most; look++) {
      assertTrue(look < 100, "still open: " + sockets() + " instead of " + most);
      Thread.sleep(50);
    }
  }

  /** Returns how many sockets this process has open. */
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
