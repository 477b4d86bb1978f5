package io.github.libvirtsnapshot.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.lenient;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.NativeInterfaces;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class GuestProbeTest {
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final String LOOPBACK = InetAddress.getLoopbackAddress().getHostAddress();

  private final MockedLibvirt libvirt = new MockedLibvirt();

  /** Held by checks that hang. */
  private final CountDownLatch mayReturn = new CountDownLatch(1);

  private Domain domain;

  @BeforeEach
  void open() throws LibvirtException {
    domain = libvirt.open();
    lenient().when(libvirt.library.virDomainIsActive(any())).thenReturn(1);
  }

  @AfterEach
  void everyReferenceIsReleased() throws InterruptedException {
    mayReturn.countDown();
    domain.close();
    awaitEndOfThreads();
    libvirt.references.assertBalanced();
  }

  /** A thread of a check ends, and then nothing of the check is left. */
  private static void awaitEndOfThreads() throws InterruptedException {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("guest-probe ")) {
        thread.join();
      }
    }
  }

  private ProbeResult failed(GuestProbe probe, Duration atMost) {
    return lastOf(
        assertThrows(GuestNotReadyException.class, () -> probe.awaitReady(domain, atMost)));
  }

  private static ProbeResult lastOf(GuestNotReadyException notReady) {
    List<ProbeResult> probes = notReady.status().probes();
    assertFalse(notReady.status().responded());
    return probes.get(probes.size() - 1);
  }

  private static int closedPort() throws IOException {
    try (ServerSocket server = new ServerSocket(0)) {
      return server.getLocalPort();
    }
  }

  @Test
  void checkIsRepeatedUntilItSucceeds() throws Exception {
    AtomicInteger calls = new AtomicInteger();

    GuestStatus status =
        GuestProbe.of("database", own -> calls.incrementAndGet() == 3).await(domain, MINUTE);

    assertTrue(status.responded());
    assertEquals(3, calls.get());
    assertEquals(Outcome.READY, status.probes().get(0).outcome());
    assertEquals("database", status.probes().get(0).name());
    assertEquals(Optional.empty(), status.probes().get(0).reason());
    assertTrue(status.toString().matches("its guest responded after 0\\.\\d s"), status::toString);
  }

  @Test
  void checkRunsOnDaemonThreadWithOwnHandle() throws Exception {
    AtomicReference<Domain> own = new AtomicReference<>();
    AtomicReference<Thread> thread = new AtomicReference<>();

    GuestStatus unused =
        GuestProbe.of(
                "a\nb",
                handle -> {
                  own.set(handle);
                  thread.set(Thread.currentThread());
                  return handle.getName().equals("web01");
                })
            .await(domain, MINUTE);

    assertNotSame(domain, own.get());
    assertTrue(thread.get().isDaemon());
    assertEquals("guest-probe a\\nb", thread.get().getName());
    thread.get().join();
    assertThrows(IllegalStateException.class, () -> own.get().getName());
  }

  @Test
  void answerNoUntilTheLimitIsNotReady() {
    ProbeResult result = failed(GuestProbe.of("database", own -> false), SHORT);

    assertEquals(Outcome.NOT_READY, result.outcome());
    assertEquals(Optional.of("the check returned false"), result.reason());
    assertTrue(
        result
            .toString()
            .matches("probe \"database\" was not ready within 0\\.\\d s: the check .*"),
        result::toString);
  }

  @Test
  void ioExceptionMeansNotYet() {
    IOException missing = new FileNotFoundException("no \n file");
    GuestNotReadyException notReady =
        assertThrows(
            GuestNotReadyException.class,
            () ->
                GuestProbe.of(
                        "file",
                        own -> {
                          throw missing;
                        })
                    .awaitReady(domain, SHORT));

    assertEquals(Outcome.NOT_READY, lastOf(notReady).outcome());
    assertEquals(
        Optional.of("java.io.FileNotFoundException: no \\n file"), lastOf(notReady).reason());
    assertSame(missing, notReady.getCause());
  }

  @Test
  void silentAgentInACheckMeansNotYet() throws Exception {
    AtomicInteger calls = new AtomicInteger();

    GuestStatus status =
        GuestProbe.of(
                "users",
                own -> {
                  if (calls.incrementAndGet() == 1) {
                    throw new AgentUnresponsiveException(LibvirtError.none("silent"));
                  }
                  return true;
                })
            .await(domain, MINUTE);

    assertTrue(status.responded());
  }

  @Test
  void anyOtherExceptionEndsTheWaiting() {
    Error boom = new StackOverflowError("boom");
    GuestNotReadyException notReady =
        assertThrows(
            GuestNotReadyException.class,
            () ->
                GuestProbe.of(
                        "database",
                        own -> {
                          throw boom;
                        })
                    .and(GuestProbe.of("never", own -> true))
                    .await(domain, MINUTE));

    assertEquals(1, notReady.status().probes().size());
    assertEquals(Outcome.FAILED, lastOf(notReady).outcome());
    assertSame(boom, notReady.getCause());
    assertTrue(
        notReady
            .getMessage()
            .matches(
                "its guest did not respond within 0\\.\\d s: probe \"database\" failed after"
                    + " 0\\.\\d s: java.lang.StackOverflowError: boom"),
        notReady.getMessage());
  }

  @Test
  void checkThatHangsIsUnfinished() {
    ProbeResult result =
        failed(
            GuestProbe.of(
                "database",
                own -> {
                  mayReturn.await();
                  return true;
                }),
            SHORT);

    assertEquals(Outcome.UNFINISHED, result.outcome());
    assertTrue(result.reason().orElseThrow().matches("no answer for 0\\.\\d s"), result::toString);
  }

  @Test
  void checkThatHangsAfterAnAnswerSaysBoth() {
    AtomicInteger calls = new AtomicInteger();
    ProbeResult result =
        failed(
            GuestProbe.of(
                "database",
                own -> {
                  if (calls.incrementAndGet() > 1) {
                    mayReturn.await();
                  }
                  return false;
                }),
            Duration.ofMillis(1_500));

    assertEquals(Outcome.UNFINISHED, result.outcome());
    assertTrue(
        result
            .reason()
            .orElseThrow()
            .matches("no answer for 1\\.\\d s; the answer before: the check returned false"),
        result::toString);
  }

  @Test
  void threadOfHangingCheckIsInterrupted() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);

    ProbeResult result =
        failed(
            GuestProbe.of(
                "database",
                own -> {
                  try {
                    mayReturn.await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                  }
                  return false;
                }),
            SHORT);

    assertEquals(Outcome.UNFINISHED, result.outcome());
    interrupted.await();
  }

  @Test
  void interruptEndsTheWait() throws Exception {
    CountDownLatch checking = new CountDownLatch(1);
    AtomicReference<ProbeResult> result = new AtomicReference<>();
    AtomicReference<Boolean> staysInterrupted = new AtomicReference<>();
    Thread waiting =
        new Thread(
            () -> {
              result.set(
                  failed(
                      GuestProbe.of(
                          "database",
                          own -> {
                            checking.countDown();
                            mayReturn.await();
                            return true;
                          }),
                      MINUTE));
              staysInterrupted.set(Thread.currentThread().isInterrupted());
            });
    waiting.start();
    checking.await();
    waiting.interrupt();
    waiting.join();

    assertEquals(Outcome.NOT_READY, result.get().outcome());
    assertEquals(Optional.of("the thread was interrupted"), result.get().reason());
    assertTrue(staysInterrupted.get());
  }

  @Test
  void waitingEndsIfTheGuestEnds() {
    when(libvirt.library.virDomainIsActive(any())).thenReturn(0);

    ProbeResult result = failed(GuestProbe.of("database", own -> false), MINUTE);

    assertEquals(Outcome.FAILED, result.outcome());
    assertEquals(Optional.of("domain \"web01\" is not running"), result.reason());
  }

  @Test
  void checkDoesNotStartWithoutHandle() {
    libvirt.setError(ErrorNumber.VIR_ERR_INVALID_CONN, "no reference");
    when(libvirt.library.virDomainRef(any())).thenReturn(-1);

    ProbeResult result = failed(GuestProbe.of("database", own -> true), MINUTE);

    assertEquals(Outcome.FAILED, result.outcome());
    assertEquals(Optional.of("no reference"), result.reason());
  }

  @Test
  void probesRunInTheirOrder() throws Exception {
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt())).thenReturn(0);
    List<String> order = new ArrayList<>();
    GuestProbe probe =
        GuestProbe.of("first", own -> order.add("first"))
            .and(GuestProbe.agent())
            .and(GuestProbe.of("last", own -> order.add("last")));

    GuestStatus status = probe.await(domain, MINUTE);

    assertEquals(List.of("first", "last"), order);
    assertTrue(probe.needsAgent());
    assertEquals("probes \"first\", \"guest agent\", \"last\"", probe.toString());
    assertTrue(
        status
            .toString()
            .matches(
                "its guest responded after 0\\.\\d s: probe \"first\" was ready after 0\\.\\d s,"
                    + " probe \"guest agent\" was ready after 0\\.\\d s, probe \"last\" was ready"
                    + " after 0\\.\\d s"),
        status::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "VIR_ERR_AGENT_UNRESPONSIVE, NOT_READY",
    "VIR_ERR_OPERATION_INVALID,  FAILED",
    "VIR_ERR_ARGUMENT_UNSUPPORTED, FAILED"
  })
  void agentThatDoesNotRespondIsNotReady(ErrorNumber code, Outcome outcome) {
    libvirt.setError(code, "no answer");
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt())).thenReturn(-1);

    ProbeResult result = failed(GuestProbe.agent(), SHORT);

    assertEquals(outcome, result.outcome());
    assertEquals(Optional.of("no answer"), result.reason());
  }

  @Test
  void portThatAcceptsIsReady() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      GuestStatus status = GuestProbe.tcp(LOOPBACK, server.getLocalPort()).await(domain, MINUTE);

      assertTrue(status.responded());
      assertEquals(
          "TCP port " + server.getLocalPort() + " of " + LOOPBACK, status.probes().get(0).name());
    }
  }

  @Test
  void portThatOpensLaterIsReady() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    int port = closedPort();
    try (ServerSocket server = new ServerSocket()) {
      GuestStatus status =
          GuestProbe.tcp(
                  own -> {
                    if (calls.incrementAndGet() == 3) {
                      server.bind(new InetSocketAddress(LOOPBACK, port));
                    }
                    return Optional.of(LOOPBACK);
                  },
                  port)
              .await(domain, MINUTE);

      assertTrue(status.responded());
      assertEquals(3, calls.get());
    }
  }

  @Test
  void closedPortIsNotReady() throws Exception {
    int port = closedPort();
    ProbeResult result = failed(GuestProbe.tcp(LOOPBACK, port), SHORT);

    assertEquals(Outcome.NOT_READY, result.outcome());
    assertTrue(
        result.reason().orElseThrow().contains("127.0.0.1:" + port + ": Connection refused"),
        result::toString);
  }

  @Test
  void unknownHostNameIsTheReason() {
    TcpCheck check = new TcpCheck(own -> List.of("web01.invalid"), 22);

    assertEquals(
        "the host name \"web01.invalid\" is unknown",
        assertThrows(UnknownHostException.class, () -> check.obstacle(domain)).getMessage());
  }

  @Test
  void addressFinderMayKnowNoAddressYet() {
    ProbeResult result = failed(GuestProbe.tcp(own -> Optional.empty(), 22), SHORT);

    assertEquals(Outcome.NOT_READY, result.outcome());
    assertEquals(Optional.of("no address of the guest is known"), result.reason());
  }

  private void addresses(InterfaceAddressSource source, NativeInterfaces interfaces) {
    lenient()
        .doAnswer(interfaces)
        .when(libvirt.library)
        .virDomainInterfaceAddresses(any(), any(), eq(source.value()), anyInt());
  }

  private void noAddresses(InterfaceAddressSource source) {
    libvirt.setError(ErrorNumber.VIR_ERR_NO_SUPPORT, "not supported");
    doReturn(-1)
        .when(libvirt.library)
        .virDomainInterfaceAddresses(any(), any(), eq(source.value()), anyInt());
  }

  @Test
  void addressesAreThoseOfTheFirstSourceThatHasAny() throws Exception {
    noAddresses(InterfaceAddressSource.AGENT);
    addresses(
        InterfaceAddressSource.LEASE,
        new NativeInterfaces()
            .add("lo", "127.0.0.1", "::1")
            .add("vnet3", "2001:db8::7", "fe80::7", "192.0.2.7", "169.254.1.1", "0.0.0.0"));

    assertEquals(List.of("192.0.2.7", "2001:db8::7"), GuestAddresses.of(domain));
    verify(libvirt.library, never())
        .virDomainInterfaceAddresses(
            any(), any(), eq(InterfaceAddressSource.ARP.value()), anyInt());
  }

  @Test
  void addressOfThisMachineIsLeftOut() throws Exception {
    InetAddress own =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
            .findFirst()
            .orElse(InetAddress.getLoopbackAddress());
    addresses(
        InterfaceAddressSource.AGENT,
        new NativeInterfaces().add("docker0", own.getHostAddress()).add("eth0", "192.0.2.7"));

    assertEquals(List.of("192.0.2.7"), GuestAddresses.of(domain));
  }

  @Test
  void guestWithManyAddressesIsLimited() throws Exception {
    NativeInterfaces interfaces = new NativeInterfaces();
    for (int i = 1; i < 255; i++) {
      interfaces.add("eth" + i, "192.0.2." + i);
    }
    addresses(InterfaceAddressSource.AGENT, interfaces);

    assertEquals(8, GuestAddresses.of(domain).size());
  }

  @Test
  void guestWithoutAddressIsNotReady() {
    for (InterfaceAddressSource source : InterfaceAddressSource.values()) {
      noAddresses(source);
    }

    ProbeResult result = failed(GuestProbe.tcp(22), SHORT);

    assertEquals("TCP port 22", result.name());
    assertEquals(Outcome.NOT_READY, result.outcome());
    assertEquals(Optional.of("no address of the guest is known"), result.reason());
    assertFalse(GuestProbe.tcp(22).needsAgent());
  }

  @ParameterizedTest
  @CsvSource({"0, 20", "100, 20", "3000, 300", "60000, 1000"})
  void pauseGrowsWithTheTimeWaited(long waited, long pause) {
    assertEquals(Duration.ofMillis(pause), RepeatedCheck.pause(Duration.ofMillis(waited)));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 65_536})
  void portOutOfRangeIsRejected(int port) {
    assertThrows(IllegalArgumentException.class, () -> GuestProbe.tcp(port));
    assertThrows(IllegalArgumentException.class, () -> GuestProbe.tcp("web01", port));
  }

  @Test
  void blankNamesAndShortLimitsAreRejected() {
    assertThrows(IllegalArgumentException.class, () -> GuestProbe.tcp(" ", 22));
    assertThrows(IllegalArgumentException.class, () -> GuestProbe.of("", own -> true));
    assertThrows(
        IllegalArgumentException.class,
        () -> GuestProbe.agent().await(domain, Duration.ofMillis(999)));
    assertNull(
        assertThrows(
                GuestNotReadyException.class,
                () -> GuestProbe.of("no", own -> false).awaitReady(domain, SHORT))
            .getCause());
  }
}
