package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.CloseReason;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** Connections to a real libvirtd that is killed or hangs, with an event loop in this process. */
@Timeout(300)
class ConnectionIT {
  private static final String TEST = "test+unix:///default";

  private final BlockingQueue<CloseReason> reasons = new LinkedBlockingQueue<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private PrivateLibvirtd libvirtd;

  @BeforeAll
  static void startEventLoop() throws LibvirtException {
    Connect.startEventLoop();
  }

  @BeforeEach
  void start() throws IOException {
    libvirtd = PrivateLibvirtd.started();
  }

  @AfterEach
  void stop() throws IOException {
    threads.shutdown();
    libvirtd.close();
  }

  private CloseReason reason() throws InterruptedException {
    CloseReason reason = reasons.poll(30, TimeUnit.SECONDS);
    assertTrue(reason != null, "the close callback was not called");
    return reason;
  }

  @Test
  void killedDaemonIsNoticedWithoutACall() throws Exception {
    try (Connect connect = new Connect(libvirtd.uri(TEST))) {
      connect.registerCloseCallback(reasons::add);
      assertTrue(connect.isAlive());

      libvirtd.kill();

      assertEquals(CloseReason.EOF, reason());
      assertFalse(connect.isAlive());
      libvirtd.start(Map.of());
      assertFalse(connect.isAlive(), "the connection must stay lost after the daemon's restart");
    }
  }

  @Test
  void callToHungDaemonFailsAfterKeepalive() throws Exception {
    try (Connect connect = new Connect(libvirtd.uri(TEST));
        Domain domain = connect.domainLookupByName("test")) {
      connect.registerCloseCallback(reasons::add);
      assertTrue(connect.setKeepAlive(1, 1));
      libvirtd.signal("STOP");
      try {
        ConnectionLostException lost =
            assertThrows(ConnectionLostException.class, domain::getState);
        assertTrue(lost.getMessage().contains("keepalive"), lost.getMessage());
        assertEquals(CloseReason.KEEPALIVE, reason());
        assertFalse(connect.isAlive());
      } finally {
        libvirtd.signal("CONT");
      }
    }
  }

  @Test
  void openingConnectionToHungDaemonTimesOut() throws Exception {
    long clients = libvirtd.clients();
    libvirtd.signal("STOP");
    try {
      Instant start = Instant.now();
      LibvirtException late =
          assertThrows(
              LibvirtException.class,
              () -> Connect.open(libvirtd.uri(TEST), Duration.ofSeconds(1)));
      assertEquals(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, late.getError().getCode());
      assertEquals("\"" + libvirtd.uri(TEST) + "\" did not respond within 1 s", late.getMessage());
      assertTrue(Duration.between(start, Instant.now()).toSeconds() < 10);
      assertEquals(1, connectingThreads());
    } finally {
      libvirtd.signal("CONT");
    }
    while (connectingThreads() > 0) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    while (libvirtd.clients() > clients) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static long connectingThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("libvirt-snapshot-connecting"))
        .count();
  }

  @Test
  void connectionOpenedWithTimeoutDetectsHungDaemon() throws Exception {
    try (Connect connect = Connect.open(libvirtd.uri(TEST), Duration.ofSeconds(30))) {
      libvirtd.signal("STOP");
      try {
        assertThrows(ConnectionLostException.class, () -> connect.domainLookupByName("test"));
      } finally {
        libvirtd.signal("CONT");
      }
    }
  }

  /** The process must not crash, also with a libvirt older than 10.4. */
  @Test
  void allThreadsOfSharedConnectionDetectHungDaemon() throws Exception {
    for (int round = 0; round < 4; round++) {
      try (Connect connect = new Connect(libvirtd.uri(TEST));
          Domain domain = connect.domainLookupByName("test")) {
        connect.registerCloseCallback(reasons::add);
        assertTrue(connect.setKeepAlive(1, 1));
        List<CompletableFuture<Boolean>> callers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          callers.add(CompletableFuture.supplyAsync(() -> isLostWhileCalling(domain), threads));
        }
        libvirtd.signal("STOP");
        try {
          assertEquals(CloseReason.KEEPALIVE, reason());
        } finally {
          libvirtd.signal("CONT");
        }
        for (CompletableFuture<Boolean> caller : callers) {
          assertTrue(caller.get(30, TimeUnit.SECONDS));
        }
      }
    }
  }

  /** Calls until the connection is lost, then opens three new connections. */
  private boolean isLostWhileCalling(Domain domain) {
    try {
      while (domain.getState() != null) {
        Thread.onSpinWait();
      }
      return false;
    } catch (ConnectionLostException e) {
      return IntStream.range(0, 3).allMatch(i -> canConnect());
    } catch (LibvirtException e) {
      throw new AssertionError(e);
    }
  }

  private boolean canConnect() {
    try (Connect connection = new Connect(libvirtd.uri(TEST))) {
      return connection.isConnected();
    } catch (LibvirtException e) {
      throw new AssertionError(e);
    }
  }

  /** libvirtd also sends keepalive messages, and closes a connection that does not answer. */
  @Test
  void idleConnectionStaysOpen() throws Exception {
    try (PrivateLibvirtd withKeepalive = new PrivateLibvirtd()) {
      Path configuration = withKeepalive.directory().resolve("libvirtd.conf");
      Files.writeString(configuration, "keepalive_interval = 1\nkeepalive_count = 3\n");
      withKeepalive.start(Map.of(), "--config", configuration.toString());
      try (Connect connect = new Connect(withKeepalive.uri(TEST))) {
        connect.registerCloseCallback(reasons::add);
        assertEquals(null, reasons.poll(8, TimeUnit.SECONDS));
        assertTrue(connect.isAlive());
      }
    }
  }

  @Test
  void everyCallOnLostConnectionThrowsConnectionLost() throws Exception {
    Connect connect = new Connect(libvirtd.uri(TEST));
    Domain domain = connect.domainLookupByName("test");
    Guests.take(domain, "clean");
    DomainSnapshot snapshot = domain.snapshotLookupByName("clean");
    SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean");
    libvirtd.kill();

    List<Executable> calls =
        List.of(
            () -> connect.domainLookupByName("test"),
            connect::listAllDomains,
            connect::getLibVersion,
            connect::numOfDomains,
            () -> connect.setKeepAlive(5, 5),
            domain::getState,
            domain::getXMLDesc,
            domain::listAllSnapshots,
            domain::hasCurrentSnapshot,
            domain::hasManagedSaveImage,
            domain::suspend,
            () -> domain.snapshotLookupByName("clean"),
            () -> domain.snapshotCreateXML("<domainsnapshot/>"),
            snapshot::getXMLDesc,
            snapshot::getParent,
            snapshot::isCurrent,
            snapshot::revert,
            snapshot::delete);
    for (Executable call : calls) {
      assertThrows(ConnectionLostException.class, call);
    }
    RevertException failed = assertThrows(RevertException.class, reverter::revert);
    assertEquals(RevertOutcome.NOT_STARTED, failed.outcome());
    assertInstanceOf(ConnectionLostException.class, failed.getCause());
    snapshot.close();
    domain.close();
    connect.close();
  }

  @Test
  void refusedCallsDoNotCountAsConnectionLoss() throws Exception {
    try (Connect connect = new Connect(libvirtd.uri(TEST));
        Connect readOnly = new Connect(libvirtd.uri(TEST), true)) {
      assertThrows(NoSuchDomainException.class, () -> connect.domainLookupByName("missing-domain"));
      try (Domain domain = readOnly.domainLookupByName("test")) {
        LibvirtException denied = assertThrows(LibvirtException.class, domain::suspend);
        assertEquals(LibvirtException.class, denied.getClass());
      }
      assertTrue(connect.isAlive());
      assertTrue(readOnly.isAlive());
    }
  }

  @Test
  void callbackOfClosedConnectionAndUnregisteredCallbackAreNotCalled() throws Exception {
    Connect closed = new Connect(libvirtd.uri(TEST));
    closed.registerCloseCallback(reasons::add);
    closed.close();
    try (Connect connect = new Connect(libvirtd.uri(TEST))) {
      connect.registerCloseCallback(reasons::add);
      assertThrows(IllegalStateException.class, () -> connect.registerCloseCallback(reasons::add));
      connect.unregisterCloseCallback();
      libvirtd.kill();

      assertEquals(null, reasons.poll(1, TimeUnit.SECONDS));
      assertFalse(connect.isAlive());
    }
  }

  @Test
  void closeCallbackCanCloseConnection() throws Exception {
    Connect connect = new Connect(libvirtd.uri(TEST));
    connect.registerCloseCallback(
        reason -> {
          connect.close();
          reasons.add(reason);
        });
    libvirtd.kill();

    assertEquals(CloseReason.EOF, reason());
    assertFalse(connect.isConnected());
  }

  @Test
  void inProcessConnectionDoesNotSupportKeepalive() throws Exception {
    try (Connect connect = new Connect("test:///default")) {
      LibvirtException refused =
          assertThrows(LibvirtException.class, () -> connect.setKeepAlive(5, 5));
      assertEquals(ErrorNumber.VIR_ERR_NO_SUPPORT, refused.getError().getCode());
      assertThrows(IllegalArgumentException.class, () -> connect.setKeepAlive(5, -1));
      assertTrue(connect.isAlive());
    }
  }

  /** Runs in another process, because this one already has an event loop. */
  @Test
  void keepaliveFailsOnConnectionOpenedBeforeEventLoop() throws Exception {
    JavaProgram.Result result = probe(ConnectionProbe.class);

    assertEquals(
        "opened before the event loop: internal error: the caller doesn't support keepalive"
            + " protocol; perhaps it's missing event loop implementation; this connection was"
            + " opened before the event loop was started: close the connection and open it again\n"
            + "opened after: true\n"
            + "threads: [libvirt-events]\n"
            + "alive: false, false\n",
        result.out(),
        result.err());
  }

  @Test
  void keepaliveWorksWithEventLoopOfLibvirtJava() throws Exception {
    JavaProgram.Result result = probe(LibvirtJavaEventLoopProbe.class);

    assertEquals(
        "keepalive: true\nevents: 1\nthreads: []\nclosed: EOF\n", result.out(), result.err());
  }

  private JavaProgram.Result probe(Class<?> program) throws Exception {
    return JavaProgram.run(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            program.getName(),
            libvirtd.uri(TEST),
            Long.toString(libvirtd.pid())));
  }

  /** The callback of a dropped handle is released with the handle. */
  @Test
  void droppedConnectionIsReleasedWithItsCallback() throws Exception {
    drop();
    Duration waited = Duration.ZERO;
    while (libvirtd.clients() > 0) {
      assertTrue(waited.toSeconds() < 30, "the connection is still open");
      System.gc();
      Thread.sleep(50);
      waited = waited.plusMillis(50);
    }
    libvirtd.kill();
    assertEquals(null, reasons.poll(500, TimeUnit.MILLISECONDS));
  }

  private void drop() throws LibvirtException {
    new Connect(libvirtd.uri(TEST)).registerCloseCallback(reasons::add);
  }
}
