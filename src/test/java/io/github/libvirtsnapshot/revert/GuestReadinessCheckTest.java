package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.guest.ProbeResult;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reverts that wait for the guest to respond. */
@Timeout(30)
class GuestReadinessCheckTest extends MockedRevert {
  private SnapshotReverter waiting;

  @BeforeEach
  void awaitGuest() {
    waiting = reverter.awaitingGuest(Duration.ofMinutes(1));
  }

  /** Makes the guest respond, with a clock that is behind by this duration. */
  private void guestResponds(Duration clockDelay) {
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt()))
        .then(
            call -> {
              call.<long[]>getArgument(1)[0] = Instant.now().minus(clockDelay).getEpochSecond();
              return 0;
            });
  }

  private void guestDoesNotRespond() {
    libvirt.setError(ErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE, "not connected");
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt())).thenReturn(-1);
  }

  private void verifyGuestNotQueried() {
    verify(libvirt.library, never()).virDomainGetTime(any(), any(), any(), anyInt());
  }

  @Test
  void reportStatesThatGuestResponded() throws RevertException {
    guestResponds(Duration.ZERO);

    RevertReport report = waiting.revert();

    GuestStatus guest = report.guest().orElseThrow();
    assertTrue(guest.responded());
    assertEquals(Optional.empty(), guest.clock());
    assertTrue(log.lines().get(1).endsWith("; " + guest), log.lines().get(1));
    verify(libvirt.library, never()).virDomainSetTime(any(), anyLong(), anyInt(), anyInt());
  }

  @Test
  void guestIsNotQueriedWithoutAwaitingGuest() throws RevertException {
    assertEquals(Optional.empty(), reverter.revert().guest());
    verifyGuestNotQueried();
  }

  @Test
  void reportStatesHowClockWasSet() throws RevertException {
    guestResponds(Duration.ofHours(1));

    RevertReport report = waiting.settingClock().revert();

    GuestStatus guest = report.guest().orElseThrow();
    assertEquals(60, guest.clock().orElseThrow().behindBefore().toMinutes());
    assertTrue(guest.toString().contains(", its clock was 36"), guest.toString());
    assertTrue(log.lines().get(1).endsWith("; " + guest), log.lines().get(1));
  }

  @Test
  void silentGuestLeavesRevertDone() throws RevertException {
    guestDoesNotRespond();
    List<String> events = new ArrayList<>();
    RevertListener listener =
        new RevertListener() {
          @Override
          public void awaitingGuest(RevertRequest request, DomainStatus after) {
            events.add("awaiting " + after.state());
          }

          @Override
          public void failed(RevertException failure) {
            events.add("failed, " + failure.outcome());
          }
        };

    RevertException silent =
        failure(
            reverter.withSafetySnapshot().awaitingGuest(Duration.ofSeconds(1)).listener(listener));

    assertEquals(RevertOutcome.GUEST_SILENT, silent.outcome());
    assertEquals(List.of("awaiting RUNNING", "failed, GUEST_SILENT"), events);
    assertInstanceOf(AgentUnresponsiveException.class, silent.getCause());
    RevertReport report = silent.report().orElseThrow();
    assertEquals(DomainState.RUNNING, report.after().state());
    assertTrue(report.safetySnapshot().isPresent());
    verify(libvirt.library).virDomainRevertToSnapshot(any(), anyInt());
    String last = log.lines().get(log.lines().size() - 1);
    assertEquals("WARNING " + silent.getMessage(), last);
    assertTrue(last.contains("was done, but its guest did not respond within "), last);
  }

  @Test
  void clockThatCannotBeSetLeavesRevertDone() {
    guestResponds(Duration.ofHours(1));
    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "command 'guest-set-time': no");
    when(libvirt.library.virDomainSetTime(any(), anyLong(), anyInt(), anyInt())).thenReturn(-1);

    RevertException notSet = failure(waiting.settingClock());

    assertEquals(RevertOutcome.CLOCK_NOT_SET, notSet.outcome());
    assertTrue(notSet.details().guest().orElseThrow().responded());
    assertEquals("command 'guest-set-time': no", notSet.getError().getMessage());
  }

  private void snapshotHasNoAgentChannel() {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                "<domainsnapshot><name>clean</name><state>running</state><domain/></domainsnapshot>"));
  }

  @Test
  void probeThatNeedsNoAgentNeedsNoAgentChannel() throws RevertException {
    snapshotHasNoAgentChannel();

    GuestStatus guest =
        reverter
            .awaitingGuest(GuestProbe.of("database", own -> true), Duration.ofMinutes(1))
            .revert()
            .guest()
            .orElseThrow();

    assertTrue(guest.responded());
    assertEquals("database", guest.probes().get(0).name());
    verifyGuestNotQueried();
  }

  @Test
  void settingClockNeedsAgentChannelWithAnyProbe() {
    snapshotHasNoAgentChannel();

    assertNotStarted(
        reverter
            .awaitingGuest(GuestProbe.of("database", own -> true), Duration.ofMinutes(1))
            .settingClock(),
        "settingClock() (--set-clock) needs the guest agent, but in the snapshot the domain has no"
            + " channel");
  }

  @Test
  void probeThatFailsLeavesRevertDone() {
    guestResponds(Duration.ZERO);
    GuestProbe probe =
        GuestProbe.agent()
            .and(
                GuestProbe.of(
                    "database",
                    own -> {
                      throw new IllegalStateException("no such table");
                    }));

    RevertException silent = failure(reverter.awaitingGuest(probe, Duration.ofMinutes(1)));

    assertEquals(RevertOutcome.GUEST_SILENT, silent.outcome());
    assertInstanceOf(IllegalStateException.class, silent.getCause());
    assertEquals(
        List.of(ProbeResult.Outcome.READY, ProbeResult.Outcome.FAILED),
        silent.details().guest().orElseThrow().probes().stream()
            .map(ProbeResult::outcome)
            .toList());
    String last = log.lines().get(log.lines().size() - 1);
    assertEquals("WARNING " + silent.getMessage(), last);
    assertTrue(last.contains(": java.lang.IllegalStateException: no such table; the domain"), last);
  }

  @Test
  void revertIsNotStartedIfSnapshotHasNoAgentChannel() {
    snapshotHasNoAgentChannel();

    assertNotStarted(
        waiting,
        "in the snapshot the domain has no channel for a guest agent; way out: add <channel"
            + " type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel> to"
            + " the devices of the domain (virsh edit web01), then take the snapshot again");
  }

  @Test
  void domainIsCheckedIfSnapshotContainsNoDomainXml() {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                "<domainsnapshot><name>clean</name><state>running</state></domainsnapshot>"));

    assertNotStarted(
        waiting,
        "in the snapshot the domain has no channel for a guest agent; way out: add <channel"
            + " type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel> to"
            + " the devices of the domain (virsh edit web01), then take the snapshot again");
  }

  @Test
  void revertIsNotStartedIfItLeavesGuestShutOff() {
    libvirt.takenWhile("shutoff");

    assertNotStarted(
        waiting,
        "awaitingGuest() (--await-guest) needs a running domain, but the revert leaves it shut off;"
            + " way out: add running(), or: revert-domain --running");
  }

  private void assertNotStarted(SnapshotReverter refused, String reason) {
    for (RevertException e :
        List.of(failure(refused), assertThrows(RevertException.class, refused::plan))) {
      assertEquals(RevertOutcome.NOT_STARTED, e.outcome());
      assertTrue(e.getMessage().contains(reason), e.getMessage());
    }
    verifyNotReverted();
    verifyGuestNotQueried();
  }

  @Test
  void contradictoryOptionsAreRefused() {
    assertThrows(IllegalStateException.class, reverter.settingClock()::revert);
    assertThrows(IllegalStateException.class, waiting.paused()::revert);
    assertThrows(
        IllegalStateException.class, reverter.paused().awaitingGuest(Duration.ofSeconds(1))::plan);
    assertThrows(IllegalArgumentException.class, () -> reverter.awaitingGuest(Duration.ZERO));
    verifyNotReverted();
  }

  @Test
  void interruptEndsOnlyTheWait() {
    guestDoesNotRespond();
    Thread.currentThread().interrupt();

    RevertException silent = failure(waiting);

    assertTrue(Thread.interrupted());
    assertEquals(RevertOutcome.GUEST_SILENT, silent.outcome());
    assertTrue(silent.getMessage().contains("the thread was interrupted"), silent.getMessage());
  }

  @Test
  void undoAwaitsOnlyRunningGuest() throws RevertException {
    libvirt.setState(SHUTOFF, 1);
    guestResponds(Duration.ZERO);
    revertLeaves(RUNNING, 4);
    RevertReport report = waiting.withSafetySnapshot().revert();
    assertTrue(report.guest().isPresent());

    libvirt.takenWhile("shutoff");
    revertLeaves(SHUTOFF, 7);
    assertEquals(Optional.empty(), undo(waiting, report).guest());
  }

  @Test
  void deadlineDuringWaitReportsThatRevertIsDone() throws Exception {
    CountDownLatch guestQueried = new CountDownLatch(1);
    CountDownLatch guestMayRespond = new CountDownLatch(1);
    when(libvirt.library.virDomainGetTime(any(), any(), any(), anyInt()))
        .then(
            call -> {
              guestQueried.countDown();
              guestMayRespond.await();
              return 0;
            });
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      var future = waiting.revertAsync(thread, Duration.ofSeconds(2));
      guestQueried.await();
      ExecutionException failed = assertThrows(ExecutionException.class, future::get);
      RevertException overdue = assertInstanceOf(RevertException.class, failed.getCause());
      assertEquals(RevertOutcome.IN_PROGRESS, overdue.outcome());
      assertEquals(DomainState.RUNNING, overdue.details().after().orElseThrow().state());
      assertTrue(
          overdue
              .getMessage()
              .contains(
                  "was done, but the guest has not responded yet: the deadline of 2 s passed"),
          overdue.getMessage());
    } finally {
      guestMayRespond.countDown();
      thread.shutdown();
      assertTrue(thread.awaitTermination(10, TimeUnit.SECONDS));
    }
  }
}
