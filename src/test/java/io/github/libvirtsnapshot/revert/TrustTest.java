package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.virError;
import io.github.libvirtsnapshot.plan.Refusal;
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
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guard, safety snapshot, enforced state, retries, listener and events, on a mock of QEMU. */
class TrustTest extends MockedRevert {
  private final List<String> moments = new ArrayList<>();

  @BeforeEach
  void listen() {
    reverter = reverter.listener(new Moments());
  }

  private final class Moments implements RevertListener {
    @Override
    public void planned(RevertPlan plan) {
      moments.add("planned");
    }

    @Override
    public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
      moments.add("safety snapshot taken");
    }

    @Override
    public void reverting(RevertRequest request, DomainStatus before) {
      moments.add("reverting");
    }

    @Override
    public void retrying(RevertRequest request, RevertAttempt failed) {
      moments.add("retrying");
    }

    @Override
    public void reverted(RevertReport report) {
      moments.add("reverted");
    }

    @Override
    public void failed(RevertException failure) {
      moments.add(failure.outcome() == RevertOutcome.ROLLED_BACK ? "rolled back" : "failed");
    }
  }

  private void firstRevertFails(ErrorNumber code, String message, int stateAfter) {
    libvirt.setError(code, message);
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setState(stateAfter, 0);
              when(libvirt.library.virDomainGetID(any()))
                  .thenReturn(stateAfter == RUNNING ? 7 : -1);
              return -1;
            })
        .then(
            call -> {
              libvirt.setState(RUNNING, 4);
              return 0;
            });
  }

  @Test
  void theMomentsComeInOrder() throws Exception {
    RevertReport report = reverter.withSafetySnapshot().revert();

    assertEquals(List.of("planned", "safety snapshot taken", "reverting", "reverted"), moments);
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
  void aNameIsNoXml() throws Exception {
    RevertReport unused = reverter.to("</description><b>&").withSafetySnapshot().revert();

    verify(libvirt.library)
        .virDomainSnapshotCreateXML(
            any(), contains("reverting to &lt;/description&gt;&lt;b&gt;&amp;</desc"), anyInt());
  }

  @Test
  void aFailureIsRolledBack() {
    firstRevertFails(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom", SHUTOFF);

    RevertException rolledBack = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.ROLLED_BACK, rolledBack.outcome());
    assertEquals(ErrorNumber.VIR_ERR_INTERNAL_ERROR, rolledBack.getError().getCode());
    assertEquals(List.of("planned", "safety snapshot taken", "reverting", "rolled back"), moments);
    verify(libvirt.library).virDomainRevertToSnapshot(any(), eq(4));
    verify(libvirt.library).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void aGuestThatWasNotTouchedIsNotRolledBack() {
    firstRevertFails(ErrorNumber.VIR_ERR_OPERATION_DENIED, "no", RUNNING);

    RevertException refused = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.FAILED, refused.outcome());
    assertEquals(Optional.empty(), refused.details().safetySnapshot());
    verify(libvirt.library, times(1)).virDomainRevertToSnapshot(any(), anyInt());
    verify(libvirt.library).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void aRollBackThatFailsSaysTheWayBack() {
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
  void guardedDoesNotBeginWhatFails() {
    when(libvirt.library.virDomainHasManagedSaveImage(any(), anyInt())).thenReturn(1);
    libvirt.takenWhile("shutoff");

    RevertException refused = failure(reverter.guarded());

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(refused.getMessage().contains("VIR_ERR_SNAPSHOT_REVERT_RISKY (77)"));
    assertEquals(List.of("planned", "failed"), moments);
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }

  @Test
  void retriesAreBoundedAndOnlyForWhatPasses() {
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "cannot acquire state change lock");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt())).thenReturn(-1);

    RevertException busy = failure(reverter.retrying(3, Duration.ofMillis(1)));

    assertEquals(3, busy.details().attempts().size());
    assertEquals(List.of("reverting", "retrying", "retrying", "failed"), moments);
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
  void anInterruptEndsTheWaiting() {
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
  void retriesAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> reverter.retrying(0, Duration.ZERO));
    for (Duration delay :
        List.of(
            Duration.ofNanos(-1),
            RetryPolicy.LONGEST.plusNanos(1),
            ChronoUnit.FOREVER.getDuration())) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> reverter.retrying(2, delay));
      assertTrue(refused.getMessage().startsWith("delay is " + delay), refused.getMessage());
    }
    assertNotNull(reverter.retrying(Integer.MAX_VALUE, RetryPolicy.LONGEST));
  }

  @Test
  void anotherStateIsMended() throws Exception {
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
        log.lines().get(3).endsWith("after libvirt left another state, corrected by [CREATED]"),
        log.lines().get(3));
  }

  @Test
  void aManagedSaveImageIsNotStarted() {
    libvirt.takenWhile("shutoff");
    libvirt.setState(SHUTOFF, 2);
    when(libvirt.library.virDomainHasManagedSaveImage(any(), anyInt())).thenReturn(1);

    RevertException wrong = failure(reverter.running().force().enforcingState());

    assertEquals(RevertOutcome.WRONG_STATE, wrong.outcome());
    verify(libvirt.library, never()).virDomainCreateWithFlags(any(), anyInt());
  }

  @Test
  void aListenerThatThrowsStopsNothing() throws Exception {
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
  void eachRevertIsAnEvent(@TempDir Path directory) throws Exception {
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
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertEquals(2, events.size());
    assertEquals("web01", events.get(0).getString("domain"));
    assertEquals("clean", events.get(0).getString("snapshot"));
    assertEquals("RUNNING", events.get(0).getString("flags"));
    assertEquals("running (booted)", events.get(0).getString("before"));
    assertEquals("running (booted)", events.get(0).getString("after"));
    assertEquals("REVERTED", events.get(0).getString("outcome"));
    assertEquals(1, events.get(0).getInt("attempts"));
    assertEquals("FAILED", events.get(1).getString("outcome"));
    assertEquals("cl\\nean", events.get(1).getString("snapshot"));
  }

  @Test
  void namesOfOneMillisecondDiffer() {
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
  void onlyASafetySnapshotIsUndoneTo() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> reverter.undo("clean"));
    assertEquals(
        "\"clean\" is not the name of a safety snapshot: revert to it or delete it as an"
            + " ordinary snapshot",
        refused.getMessage());
    verifyNotReverted();
  }

  @Test
  void onlyWhatIsKeptCanBeUndone() throws Exception {
    RevertReport report = reverter.revert();
    assertThrows(IllegalStateException.class, () -> SnapshotReverter.of(domain).undo(report));
  }

  @Test
  void theUnknownIsFoundOut() throws Exception {
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

  @Test
  void aPlanReadsWell() throws Exception {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                """
                <domainsnapshot><state>running</state><creationTime>1700000000</creationTime>
                <domain type='qemu'><name>web01</name><memory>32</memory></domain></domainsnapshot>
                """));
    when(libvirt.library.virDomainGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                """
                <domain type='qemu'><name>web01</name><memory>64</memory><title>x\u202e</title>
                <devices><graphics type='vnc'/><disk><target dev='vda'/></disk></devices></domain>
                """));

    RevertPlan plan = reverter.plan();

    assertEquals(
        """
        plan: revert domain "web01" to snapshot "clean" (flags = none) on QEMU, libvirt 9.0.0
          before: running (booted), persistent, current snapshot "clean"
          path: back to "clean"; changes since "clean" are in no snapshot
          after: running (from snapshot)
          losses:
            - the contents of the guest's memory
            - the connections to the guest's vnc
            - data written to vda since 2023-11-14T22:13:20Z that is in no other snapshot
          configuration changes:
            - devices/disk[vda]/target/@dev: vda -> (removed)
            - devices/graphics/@type: vnc -> (removed)
            - memory: 64 -> 32
            - title: x\\u202e -> (removed)
          contents:
            - memory: certain
          safety snapshot: internal
          unknowns:
            - whether anyone is connected to the guest's screen or serial console
            - whether the disk images can be read and still contain the snapshot: libvirt checks \
        this only after it stops the guest\
        """,
        plan.toString());
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }

  @Test
  void whatTheHostCanNotStartIsKnownAndADeadConnectionIsNot() throws Exception {
    when(libvirt.library.virConnectGetDomainCapabilities(
            any(), any(), any(), any(), any(), anyInt()))
        .thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_SYSTEM_ERROR, "Cannot check QEMU binary");
    Refusal refusal = reverter.plan().refusal().orElseThrow();
    assertTrue(refusal.guestStopped());
    assertEquals(ErrorNumber.VIR_ERR_SYSTEM_ERROR, refusal.code());

    virError dead = new virError();
    dead.code = ErrorNumber.VIR_ERR_SYSTEM_ERROR.value();
    dead.domain = ErrorDomain.VIR_FROM_RPC.value();
    dead.message = "End of file";
    when(libvirt.library.virGetLastError()).thenReturn(dead);
    RevertException notPlanned = assertThrows(RevertException.class, reverter::plan);
    assertEquals(RevertOutcome.NOT_STARTED, notPlanned.outcome());
  }

  @Test
  void anotherDriverIsPlannedByTheBook() throws Exception {
    when(libvirt.library.virConnectGetType(any())).thenReturn("ESX");
    RevertPlan plan = reverter.plan();
    assertEquals(Optional.of(DomainState.RUNNING), plan.stateAfter());
    assertEquals(Optional.empty(), plan.reasonAfter());
    assertTrue(
        plan.unknowns().get(0).startsWith("whether this driver does what libvirt documents"));

    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(new OwnedString("<domainsnapshot><state>running</state></domainsnapshot>"));
    assertEquals(
        ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, reverter.plan().refusal().orElseThrow().code());
    assertFalse(reverter.force().plan().refusal().isPresent());
    assertNotEquals(ImmutableList.of(), plan.losses());
  }

  @Test
  void theXmlOfTheSnapshotIsReadOnceARunAndOnlyIfItIsNeeded() throws Exception {
    when(libvirt.library.virConnectGetType(any())).thenReturn("TEST");
    var unused = reverter.running().revert();
    verify(libvirt.library, never()).virDomainSnapshotGetXMLDesc(any(), anyInt());
    unused = reverter.revert();
    verify(libvirt.library, times(1)).virDomainSnapshotGetXMLDesc(any(), anyInt());
    unused = reverter.withSafetySnapshot().revert();
    verify(libvirt.library, times(2)).virDomainSnapshotGetXMLDesc(any(), anyInt());
    RevertPlan plan = reverter.running().plan();
    verify(libvirt.library, times(3)).virDomainSnapshotGetXMLDesc(any(), anyInt());
    assertTrue(plan.matchesTarget());
  }
}
