package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.contains;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.lenient;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.jna.OwnedString;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mockito.InOrder;

/** Reverts that change the links of the guest. */
class NetworkChangeTest extends MockedRevert {
  private static final String DOWN = "<link state=\"down\">";

  @BeforeEach
  void addInterface() {
    lenient()
        .when(libvirt.library.virDomainGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                "<domain type='qemu'><name>web01</name><devices><interface type='user'>"
                    + "<mac address='52:54:00:00:00:01'/></interface></devices></domain>"));
    lenient()
        .when(libvirt.library.virDomainResume(any()))
        .then(
            call -> {
              libvirt.setState(RUNNING, 5);
              return 0;
            });
  }

  private void linksCannotBeChanged() {
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, "unable to change link state");
    when(libvirt.library.virDomainUpdateDeviceFlags(any(), anyString(), anyInt())).thenReturn(-1);
  }

  private void verifyLinksNotChanged() {
    verify(libvirt.library, never()).virDomainUpdateDeviceFlags(any(), any(), anyInt());
  }

  @Test
  void reconnectingTakesLinksDownAndUpAfterTheRevert() throws RevertException {
    RevertReport report = reverter.reconnectingNetwork().revert();

    assertEquals(0, report.flags());
    InOrder order = inOrder(libvirt.library);
    order.verify(libvirt.library).virDomainRevertToSnapshot(any(), eq(0));
    order.verify(libvirt.library).virDomainUpdateDeviceFlags(any(), contains(DOWN), eq(1));
    order.verify(libvirt.library).virDomainUpdateDeviceFlags(any(), anyString(), eq(1));
    verify(libvirt.library, never()).virDomainResume(any());
  }

  @Test
  void isolatedGuestIsResumedAfterItsLinksAreDown() throws RevertException {
    revertLeaves(PAUSED, 7);

    RevertReport report = reverter.running().isolated().revert();

    assertEquals(RevertFlag.PAUSED.value(), report.flags());
    assertEquals(DomainState.RUNNING, report.after().state());
    InOrder order = inOrder(libvirt.library);
    order.verify(libvirt.library).virDomainRevertToSnapshot(any(), eq(RevertFlag.PAUSED.value()));
    order.verify(libvirt.library).virDomainUpdateDeviceFlags(any(), contains(DOWN), eq(1));
    order.verify(libvirt.library).virDomainResume(any());
    verify(libvirt.library).virDomainUpdateDeviceFlags(any(), anyString(), anyInt());
  }

  @Test
  void isolatedGuestIsAwaitedAfterItsLinksAreDown() throws RevertException {
    revertLeaves(PAUSED, 7);
    GuestProbe isRunning =
        GuestProbe.of("state", own -> own.getState().state() == DomainState.RUNNING);
    lenient().when(libvirt.library.virDomainIsActive(any())).thenReturn(1);

    RevertReport report =
        reverter.isolated().awaitingGuest(isRunning, Duration.ofMinutes(1)).revert();

    assertTrue(report.guest().orElseThrow().responded());
  }

  @Test
  void guestThatCannotBeIsolatedStaysPaused() {
    revertLeaves(PAUSED, 7);
    linksCannotBeChanged();

    RevertException notSet = failure(reverter.isolated());

    assertEquals(RevertOutcome.LINKS_NOT_SET, notSet.outcome());
    assertEquals(DomainState.PAUSED, notSet.report().orElseThrow().after().state());
    assertEquals(
        "reverting domain \"web01\" to snapshot \"clean\" (flags = PAUSED) was done, but its network"
            + " could not be changed: taking the link of interface 52:54:00:00:00:01 down failed:"
            + " unable to change link state; all links are as before"
            + " [VIR_ERR_OPERATION_UNSUPPORTED 84, VIR_FROM_QEMU 10]; the domain was running"
            + " (booted) and is now paused (from snapshot); to resume it nevertheless:"
            + " domain.resume(), or: virsh resume "
            + domain.getUUIDString(),
        notSet.getMessage());
    verify(libvirt.library, never()).virDomainResume(any());
  }

  @Test
  void networkThatCannotBeReconnectedLeavesRevertDone() {
    linksCannotBeChanged();

    RevertException notSet =
        failure(
            reverter
                .reconnectingNetwork()
                .awaitingGuest(GuestProbe.of("never", own -> false), Duration.ofMinutes(1)));

    assertEquals(RevertOutcome.LINKS_NOT_SET, notSet.outcome());
    assertEquals(DomainState.RUNNING, notSet.report().orElseThrow().after().state());
    assertTrue(notSet.details().guest().isEmpty());
  }

  @Test
  void guestThatDoesNotResumeIsInAnotherState() {
    revertLeaves(PAUSED, 7);
    when(libvirt.library.virDomainResume(any())).thenReturn(0);

    RevertException wrong = failure(reverter.isolated());

    assertEquals(RevertOutcome.WRONG_STATE, wrong.outcome());
  }

  @Test
  void networkOfGuestThatIsOffIsNotReconnected() {
    libvirt.takenWhile("shutoff");

    RevertException refused = failure(reverter.reconnectingNetwork());

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(
        refused
            .getMessage()
            .contains(
                "reconnectingNetwork() needs a running domain, but the revert leaves it shut off;"
                    + " way out: add running(), or: revert-domain --running"),
        refused.getMessage());
    verifyNotReverted();
  }

  @Test
  void undoDoesNotIsolate() throws RevertException {
    revertLeaves(PAUSED, 7);
    RevertReport report = reverter.withSafetySnapshot().isolated().revert();
    verify(libvirt.library).virDomainUpdateDeviceFlags(any(), anyString(), anyInt());
    revertLeaves(RUNNING, 4);

    RevertReport undone = undo(reverter.withSafetySnapshot().isolated(), report);

    assertEquals(RevertFlag.FORCE.value(), undone.flags());
    verify(libvirt.library).virDomainUpdateDeviceFlags(any(), anyString(), anyInt());
  }

  @Test
  void contradictoryOptionsAreRefused() {
    assertThrows(IllegalStateException.class, reverter.paused().isolated()::revert);
    assertThrows(IllegalStateException.class, reverter.paused().reconnectingNetwork()::revert);
    assertThrows(IllegalStateException.class, reverter.isolated()::reconnectingNetwork);
    assertThrows(IllegalStateException.class, reverter.reconnectingNetwork()::isolated);
    verifyNotReverted();
    verifyLinksNotChanged();
  }
}
