package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Callback;
import com.sun.jna.NativeLong;
import com.sun.jna.ptr.NativeLongByReference;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.jna.virError;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mockito.ArgumentCaptor;
import org.mockito.InOrder;

/** Tests connections with a mocked libvirt. */
class ConnectTest {
  private final MockedLibvirt libvirt = new MockedLibvirt();
  private final BlockingQueue<CloseReason> reasons = new LinkedBlockingQueue<>();

  private void failCalls(ErrorDomain where, int alive) {
    virError error = MockedLibvirt.error(ErrorNumber.VIR_ERR_INTERNAL_ERROR.value(), "broken");
    error.domain = where.value();
    when(libvirt.library.virGetLastError()).thenReturn(error);
    doReturn(-1).when(libvirt.library).virDomainSuspend(any());
    doReturn(alive).when(libvirt.library).virConnectIsAlive(any());
  }

  @ParameterizedTest
  @CsvSource({
    "VIR_FROM_RPC, 0, true",
    "VIR_FROM_RPC, 1, false",
    "VIR_FROM_RPC, -1, false",
    "VIR_FROM_QEMU, 0, false",
    "VIR_FROM_QEMU, 1, false"
  })
  void distinguishesLostConnectionFromOtherErrors(ErrorDomain where, int alive, boolean lost)
      throws LibvirtException {
    try (Domain domain = libvirt.open()) {
      failCalls(where, alive);

      LibvirtException failure = assertThrows(LibvirtException.class, domain::suspend);

      assertEquals(lost, failure instanceof ConnectionLostException);
      assertEquals("broken", failure.getError().getMessage());
    }
  }

  @Test
  void failedOpeningIsNotALostConnection() {
    failCalls(ErrorDomain.VIR_FROM_RPC, 0);
    doReturn(null).when(libvirt.library).virConnectOpen(any());

    LibvirtException failure = assertThrows(LibvirtException.class, libvirt::connect);

    assertEquals(LibvirtException.class, failure.getClass());
  }

  @Test
  void failedOpeningHasHintAndLibvirtsError() {
    virError error = MockedLibvirt.error(38, "Failed to connect socket");
    error.domain = ErrorDomain.VIR_FROM_RPC.value();
    when(libvirt.library.virGetLastError()).thenReturn(error);
    doReturn(null).when(libvirt.library).virConnectOpen(any());

    LibvirtException failure =
        assertThrows(
            LibvirtException.class, () -> new Connect(libvirt.library, "qmu:///system").close());

    assertEquals(
        "Failed to connect socket; the scheme \"qmu\" is unknown; did you mean qemu?",
        failure.getMessage());
    assertEquals(LibvirtError.copyOf(error), failure.getError());
  }

  @Test
  void lookup_ofUnknownName_namesItAndTheDomains() throws LibvirtException {
    libvirt.addOthers(Map.of("db01", "<domain/>"));

    NoSuchDomainException missing = lookUpMissing("web1");

    assertEquals(
        "Domain not found; no domain has the name \"web1\": the domains are \"db01\", \"web01\"",
        missing.getMessage());
    assertEquals("Domain not found", missing.getError().getMessage());
    libvirt.references.assertBalanced();
  }

  @Test
  void lookup_ofUnknownName_namesItIfTheDomainsCannotBeListed() throws LibvirtException {
    doReturn(-1).when(libvirt.library).virConnectListAllDomains(any(), any(), anyInt());

    assertEquals(
        "Domain not found; no domain has the name \"web1\"", lookUpMissing("web1").getMessage());
  }

  @Test
  void lookup_ofKnownName_doesNotListTheDomains() throws LibvirtException {
    libvirt.open().close();

    verify(libvirt.library, never()).virConnectListAllDomains(any(), any(), anyInt());
  }

  /** libvirt's test driver does not name the domain. */
  private NoSuchDomainException lookUpMissing(String name) throws LibvirtException {
    when(libvirt.library.virGetLastError())
        .thenReturn(MockedLibvirt.error(ErrorNumber.VIR_ERR_NO_DOMAIN.value(), "Domain not found"));
    doReturn(null).when(libvirt.library).virDomainLookupByName(any(), any());
    try (Connect connect = libvirt.connect()) {
      return assertThrows(
          NoSuchDomainException.class, () -> connect.domainLookupByName(name).close());
    }
  }

  @Test
  void isAliveCallsTheHost() throws LibvirtException {
    try (Connect connect = libvirt.connect()) {
      assertFalse(connect.isAlive());
      verify(libvirt.library, never()).virConnectGetLibVersion(any(), any());

      failCalls(ErrorDomain.VIR_FROM_QEMU, 1);
      assertTrue(connect.isAlive());
      doReturn(-1).when(libvirt.library).virConnectGetLibVersion(any(), any());
      assertTrue(connect.isAlive(), "an error is an answer of the host");
      failCalls(ErrorDomain.VIR_FROM_RPC, 1);
      when(libvirt.library.virConnectIsAlive(any())).thenReturn(1, 0);
      assertFalse(connect.isAlive());
    }
  }

  private IntBinaryOperator register(Connect connect) throws LibvirtException {
    connect.registerCloseCallback(reasons::add);
    ArgumentCaptor<Callback> function = ArgumentCaptor.forClass(Callback.class);
    verify(libvirt.library)
        .virConnectRegisterCloseCallback(any(), function.capture(), any(), any());
    return (IntBinaryOperator) function.getValue();
  }

  @ParameterizedTest
  @CsvSource({"0, ERROR", "1, EOF", "2, KEEPALIVE", "3, CLIENT", "4, UNKNOWN"})
  void closeCallbackReceivesReason(int number, CloseReason reason) throws Exception {
    try (Connect connect = libvirt.connect()) {
      assertEquals(0, register(connect).applyAsInt(0x1000, number));
      assertEquals(reason, reasons.poll(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void closeUnregistersCallbackFirst() throws Exception {
    Connect connect = libvirt.connect();
    IntBinaryOperator function = register(connect);
    connect.close();

    InOrder order = inOrder(libvirt.library);
    order
        .verify(libvirt.library)
        .virConnectUnregisterCloseCallback(libvirt.connect, (Callback) function);
    order.verify(libvirt.library).virConnectClose(libvirt.connect);
  }

  @Test
  void rejectedCallbackIsNotUnregistered() throws LibvirtException {
    try (Connect connect = libvirt.connect()) {
      failCalls(ErrorDomain.VIR_FROM_QEMU, 1);
      doReturn(-1)
          .when(libvirt.library)
          .virConnectRegisterCloseCallback(any(), any(), any(), any());
      assertThrows(
          LibvirtException.class,
          () -> connect.registerCloseCallback(reason -> reasons.add(reason)));
    }
    verify(libvirt.library, never()).virConnectUnregisterCloseCallback(any(), any());
  }

  @Test
  void exceptionOfCloseCallbackIsLogged() throws Exception {
    try (Connect connect = libvirt.connect();
        LogRecorder log = new LogRecorder(Connect.class)) {
      connect.registerCloseCallback(
          reason -> {
            throw new IllegalStateException("the listener fails");
          });
      ArgumentCaptor<Callback> function = ArgumentCaptor.forClass(Callback.class);
      verify(libvirt.library)
          .virConnectRegisterCloseCallback(any(), function.capture(), any(), any());
      assertEquals(0, ((IntBinaryOperator) function.getValue()).applyAsInt(0, 1));
      while (log.lines().isEmpty()) {
        Thread.sleep(5);
      }
      assertEquals("WARNING a close callback threw an exception", log.lines().get(0));
    }
  }

  /** libvirt before 10.4 can crash when it closes a lost connection that several threads use. */
  @ParameterizedTest
  @CsvSource({"9000000, 1", "10003000, 1", "10004000, 2"})
  void keepAliveSerializesCallsOnOldLibvirt(long version, int maxConcurrent) throws Exception {
    doAnswer(
            call -> {
              call.<NativeLongByReference>getArgument(0).setValue(new NativeLong(version));
              return 0;
            })
        .when(libvirt.library)
        .virGetVersion(any(), any(), any());
    AtomicInteger within = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    doAnswer(
            call -> {
              most.accumulateAndGet(within.incrementAndGet(), Math::max);
              Thread.sleep(300);
              within.decrementAndGet();
              return 0;
            })
        .when(libvirt.library)
        .virDomainSuspend(any());
    try (Connect connect = libvirt.connect();
        Domain domain = connect.domainLookupByName("web01");
        Domain other = domain.duplicate()) {
      assertTrue(connect.setKeepAlive(5, 3));
      CompletableFuture<Void> first = CompletableFuture.runAsync(() -> suspend(domain));
      CompletableFuture<Void> second = CompletableFuture.runAsync(() -> suspend(other));
      CompletableFuture.allOf(first, second).get();
    }
    assertEquals(maxConcurrent, most.get());
  }

  private static void suspend(Domain domain) {
    assertDoesNotThrow(domain::suspend);
  }

  @Test
  void keepAliveWithoutEventLoopSaysToReopenConnection() throws LibvirtException {
    try (Connect connect = libvirt.connect()) {
      failCalls(ErrorDomain.VIR_FROM_REMOTE, 1);
      doReturn(-1).when(libvirt.library).virConnectSetKeepAlive(any(), anyInt(), anyInt());

      LibvirtException refused =
          assertThrows(LibvirtException.class, () -> connect.setKeepAlive(5, 3));
      assertEquals(
          "broken; this connection was opened before the event loop was started: close the connection"
              + " and open it again",
          refused.getMessage());
      doReturn(0).when(libvirt.library).virConnectIsAlive(any());
      assertThrows(ConnectionLostException.class, () -> connect.setKeepAlive(5, 3));
      doReturn(1).when(libvirt.library).virConnectSetKeepAlive(any(), anyInt(), anyInt());
      assertFalse(connect.setKeepAlive(5, 3), "the other side does not support keepalive");
    }
  }
}
