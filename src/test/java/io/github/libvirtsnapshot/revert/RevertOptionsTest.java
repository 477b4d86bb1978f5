package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.contains;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The options of a reverter, its undo and the resolution of an outcome, on a mock of QEMU. */
class RevertOptionsTest extends MockedRevert {
  private final List<String> events = new ArrayList<>();

  @BeforeEach
  void listen() {
    reverter = reverter.listener(new EventRecorder());
  }

  private final class EventRecorder implements RevertListener {
    @Override
    public void planned(RevertPlan plan) {
      events.add("planned");
    }

    @Override
    public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
      events.add("safety snapshot taken");
    }

    @Override
    public void reverting(RevertRequest request, DomainStatus before) {
      events.add("reverting");
    }

    @Override
    public void retrying(RevertRequest request, RevertAttempt failed) {
      events.add("retrying");
    }

    @Override
    public void reverted(RevertReport report) {
      events.add("reverted");
    }

    @Override
    public void failed(RevertException failure) {
      events.add(failure.outcome() == RevertOutcome.ROLLED_BACK ? "rolled back" : "failed");
    }
  }

  private void firstRevertFails(ErrorNumber code, String message, int stateAfter) {
    libvirt.setError(code, message);
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(call -> leaving(stateAfter, 7, -1))
        .then(call -> leaving(RUNNING, 8, 0));
  }

  private int leaving(int state, int id, int result) {
    libvirt.setState(state, 0);
    when(libvirt.library.virDomainGetID(any())).thenReturn(state == SHUTOFF ? -1 : id);
    return result;
  }

  @Test
  void eventsComeInOrder() throws Exception {
    RevertReport report = reverter.withSafetySnapshot().revert();

    assertEquals(List.of("planned", "safety snapshot taken", "reverting", "reverted"), events);
    String name = report.safetySnapshot().orElseThrow();
    verify(libvirt.library)
        .virDomainSnapshotCreateXML(
            eq(libvirt.domain),
            eq(
                "<domainsnapshot><name>"
                    + name
                    + "</name><description>Safety snapshot, taken before reverting to"
                    + " clean</description></domainsnapshot>"),
            eq(0));
    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void snapshotNameIsEscapedInXml() throws Exception {
    String name = "</description><b>&";
    libvirt.setSnapshotName(name);

    RevertReport unused = reverter.to(name).withSafetySnapshot().revert();

    verify(libvirt.library)
        .virDomainSnapshotCreateXML(
            any(), contains("reverting to &lt;/description&gt;&lt;b&gt;&amp;</desc"), anyInt());
  }

  @Test
  void failedRevertIsRolledBack() {
    firstRevertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom", SHUTOFF);

    RevertException rolledBack = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.ROLLED_BACK, rolledBack.outcome());
    assertEquals(ErrorNumber.VIR_ERR_INTERNAL_ERROR, rolledBack.getError().getCode());
    assertEquals(List.of("planned", "safety snapshot taken", "reverting", "rolled back"), events);
    verify(libvirt.library).virDomainRevertToSnapshot(any(), eq(4));
    verify(libvirt.library).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void rollbackIsRepeatedOnceIfTheGuestIsShutOffAfterIt() {
    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(call -> leaving(SHUTOFF, 7, -1))
        .then(call -> leaving(SHUTOFF, 8, 0))
        .then(call -> leaving(RUNNING, 9, 0));

    RevertException rolledBack = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.ROLLED_BACK, rolledBack.outcome(), rolledBack.getMessage());
    verify(libvirt.library, times(2)).virDomainRevertToSnapshot(any(), eq(4));
  }

  @Test
  void unchangedGuestIsNotRolledBack() {
    firstRevertFails(ErrorNumber.VIR_ERR_OPERATION_DENIED, "no", RUNNING);

    RevertException refused = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.FAILED, refused.outcome());
    assertEquals(Optional.empty(), refused.details().safetySnapshot());
    verify(libvirt.library, times(1)).virDomainRevertToSnapshot(any(), anyInt());
    verify(libvirt.library).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void failedRollbackNamesTheRestoreCommand() {
    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setState(SHUTOFF, 6);
              return -1;
            });

    RevertException failed = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.ROLLBACK_FAILED, failed.outcome());
    String name = failed.details().safetySnapshot().orElseThrow();
    assertTrue(
        failed
            .getMessage()
            .endsWith("virsh snapshot-revert --force " + domain.getUUIDString() + " " + name),
        failed.getMessage());
    assertThrows(IllegalStateException.class, () -> failed.resolveOutcome(null));
  }

  @Test
  void failedRollbackDoesNotNameADeletedSafetySnapshotAsTheWayOut() {
    AtomicBoolean deleted = new AtomicBoolean();
    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setState(SHUTOFF, 6);
              deleted.set(true);
              return -1;
            });
    when(libvirt.library.virDomainSnapshotLookupByName(any(), any(), anyInt()))
        .then(
            call -> {
              if (!deleted.get()) {
                return libvirt.snapshot;
              }
              libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "no such snapshot");
              return null;
            });

    RevertException failed = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.ROLLBACK_FAILED, failed.outcome());
    assertEquals(Optional.empty(), failed.details().safetySnapshot());
    assertInstanceOf(NoSuchSnapshotException.class, failed.getSuppressed()[0]);
    assertTrue(
        failed
            .getMessage()
            .matches(
                ".*boom.*; the rollback to safety snapshot \"before-revert-\\S+\" failed: no such"
                    + " snapshot .*; the domain is now shut off .*; another program has deleted the"
                    + " safety snapshot: the previous state can't be restored; revert to another"
                    + " snapshot, or restore a backup"),
        failed.getMessage());
  }

  @Test
  void guardedRevertIsNotStartedIfLibvirtWouldRefuse() {
    when(libvirt.library.virDomainHasManagedSaveImage(any(), anyInt())).thenReturn(1);
    libvirt.takenWhile("shutoff");

    RevertException refused = failure(reverter.guarded());

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(refused.getMessage().contains("VIR_ERR_SNAPSHOT_REVERT_RISKY (77)"));
    assertEquals(List.of("planned", "failed"), events);
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }

  /** The first plans find a block job on the disk of the guest. */
  private void blockJobEndsAfter(int plans) {
    when(libvirt.library.virDomainGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                "<domain><devices><disk><source file='/images/web01.qcow2'/><target dev='vda'/>"
                    + "</disk></devices></domain>"));
    AtomicInteger left = new AtomicInteger(plans);
    when(libvirt.library.virDomainGetBlockJobInfo(any(), eq("vda"), any(), anyInt()))
        .then(call -> left.getAndDecrement() > 0 ? 1 : 0);
  }

  @Test
  void guardedRevert_retrying_plansAgainUntilBlockJobEnds() throws Exception {
    blockJobEndsAfter(2);

    RevertReport report = reverter.guarded().retrying(3, Duration.ofMillis(1)).revert();

    assertEquals(1, report.attempts().size());
    assertEquals(List.of("planned", "planned", "planned", "reverting", "reverted"), events);
  }

  @Test
  void guardedRevert_retrying_isNotStartedIfBlockJobLastsLonger() {
    blockJobEndsAfter(9);

    RevertException refused = failure(reverter.guarded().retrying(3, Duration.ofMillis(1)));

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertEquals(List.of("planned", "planned", "planned", "failed"), events);
    verifyNotReverted();
  }

  @Test
  void guardedRevert_interruptedWhileItWaitsForBlockJob_isNotStarted() {
    blockJobEndsAfter(9);
    Thread.currentThread().interrupt();

    RevertException refused = failure(reverter.guarded().retrying(3, Duration.ofMinutes(5)));

    assertTrue(Thread.interrupted());
    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(
        refused
            .getMessage()
            .endsWith("the thread was interrupted while it waited for the next plan"),
        refused.getMessage());
    verifyNotReverted();
  }

  @Test
  void onlyTemporaryErrorsAreRetriedUpToTheLimit() {
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "cannot acquire state change lock");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt())).thenReturn(-1);

    RevertException busy = failure(reverter.retrying(3, Duration.ofMillis(1)));

    assertEquals(3, busy.details().attempts().size());
    assertEquals(List.of("reverting", "retrying", "retrying", "failed"), events);
    assertTrue(busy.getMessage().contains("failed 3 times: cannot acquire"), busy.getMessage());

    libvirt.setError(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED,
        "disk vda already exists and is not a block device: x");
    assertEquals(2, failure(reverter.retrying(2, Duration.ZERO)).details().attempts().size());
    libvirt.setError(ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, "not supported yet");
    assertEquals(1, failure(reverter.retrying(2, Duration.ZERO)).details().attempts().size());
    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    assertEquals(1, failure(reverter.retrying(2, Duration.ZERO)).details().attempts().size());
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "late");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.failToReadState();
              return -1;
            });
    RevertException unknown = failure(reverter.retrying(2, Duration.ZERO));
    assertEquals(RevertOutcome.UNKNOWN, unknown.outcome());
    assertEquals(1, unknown.details().attempts().size());
  }

  @Test
  void interruptEndsTheWaitForARetry() {
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "busy");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt())).thenReturn(-1);
    Thread.currentThread().interrupt();

    RevertException failed = failure(reverter.retrying(3, Duration.ofMinutes(5)));

    assertTrue(Thread.interrupted());
    assertEquals(1, failed.details().attempts().size());
    assertTrue(
        failed
            .getMessage()
            .contains("the thread was interrupted while it waited for the next attempt"),
        failed.getMessage());
  }

  @Test
  void argumentsOfRetryingAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> reverter.retrying(0, Duration.ZERO));
    for (Duration delay :
        List.of(
            Duration.ofNanos(-1),
            RetryPolicy.LONGEST.plusNanos(1),
            ChronoUnit.FOREVER.getDuration())) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> reverter.retrying(2, delay));
      assertEquals(
          "delay is " + LogEscaper.seconds(delay) + "; the range is from zero to about 292 years",
          refused.getMessage());
    }
    assertNotNull(reverter.retrying(Integer.MAX_VALUE, RetryPolicy.LONGEST));
  }

  @Test
  void wrongStateIsCorrected() throws Exception {
    libvirt.takenWhile("shutoff");
    libvirt.setState(SHUTOFF, 2);
    when(libvirt.library.virDomainGetID(any())).thenReturn(-1);
    when(libvirt.library.virDomainCreateWithFlags(any(), anyInt()))
        .then(
            call -> {
              libvirt.setState(RUNNING, 1);
              return 0;
            });

    assertEquals(RevertOutcome.WRONG_STATE, failure(reverter.running()).outcome());
    RevertReport report = reverter.running().enforcingState().revert();

    assertEquals(List.of(StateCorrection.CREATED), report.corrections());
    assertTrue(
        log.lines()
            .get(3)
            .endsWith("after libvirt left another state and the library corrected it: CREATED"),
        log.lines().get(3));
  }

  @Test
  void domainWithManagedSaveImageIsNotStarted() {
    libvirt.takenWhile("shutoff");
    libvirt.setState(SHUTOFF, 2);
    when(libvirt.library.virDomainHasManagedSaveImage(any(), anyInt())).thenReturn(1);

    RevertException wrong = failure(reverter.running().force());
    assertFalse(wrong.getMessage().contains("enforcingState()"), wrong.getMessage());

    wrong = failure(reverter.running().force().enforcingState());

    assertEquals(RevertOutcome.WRONG_STATE, wrong.outcome());
    verify(libvirt.library, never()).virDomainCreateWithFlags(any(), anyInt());
  }

  @Test
  void throwingListenerDoesNotStopRevert() throws Exception {
    RevertListener broken =
        new RevertListener() {
          @Override
          public void reverting(RevertRequest request, DomainStatus before) {
            throw new IllegalStateException("boom");
          }
        };

    assertEquals(DomainState.RUNNING, reverter.listener(broken).revert().after().state());
    assertEquals("WARNING a listener failed; the revert continues", log.lines().get(1));
  }

  @Test
  void eachRevertIsAFlightRecorderEvent(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("recording.jfr");
    try (Recording recording = new Recording()) {
      recording.enable("io.github.libvirtsnapshot.Revert");
      recording.start();
      RevertReport unused = reverter.running().revert();
      libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
      when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt())).thenReturn(-1);
      failure(reverter.to("cl\nean"));
      recording.dump(file);
    }
    assertTrue(Files.exists(file));
    List<RecordedEvent> recorded = RecordingFile.readAllEvents(file);
    assertEquals(2, recorded.size());
    assertEquals("web01", recorded.get(0).getString("domain"));
    assertEquals("clean", recorded.get(0).getString("snapshot"));
    assertEquals("RUNNING", recorded.get(0).getString("flags"));
    assertEquals("running (booted)", recorded.get(0).getString("before"));
    assertEquals("running (booted)", recorded.get(0).getString("after"));
    assertEquals("REVERTED", recorded.get(0).getString("outcome"));
    assertEquals(1, recorded.get(0).getInt("attempts"));
    assertNull(recorded.get(0).getString("guest"));
    assertEquals("FAILED", recorded.get(1).getString("outcome"));
    assertEquals("cl\\nean", recorded.get(1).getString("snapshot"));
  }

  @Test
  void safetySnapshotNamesOfTheSameMillisecondDiffer() {
    Instant now = Instant.parse("2026-01-02T03:04:05.678Z");
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      names.add(SafetySnapshot.newName(now));
    }
    assertEquals(1000, names.size());
    assertTrue(
        names.iterator().next().startsWith("before-revert-2026-01-02T03-04-05.678Z-"),
        names.toString());
    names.forEach(name -> assertEquals(name, SafetySnapshot.checkName(name)));
    assertThrows(
        IllegalArgumentException.class, () -> SafetySnapshot.checkName("before-revert-by-hand"));
  }

  @Test
  void undoRefusesOrdinarySnapshot() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> reverter.undo("clean"));
    assertEquals(
        "\"clean\" is not the name of a safety snapshot; revert to it with to(name), or:"
            + " revert-domain without --undo; delete it with DomainSnapshot.delete(), or: virsh"
            + " snapshot-delete",
        refused.getMessage());
    verifyNotReverted();
  }

  @Test
  void undoRequiresSafetySnapshot() throws Exception {
    RevertReport report = reverter.revert();
    assertThrows(IllegalStateException.class, () -> SnapshotReverter.of(domain).undo(report));
  }

  @Test
  void unknownOutcomeIsResolved() throws Exception {
    libvirt.setError(ErrorNumber.VIR_ERR_SYSTEM_ERROR, "End of file");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.failToReadState();
              return -1;
            });
    RevertException unknown = failure(reverter);
    try (Connect connect = libvirt.connect()) {
      libvirt.setState(RUNNING, 1);
      assertEquals(ResolvedOutcome.Verdict.UNCHANGED, unknown.resolveOutcome(connect).verdict());
      when(libvirt.library.virDomainGetID(any())).thenReturn(8);
      assertEquals(
          ResolvedOutcome.Verdict.INDETERMINATE, unknown.resolveOutcome(connect).verdict());
      libvirt.setState(RUNNING, 4);
      assertEquals(ResolvedOutcome.Verdict.REVERTED, unknown.resolveOutcome(connect).verdict());
      libvirt.setState(SHUTOFF, 7);
      when(libvirt.library.virDomainGetID(any())).thenReturn(-1);
      assertEquals(
          ResolvedOutcome.Verdict.INDETERMINATE, unknown.resolveOutcome(connect).verdict());
      libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN, "gone");
      when(libvirt.library.virDomainLookupByUUIDString(any(), anyString())).thenReturn(null);
      ResolvedOutcome gone = unknown.resolveOutcome(connect);
      assertEquals(ResolvedOutcome.Verdict.INDETERMINATE, gone.verdict());
      assertEquals(Optional.empty(), gone.now());
    }
  }
}
