package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The result of a run in which a step fails. */
class RevertRunTest extends MockedRevert {
  /** Makes the first revert fail and stop the guest, and the second revert start the guest. */
  private void revertFailsAndRollsBack(int millis) {
    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    AtomicInteger calls = new AtomicInteger();
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              Thread.sleep(millis);
              boolean first = calls.getAndIncrement() == 0;
              libvirt.setState(first ? SHUTOFF : RUNNING, 0);
              return first ? -1 : 0;
            });
  }

  @Test
  void callThatThrowsHasUnknownOutcome() {
    IllegalArgumentException boom = new IllegalArgumentException("boom");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt())).thenThrow(boom);

    RevertException unknown = failure(reverter.retrying(3, Duration.ZERO));

    assertEquals(RevertOutcome.UNKNOWN, unknown.outcome());
    assertSame(boom, unknown.getCause());
    assertEquals(1, unknown.details().attempts().size());
    assertEquals(
        "java.lang.IllegalArgumentException: boom",
        unknown.details().attempts().get(0).error().orElseThrow().getMessage());
  }

  @Test
  void libvirtErrorWithoutMessageIsReported() {
    revertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, null);

    RevertException failed = failure(reverter);

    assertEquals(RevertOutcome.FAILED, failed.outcome());
    assertEquals(ErrorNumber.VIR_ERR_INTERNAL_ERROR, failed.getError().getCode());
    assertTrue(
        failed
            .getMessage()
            .contains(
                "failed: libvirt reported the error without a message: VIR_ERR_INTERNAL_ERROR(1)"
                    + " ["),
        failed.getMessage());
  }

  @Test
  void attemptsAreNumberedAndTimed() throws Exception {
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "busy");
    AtomicInteger calls = new AtomicInteger();
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              Thread.sleep(20);
              return calls.getAndIncrement() == 0 ? -1 : 0;
            });
    long start = System.nanoTime();

    RevertReport report = reverter.retrying(2, Duration.ZERO).revert();

    Duration all = Duration.ofNanos(System.nanoTime() - start);
    assertEquals(List.of(1, 2), report.attempts().stream().map(RevertAttempt::number).toList());
    for (RevertAttempt attempt : report.attempts()) {
      assertTrue(attempt.elapsed().toMillis() >= 20, attempt.toString());
      assertTrue(attempt.elapsed().compareTo(all) < 0, attempt.toString());
    }
    assertEquals(
        "WARNING reverting domain \"web01\" to snapshot \"clean\" (flags = none) failed in"
            + " attempt 1 and is repeated: busy [VIR_ERR_OPERATION_TIMEOUT 68, VIR_FROM_QEMU 10]",
        log.lines().get(1));
  }

  @Test
  void interruptIsReportedIfGuestIsUnchanged() {
    revertFails(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "busy");
    Thread.currentThread().interrupt();

    RevertException failed =
        failure(reverter.withSafetySnapshot().retrying(3, Duration.ofMinutes(5)));

    assertTrue(Thread.interrupted());
    assertEquals(RevertOutcome.FAILED, failed.outcome());
    assertEquals(Optional.empty(), failed.details().safetySnapshot());
    assertTrue(
        failed
            .getMessage()
            .contains("the thread was interrupted while it waited for the next attempt"),
        failed.getMessage());
  }

  /** The tenant writes parts of the domain's XML. */
  @Test
  void revertsToSnapshotWithUnreadableDomainXml() throws Exception {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                "<domainsnapshot><name>clean</name><state>running</state><domain><broken>"));
    revertLeaves(RUNNING, 4);

    RevertReport report = reverter.revert();

    RestoredPart content = Iterables.getOnlyElement(report.contents());
    assertTrue(content.reason().contains("libvirt's XML cannot be read"), content::toString);
    assertFalse(content.isKept());
  }

  /** No driver reverts to the state "pmsuspended". */
  @Test
  void missingDomainIsNotCorrectedToUnsupportedState() {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                "<domainsnapshot><name>clean</name><state>pmsuspended</state></domainsnapshot>"));
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.failToReadState();
              libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN, "gone");
              return 0;
            });

    RevertException failed = failure(reverter.enforcingState());

    assertEquals(RevertOutcome.WRONG_STATE, failed.outcome());
    assertTrue(
        failed
            .getMessage()
            .contains(
                "but the domain no longer exists; requested: as in" + " the snapshot; before"),
        failed.getMessage());
    assertEquals("WARNING " + failed.getMessage(), log.lines().get(1));
  }

  /** The gate represents any step that throws an unexpected exception. */
  @Test
  void unexpectedExceptionIsReported() {
    IllegalStateException boom = new IllegalStateException("boom");
    List<RevertException> reported = new ArrayList<>();
    RevertSettings settings =
        RevertSettings.of(domain)
            .to(SnapshotTarget.named("clean"))
            .listener(
                new RevertListener() {
                  @Override
                  public void failed(RevertException failure) {
                    reported.add(failure);
                  }
                });
    RevertGate gate = mock(RevertGate.class);
    when(gate.pass()).thenThrow(boom);

    RevertException failed =
        assertThrows(
            RevertException.class,
            () -> {
              try (RevertRun run = RevertRun.of(settings, gate)) {
                RevertReport unused = run.run(StageBarrier.NONE);
              }
            });

    assertSame(boom, failed.getCause());
    assertEquals(RevertOutcome.UNKNOWN, failed.outcome());
    assertEquals(List.of(failed), reported);
    assertEquals(1, log.lines().size());
  }

  @Test
  void revertIsNotStartedIfThePlanFails() {
    when(libvirt.library.virDomainGetXMLDesc(any(), anyInt())).thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");

    RevertException notStarted = failure(reverter.guarded());

    assertEquals(RevertOutcome.NOT_STARTED, notStarted.outcome());
    assertEquals("boom", notStarted.getError().getMessage());
    verifyNotReverted();
  }

  @Test
  void revertIsNotStartedIfTheSafetySnapshotFails() {
    when(libvirt.library.virDomainSnapshotCreateXML(any(), anyString(), anyInt())).thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "disk full");
    when(libvirt.library.virDomainSnapshotLookupByName(any(), anyString(), anyInt()))
        .then(
            call ->
                call.<String>getArgument(1).startsWith("before-revert-") ? null : libvirt.snapshot);

    RevertException notStarted = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.NOT_STARTED, notStarted.outcome());
    assertEquals(Optional.empty(), notStarted.details().safetySnapshot());
    verifyNotReverted();
  }

  @Test
  void guardedRevertRefusesWrongStateUnlessEnforcingState() throws Exception {
    when(libvirt.library.virConnectGetType(any())).thenReturn("TEST");
    libvirt.takenWhile("shutoff");
    SnapshotReverter guarded = reverter.running().guarded();

    RevertException notStarted = failure(guarded);
    assertEquals(RevertOutcome.NOT_STARTED, notStarted.outcome());
    assertTrue(
        notStarted
            .getMessage()
            .endsWith(
                "leave the domain shut off; way out: add enforcingState(), or:"
                    + " revert-domain --enforce-state"),
        notStarted.getMessage());
    verifyNotReverted();

    revertLeaves(SHUTOFF, 7);
    when(libvirt.library.virDomainCreateWithFlags(any(), anyInt()))
        .then(
            call -> {
              libvirt.setState(RUNNING, 1);
              return 0;
            });
    assertEquals(List.of(StateCorrection.CREATED), guarded.enforcingState().revert().corrections());
  }

  @Test
  void enforcingStateDoesNotOverrideRefusal() {
    when(libvirt.library.virDomainHasManagedSaveImage(any(), anyInt())).thenReturn(1);
    libvirt.takenWhile("shutoff");

    assertEquals(RevertOutcome.NOT_STARTED, failure(reverter.guarded().enforcingState()).outcome());
    verifyNotReverted();
  }

  @Test
  void ineffectiveCorrectionIsWrongState() {
    libvirt.takenWhile("shutoff");
    libvirt.setState(SHUTOFF, 2);

    RevertException wrong = failure(reverter.running().enforcingState());

    assertEquals(RevertOutcome.WRONG_STATE, wrong.outcome());
    assertEquals(List.of(StateCorrection.CREATED), wrong.details().corrections());
    assertFalse(wrong.getMessage().contains("enforcingState()"), wrong.getMessage());
  }

  @Test
  void rollbackIsLoggedAndRecorded(@TempDir Path directory) throws Exception {
    revertFailsAndRollsBack(20);
    when(libvirt.library.virConnectGetURI(any()))
        .thenReturn(
            new OwnedString("qemu+tcp://fred:secret@kvm_host_1:16509/system?pkipath=/secret"));
    Path file = directory.resolve("recording.jfr");
    RevertException rolledBack;
    try (Recording recording = new Recording()) {
      recording.enable("io.github.libvirtsnapshot.Revert");
      recording.start();
      rolledBack = failure(reverter.withSafetySnapshot());
      recording.dump(file);
    }
    assertEquals(RevertOutcome.ROLLED_BACK, rolledBack.outcome());
    assertTrue(
        log.lines()
            .get(0)
            .matches(
                "INFO created safety snapshot \"before-revert-\\S+\" before reverting domain"
                    + " \"web01\" to snapshot \"clean\" \\(flags = none\\)"),
        log.lines().get(0));
    assertEquals("WARNING " + rolledBack.getMessage(), log.lines().get(2));
    String source = LoggingListener.class.getName();
    assertEquals(
        Set.of(source + ".safetySnapshotCreated", source + ".reverting", source + ".failed"),
        log.sources());
    RecordedEvent event = RecordingFile.readAllEvents(file).get(0);
    assertEquals("ROLLED_BACK", event.getString("outcome"));
    assertEquals("qemu+tcp://kvm_host_1:16509/system", event.getString("host"));
    assertEquals(rolledBack.details().request().uuid(), event.getString("uuid"));
    assertEquals(rolledBack.getError().getRawCode(), event.getInt("error"));
    assertEquals(rolledBack.getError().getMessage(), event.getString("message"));
    assertTrue(event.getDuration().toMillis() >= 40, event.toString());
  }

  @Test
  void remainingSafetySnapshotIsReported() {
    revertFailsAndRollsBack(0);
    when(libvirt.library.virDomainSnapshotDelete(any(), anyInt())).thenReturn(-1);

    RevertException left = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.ROLLED_BACK, left.outcome());
    assertTrue(left.details().safetySnapshot().isPresent());
    assertTrue(left.getMessage().contains("may still exist: boom"), left.getMessage());
  }

  @Test
  void undoRevertsToSafetySnapshotWithForce() throws Exception {
    RevertReport report = reverter.withSafetySnapshot().revert();
    String safety = report.safetySnapshot().orElseThrow();

    RevertReport undone = undo(SnapshotReverter.of(domain).running(), report);

    assertEquals(4, undone.flags());
    // After it was created, and for the undo.
    verify(libvirt.library, times(2)).virDomainSnapshotLookupByName(any(), eq(safety), anyInt());
    verify(libvirt.library).virDomainRevertToSnapshot(libvirt.snapshot, 4);
  }

  @Test
  void undoRequiresSameDomainAndSafetySnapshot() throws Exception {
    RevertReport unsafe = reverter.revert();
    assertThrows(IllegalStateException.class, () -> SnapshotReverter.of(domain).undo(unsafe));
    RevertReport safe = reverter.withSafetySnapshot().revert();
    doAnswer(
            call -> {
              call.<byte[]>getArgument(1)[0] = 'x';
              return 0;
            })
        .when(libvirt.library)
        .virDomainGetUUIDString(any(), any());
    try (Domain other = libvirt.open()) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> SnapshotReverter.of(other).undo(safe));
      assertTrue(
          refused.getMessage().contains("is not the domain that was reverted"),
          refused.getMessage());
    }
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), eq(4));
  }

  @Test
  void planRequiresTargetAndOpenDomain() throws LibvirtException {
    IllegalStateException noTarget =
        assertThrows(IllegalStateException.class, SnapshotReverter.of(domain)::plan);
    assertTrue(noTarget.getMessage().endsWith("toNewest(), toCurrent() or toParent()"));
    domain.close();
    assertThrows(IllegalStateException.class, reverter::plan);
  }

  @Test
  void sharedInventoryQueriesRevertedDomainAgain() throws Exception {
    OwnedString definition =
        new OwnedString(
            "<domain id='1'><devices><disk type='file'><source file='/i'/><target"
                + " dev='vda'/></disk></devices></domain>");
    libvirt.addOthers(ImmutableMap.of("web02", definition.value()));
    when(libvirt.library.virDomainGetXMLDesc(eq(libvirt.domain), anyInt())).thenReturn(definition);
    HostInventory inventory = HostInventory.once();
    try (Connect connect = libvirt.connect();
        Connect ofDomain = domain.getConnect();
        Domain other = connect.domainLookupByUUIDString(MockedLibvirt.uuidOf("web02"))) {
      inventory.shareOn(connect);
      inventory.shareOn(ofDomain);
      SnapshotReverter neighbour = SnapshotReverter.of(other).to(MockedLibvirt.SNAPSHOT);
      assertQueriesAfterPlan(neighbour, 1);
      assertQueriesAfterPlan(neighbour, 1);

      RevertReport unusedReport = reverter.revert();
      assertQueriesAfterPlan(neighbour, 2);

      RevertPlan unusedPlan = reverter.plan();
      assertQueriesAfterPlan(neighbour, 2);
      verify(libvirt.library, times(1))
          .virConnectGetAllDomainStats(any(), anyInt(), any(), anyInt());
    }
  }

  /**
   * Plans a revert of the neighbour, and checks how often the domain's XML has been read so far.
   */
  private void assertQueriesAfterPlan(SnapshotReverter neighbour, int times)
      throws RevertException {
    RevertPlan unused = neighbour.plan();
    verify(libvirt.library, times(times)).virDomainGetXMLDesc(libvirt.domain, 0);
  }
}
