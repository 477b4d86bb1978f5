package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.ConnectFlag;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class TimedOpeningTest {
  private static final String URI = "qemu+tcp://fred:s3cret@host/system";
  private static final Duration LONG = Duration.ofMinutes(5);

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private final CountDownLatch answer = new CountDownLatch(1);
  private final CompletableFuture<Thread> opening = new CompletableFuture<>();

  private void delayOpening() {
    when(libvirt.library.virConnectOpenAuth(any(), any(), anyInt()))
        .then(
            call -> {
              opening.complete(Thread.currentThread());
              answer.await();
              return libvirt.connect;
            });
  }

  private Connect open(Duration atMost, ConnectFlag... flags) throws LibvirtException {
    return Connect.open(libvirt.references.library(), URI, atMost, flags);
  }

  @AfterEach
  void everyReferenceIsReleased() {
    libvirt.references.assertBalanced();
  }

  @Test
  void connectionOpenedInTimeHasKeepAlive() throws Exception {
    when(libvirt.library.virConnectOpenAuth(any(), any(), anyInt())).thenReturn(libvirt.connect);

    try (Connect connect = open(LONG, ConnectFlag.RO)) {
      assertTrue(connect.isConnected());
    }
    verify(libvirt.library).virConnectOpenAuth(URI, null, ConnectFlag.RO.value());
    verify(libvirt.library).virConnectSetKeepAlive(any(), eq(5), eq(2));
  }

  @ParameterizedTest
  @CsvSource({"50, 0.05 s", "1000, 1 s", "1500, 1.5 s"})
  void lateConnectionIsATimeoutAndIsClosed(long millis, String words) throws Exception {
    delayOpening();

    LibvirtException late =
        assertThrows(LibvirtException.class, () -> open(Duration.ofMillis(millis)));

    assertEquals(
        "\"qemu+tcp://fred:***@host/system\" did not respond within " + words, late.getMessage());
    assertFalse(late.getError().getMessage().contains("s3cret"));
    assertEquals(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, late.getError().getCode());
    Thread thread = opening.get();
    assertTrue(thread.isDaemon());
    verify(libvirt.library, never()).virConnectClose(any());
    answer.countDown();
    thread.join(TimeUnit.SECONDS.toMillis(20));
    assertFalse(thread.isAlive());
    verify(libvirt.library).virConnectClose(any());
  }

  @Test
  void failedOpeningReportsLibvirtsError() {
    when(libvirt.library.virConnectOpenAuth(any(), any(), anyInt())).thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_AUTH_FAILED, "no");

    LibvirtException refused = assertThrows(LibvirtException.class, () -> open(LONG));

    assertEquals("no; credentials can be given with ConnectAuth", refused.getMessage());
  }

  /** The error of libvirt 9.0 for a certificate of the host that has expired. */
  @Test
  void expiredCertificateIsReportedWithAdviceAboutCertificates() {
    when(libvirt.library.virConnectOpenAuth(any(), any(), anyInt())).thenReturn(null);
    when(libvirt.library.virGetLastError())
        .thenReturn(
            FaultInjection.error(
                ErrorNumber.VIR_ERR_AUTH_FAILED.value(),
                ErrorDomain.VIR_FROM_RPC.value(),
                "authentication failed: Failed to verify peer's certificate"));

    LibvirtException refused = assertThrows(LibvirtException.class, () -> open(LONG));

    assertTrue(
        refused
            .getMessage()
            .startsWith(
                "authentication failed: Failed to verify peer's certificate; check the certificates"
                    + " of the host and of this client: "),
        refused.getMessage());
  }

  @Test
  void missingLibvirtIsReported() {
    when(libvirt.library.virConnectOpenAuth(any(), any(), anyInt()))
        .thenThrow(new UnsatisfiedLinkError("virConnectOpenAuth"));

    assertThrows(LibvirtUnavailableException.class, () -> open(LONG));
  }

  @ParameterizedTest
  @ValueSource(strings = {"VIR_ERR_NO_SUPPORT", "VIR_ERR_INTERNAL_ERROR"})
  void missingKeepAliveIsAcceptedOnlyIfDriverHasNone(ErrorNumber code) throws Exception {
    when(libvirt.library.virConnectOpenAuth(any(), any(), anyInt())).thenReturn(libvirt.connect);
    doReturn(1).when(libvirt.library).virConnectIsAlive(any());
    doReturn(-1).when(libvirt.library).virConnectSetKeepAlive(any(), anyInt(), anyInt());
    libvirt.setError(code, "no keepalive");

    if (code == ErrorNumber.VIR_ERR_NO_SUPPORT) {
      open(LONG).close();
    } else {
      assertThrows(LibvirtException.class, () -> open(LONG));
    }
  }

  @Test
  void interruptDoesNotEndTheWait() throws Exception {
    delayOpening();
    Thread.currentThread().interrupt();
    CompletableFuture<Void> unused = opening.thenAcceptAsync(thread -> answer.countDown());

    open(LONG).close();

    assertTrue(Thread.interrupted());
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S"})
  void rejectsTimeLimitOfZeroOrLess(Duration atMost) {
    assertThrows(IllegalArgumentException.class, () -> open(atMost));
  }
}
