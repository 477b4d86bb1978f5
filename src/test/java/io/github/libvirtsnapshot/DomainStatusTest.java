package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests which calls read the status of a domain. */
class DomainStatusTest {
  private static final int PAUSED = 3;
  private static final int BY_USER = 1;

  private final MockedLibvirt libvirt = new MockedLibvirt();

  /** A list with one record. */
  private final Memory list = new Memory(2L * Native.POINTER_SIZE);

  private TypedParameters record =
      new TypedParameters().number("state.state", PAUSED).number("state.reason", BY_USER);

  private Domain domain;

  @BeforeEach
  void open() throws LibvirtException {
    domain = libvirt.open();
    list.clear();
  }

  @AfterEach
  void close() {
    domain.close();
    libvirt.references.assertBalanced();
  }

  /** Lets libvirt return this number of statistics records, the first of a paused domain. */
  private void returnStats(int count) {
    list.setPointer(0, count > 0 ? record.record(libvirt.domain) : Pointer.NULL);
    when(libvirt.library.virDomainListGetStats(any(), anyInt(), any(), anyInt()))
        .then(
            call -> {
              Pointer domains = call.getArgument(0);
              assertEquals(libvirt.domain.getPointer(), domains.getPointer(0));
              assertEquals(Pointer.NULL, domains.getPointer(Native.POINTER_SIZE));
              call.<Pointer>getArgument(2).setPointer(0, list);
              return count;
            });
  }

  @Test
  void persistentDomainIsReadWithOneCall() throws LibvirtException {
    returnStats(1);

    DomainStatus status = DomainStatus.of(domain);

    assertEquals(StateAndReason.of(StateReason.PAUSED_USER), status.stateAndReason());
    assertEquals(OptionalInt.of(7), status.id());
    assertTrue(status.persistent());
    verify(libvirt.library, never()).virDomainGetState(any(), any(), any(), anyInt());
    verify(libvirt.library, never()).virDomainIsPersistent(any());
    verify(libvirt.library, never()).virDomainLookupByUUIDString(any(), anyString());
    verify(libvirt.library, times(1)).virDomainStatsRecordListFree(list);
  }

  @Test
  void transientDomainIsReadWithSeparateCalls() throws LibvirtException {
    returnStats(0);
    when(libvirt.library.virDomainIsPersistent(any())).thenReturn(0);

    DomainStatus status = DomainStatus.of(domain);

    assertEquals(StateAndReason.of(StateReason.RUNNING_BOOTED), status.stateAndReason());
    assertFalse(status.persistent());
    verify(libvirt.library, times(1)).virDomainStatsRecordListFree(list);
  }

  @Test
  void driverWithoutStatsIsReadWithSeparateCalls() throws LibvirtException {
    when(libvirt.library.virDomainListGetStats(any(), anyInt(), any(), anyInt())).thenReturn(-1);

    assertTrue(DomainStatus.of(domain).persistent());
    verify(libvirt.library, never()).virDomainStatsRecordListFree(any());
  }

  @Test
  void recordWithoutStateIsIgnored() throws LibvirtException {
    record = new TypedParameters();
    returnStats(1);

    assertEquals(
        StateAndReason.of(StateReason.RUNNING_BOOTED), DomainStatus.of(domain).stateAndReason());
    verify(libvirt.library, times(1)).virDomainStatsRecordListFree(list);
  }

  @Test
  void managedSaveImageIsNotReadIfThereWasNone() throws LibvirtException {
    DomainStatus before = DomainStatus.of(domain);
    when(libvirt.library.virDomainHasManagedSaveImage(any(), anyInt())).thenReturn(1);

    assertFalse(DomainStatus.after(domain, before).managedSave());
    assertTrue(DomainStatus.after(domain, DomainStatus.of(domain)).managedSave());
  }

  @Test
  void managedSaveImageIsReadIfDomainWasSaved() throws LibvirtException {
    DomainStatus before = DomainStatus.of(domain);
    when(libvirt.library.virDomainHasManagedSaveImage(any(), anyInt())).thenReturn(1);
    libvirt.setState(StateReason.SHUTOFF_SAVED.state().value(), StateReason.SHUTOFF_SAVED.value());

    assertTrue(DomainStatus.after(domain, before).managedSave());
  }
}
