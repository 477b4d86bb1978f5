package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.calls.NativeCalls;
import io.github.libvirtsnapshot.calls.NativeReference;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

@Timeout(60)
class HandleTest {
  private final MockedLibvirt libvirt = new MockedLibvirt();

  @AfterEach
  void everyReferenceIsReleased() {
    libvirt.references.assertBalanced();
  }

  @Test
  void closingTwiceReleasesOnce() throws LibvirtException {
    Domain domain = libvirt.open();
    domain.close();
    domain.close();

    verify(libvirt.library).virDomainFree(libvirt.domain);
  }

  @Test
  void exceptionNamesClosedHandle() throws LibvirtException {
    Connect connect = libvirt.connect();
    Domain domain = connect.domainLookupByName("web01");
    DomainSnapshot snapshot = domain.snapshotLookupByName("clean");
    snapshot.free();
    domain.close();
    connect.close();

    assertFalse(connect.isConnected());
    assertClosed("connection \"mock:///\" is closed", connect::isAlive);
    assertClosed("domain \"web01\" is closed", domain::getName);
    assertClosed("domain \"web01\" is closed", domain::getUUIDString);
    assertClosed("domain \"web01\" is closed", domain::getID);
    assertClosed("domain \"web01\" is closed", domain::destroy);
    assertClosed("snapshot \"clean\" is closed", snapshot::getName);
    assertClosed("snapshot \"clean\" is closed", snapshot::revert);
    verify(libvirt.library, never()).virDomainDestroy(any());
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }

  private static void assertClosed(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalStateException.class, call).getMessage());
  }

  @Test
  void closedDomainCannotBeReverted() throws LibvirtException {
    Domain domain = libvirt.open();
    try (DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
      domain.close();
      assertClosed("domain \"web01\" is closed", () -> domain.revertToSnapshot(snapshot));
    }
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }

  @Test
  void closeDuringCallsReleasesAfterLastCall() throws Exception {
    CountDownLatch inside = new CountDownLatch(2);
    CountDownLatch goOn = new CountDownLatch(1);
    when(libvirt.library.virDomainSuspend(libvirt.domain))
        .then(
            call -> {
              inside.countDown();
              goOn.await();
              verify(libvirt.library, never()).virDomainFree(any());
              return 0;
            });
    Domain domain = libvirt.open();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> calls =
          List.of(threads.submit(suspending(domain)), threads.submit(suspending(domain)));
      inside.await();
      domain.close();
      verify(libvirt.library, never()).virDomainFree(any());
      assertClosed("domain \"web01\" is closed", domain::suspend);

      goOn.countDown();
      for (Future<?> call : calls) {
        call.get();
      }
      verify(libvirt.library).virDomainFree(libvirt.domain);
    } finally {
      threads.shutdown();
    }
  }

  private static Runnable suspending(Domain domain) {
    return () -> assertDoesNotThrow(domain::suspend);
  }

  @Test
  void garbageCollectedHandleIsReleasedWithWarning() throws Exception {
    try (LogRecorder log = new LogRecorder(NativeReference.class)) {
      drop("dropped");
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (libvirt.references.out() > 0 || linesWith("dropped", log).isEmpty()) {
        assertTrue(
            System.nanoTime() < deadline,
            "the reference was not released, or no warning was logged");
        System.gc();
        Thread.sleep(10);
      }
      assertEquals(
          List.of(
              "WARNING domain \"dropped\" was not closed; it was garbage collected, and its native"
                  + " reference is released now"),
          linesWith("dropped", log));
    }
    verify(libvirt.library, timeout(30_000)).virDomainFree(libvirt.domain);
  }

  private void drop(String name) throws LibvirtException {
    when(libvirt.library.virDomainGetName(libvirt.domain)).thenReturn(name);
    assertEquals(name, libvirt.open().getName());
  }

  /** Returns the log lines of one handle: handles of other tests can be collected meanwhile. */
  private static List<String> linesWith(String name, LogRecorder log) {
    return log.lines().stream().filter(line -> line.contains(name)).toList();
  }

  @Test
  void closedHandleIsGarbageCollectedWithoutWarning() throws Exception {
    try (LogRecorder log = new LogRecorder(NativeReference.class)) {
      when(libvirt.library.virDomainGetName(libvirt.domain)).thenReturn("closed-in-time");
      libvirt.open().close();
      for (int i = 0; i < 5; i++) {
        System.gc();
        Thread.sleep(20);
      }
      assertEquals(List.of(), linesWith("closed-in-time", log));
    }
  }

  @Test
  void failedHandleCreationReleasesReference() throws LibvirtException {
    when(libvirt.library.virDomainGetName(libvirt.domain))
        .thenThrow(new IllegalStateException("no memory"));

    assertThrows(IllegalStateException.class, libvirt::open);

    verify(libvirt.library).virDomainFree(libvirt.domain);
  }

  @Test
  void listingParentsReleasesEachReference() throws LibvirtException {
    when(libvirt.library.virDomainListAllSnapshots(any(), any(), anyInt()))
        .thenAnswer(MockedLibvirt.array(0x10, 0x20));
    when(libvirt.library.virDomainSnapshotGetName(any())).thenReturn("first", "second", "first");
    when(libvirt.library.virDomainSnapshotGetParent(any(), anyInt()))
        .thenReturn(null, new DomainSnapshotPointer(new Pointer(0x30)));
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "no parent");

    try (Domain domain = libvirt.open()) {
      assertEquals(
          Map.of("first", Optional.empty(), "second", Optional.of("first")),
          domain.listSnapshotParents());
      libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
      when(libvirt.library.virDomainSnapshotGetParent(any(), anyInt())).thenReturn(null);
      assertThrows(LibvirtException.class, domain::listSnapshotParents);
    }
    libvirt.references.assertBalanced();
  }

  @Test
  void failureWithinListReleasesAllReferences() throws LibvirtException {
    when(libvirt.library.virDomainListAllSnapshots(any(), any(), anyInt()))
        .then(MockedLibvirt.array(0x3001, 0x3002, 0x3003));
    when(libvirt.library.virDomainSnapshotGetName(any()))
        .thenReturn("first")
        .thenThrow(new IllegalStateException("no memory"));
    try (Domain domain = libvirt.open()) {
      assertThrows(IllegalStateException.class, domain::listAllSnapshots);
    }
    for (long address = 0x3001; address <= 0x3003; address++) {
      verify(libvirt.library)
          .virDomainSnapshotFree(new DomainSnapshotPointer(new Pointer(address)));
    }
  }

  @Test
  void listsUseOneCallAndReleaseReferences() throws LibvirtException {
    when(libvirt.library.virConnectListAllDomains(any(), any(), anyInt()))
        .then(MockedLibvirt.array(0x2001, 0x2002));
    when(libvirt.library.virDomainGetConnect(any())).thenReturn(libvirt.connect);
    when(libvirt.library.virDomainGetName(any())).thenReturn("web01", "web02", "web01", "web02");
    when(libvirt.library.virDomainGetID(any())).thenReturn(7, 8);
    when(libvirt.library.virDomainListAllSnapshots(any(), any(), anyInt()))
        .then(MockedLibvirt.array());
    try (Connect connect = libvirt.connect();
        Domain domain = connect.domainLookupByName("web01")) {
      assertArrayEquals(new String[] {"web02", "web01"}, connect.listDefinedDomains());
      assertArrayEquals(new int[] {7, 8}, connect.listDomains());
      assertArrayEquals(new String[0], domain.snapshotListNames(SnapshotListFlag.ROOTS));
    }
    verify(libvirt.library).virConnectListAllDomains(any(), any(), eq(1));
    verify(libvirt.library).virConnectListAllDomains(any(), any(), eq(2));
    verify(libvirt.library).virDomainListAllSnapshots(any(), any(), eq(1));
  }

  @Test
  void snapshotOfAnotherDomainIsRejected() throws LibvirtException {
    DomainPointer other = new DomainPointer(new Pointer(0x2001));
    when(libvirt.library.virDomainLookupByName(any(), anyString()))
        .thenReturn(libvirt.domain, other);
    when(libvirt.library.virDomainGetConnect(other)).thenReturn(libvirt.connect);
    when(libvirt.library.virDomainGetName(other)).thenReturn("db\n01");
    doAnswer(MockedLibvirt.uuid("00000000-0000-0000-0000-000000000000"))
        .when(libvirt.library)
        .virDomainGetUUIDString(eq(other), any());
    try (Domain domain = libvirt.open();
        Domain stranger = libvirt.open();
        DomainSnapshot snapshot = stranger.snapshotLookupByName("clean")) {
      assertEquals(
          "snapshot \"clean\" does not belong to domain \"web01\""
              + " (UUID 6695eb01-f6a4-8304-79aa-97f2502e193f) on this connection, but to domain"
              + " \"db\\n01\" (UUID 00000000-0000-0000-0000-000000000000);"
              + " look the snapshot up with snapshotLookupByName() of this domain",
          assertThrows(IllegalArgumentException.class, () -> domain.revertToSnapshot(snapshot))
              .getMessage());
    }
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }

  @Test
  void sameUuidOnAnotherConnectionIsAnotherDomain() throws LibvirtException {
    try (Domain domain = libvirt.open()) {
      when(libvirt.library.virConnectOpen(any()))
          .thenReturn(new ConnectPointer(new Pointer(0x1001)));
      try (Domain elsewhere = libvirt.open();
          DomainSnapshot snapshot = elsewhere.snapshotLookupByName("clean")) {
        assertThrows(IllegalArgumentException.class, () -> domain.revertToSnapshot(snapshot));
      }
    }
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }

  @Test
  void missingParentIsDistinguishedFromDeletedSnapshot() throws LibvirtException {
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "no such snapshot");
    try (Domain domain = libvirt.open();
        DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
      when(libvirt.library.virDomainSnapshotHasMetadata(any(), anyInt())).thenReturn(1, -1);

      assertEquals(Optional.empty(), snapshot.getParent());
      assertThrows(NoSuchSnapshotException.class, snapshot::getParent);
    }
  }

  @Test
  void domainOfSnapshotHasItsOwnReference() throws LibvirtException {
    when(libvirt.library.virDomainSnapshotGetDomain(libvirt.snapshot)).thenReturn(libvirt.domain);
    try (Domain domain = libvirt.open();
        DomainSnapshot snapshot = domain.snapshotLookupByName("clean");
        Domain same = snapshot.getDomain()) {
      assertEquals("web01", same.getName());
      verify(libvirt.library).virDomainRef(libvirt.domain);
    }
  }

  @Test
  void missingFunctionSaysToUpgradeLibvirt() throws LibvirtException {
    when(libvirt.library.virDomainDestroy(any()))
        .thenThrow(new UnsatisfiedLinkError("undefined symbol: virDomainDestroy"));
    try (Domain domain = libvirt.open()) {
      LibvirtUnavailableException failure =
          assertThrows(LibvirtUnavailableException.class, domain::destroy);
      assertTrue(failure.getMessage().contains("upgrade libvirt"), failure.getMessage());
      assertTrue(failure.getMessage().contains("virDomainDestroy"), failure.getMessage());
    }
  }

  @Test
  void invalidCStringIsRejectedBeforeCallingLibvirt() throws LibvirtException {
    try (Connect connect = libvirt.connect();
        Domain domain = connect.domainLookupByName("web01")) {
      for (String bad : List.of("clean\0evil", "\ud800", "a\udc00")) {
        assertRefused("name", () -> connect.domainLookupByName(bad));
        assertRefused("uuid", () -> connect.domainLookupByUUIDString(bad));
        assertRefused("xml", () -> connect.domainDefineXML(bad));
        assertRefused("xml", () -> connect.domainCreateXML(bad));
        assertRefused("name", () -> domain.snapshotLookupByName(bad));
        assertRefused("xml", () -> domain.snapshotCreateXML(bad));
        assertRefused("uri", () -> fail(new Connect(libvirt.library, bad, true).toString()));
      }
      assertThrows(NullPointerException.class, () -> domain.snapshotLookupByName(null));
    }
  }

  private static void assertRefused(String argument, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertTrue(message.startsWith(argument + " contains a"), message);
    assertFalse(message.contains("\0"), message);
  }

  @Test
  void failureWithoutErrorNamesTheFunction() throws LibvirtException {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt())).thenReturn(null);
    when(libvirt.library.virDomainSuspend(any())).thenReturn(-1);
    try (Domain domain = libvirt.open();
        DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
      assertFailsWithoutError("virDomainSuspend", domain::suspend);
      assertFailsWithoutError("virDomainSnapshotGetXMLDesc", snapshot::getXMLDesc);
    }
    verify(libvirt.library).virDomainSuspend(any());
    verify(libvirt.library).virDomainSnapshotGetXMLDesc(any(), anyInt());
  }

  private static void assertFailsWithoutError(String function, Executable call) {
    LibvirtException failure = assertThrows(LibvirtException.class, call);
    assertEquals(function + " failed, but libvirt reported no error for it", failure.getMessage());
    assertEquals(ErrorNumber.VIR_ERR_OK, failure.getError().getCode());
  }

  @Test
  void exceptionOnReleaseIsLogged() throws Exception {
    when(libvirt.library.virDomainFree(any())).thenThrow(new UnsatisfiedLinkError("boom"));
    try (LogRecorder log = new LogRecorder(NativeCalls.class)) {
      Domain domain = libvirt.open();

      domain.close();

      assertEquals(List.of("WARNING releasing a native reference failed"), log.lines());
    }
  }
}
