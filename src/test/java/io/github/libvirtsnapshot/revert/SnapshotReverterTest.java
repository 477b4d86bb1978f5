package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.RevertRiskyException;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotReverterTest extends MockedRevert {
  private static final int BOOTED = 1;
  private static final int FROM_SNAPSHOT = 4;
  private static final int FAILED = 6;

  private RevertException failure() {
    return failure(reverter);
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, false, false, 0",
    "true,  false, false, false, 1",
    "false, true,  false, false, 2",
    "false, false, true,  false, 4",
    "true,  false, true,  false, 5",
    "false, true,  true,  false, 6",
    "false, false, false, true,  8",
    "true,  false, false, true,  9",
    "false, true,  false, true,  10",
    "false, false, true,  true,  12",
    "true,  false, true,  true,  13",
    "false, true,  true,  true,  14",
  })
  void flagsArePassedToLibvirt(
      boolean running, boolean paused, boolean force, boolean resetNvram, int flags)
      throws LibvirtException {
    reverter = running ? reverter.running() : reverter;
    reverter = paused ? reverter.paused() : reverter;
    reverter = force ? reverter.force() : reverter;
    reverter = resetNvram ? reverter.resetNvram() : reverter;
    revertLeaves(paused ? PAUSED : RUNNING, FROM_SNAPSHOT);

    assertEquals(flags, reverter.revert().flags());

    verify(libvirt.library).virDomainRevertToSnapshot(libvirt.snapshot, flags);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 7, 11, 15, 99, -1, Integer.MIN_VALUE})
  void rawFlagsArePassedAndRefusedByLibvirt(int flags) {
    reverter = reverter.flags(flags);
    revertFails(ErrorNumber.VIR_ERR_INVALID_ARG, "unsupported flags");

    assertEquals(flags, failure().details().request().flags());
    assertEquals(ErrorNumber.VIR_ERR_INVALID_ARG, failure().getError().getCode());

    verify(libvirt.library, times(2)).virDomainRevertToSnapshot(libvirt.snapshot, flags);
  }

  @Test
  void flagsAreCombined() throws LibvirtException {
    reverter.flags(RevertFlag.FORCE).flags(16).running().flags().revert();

    verify(libvirt.library).virDomainRevertToSnapshot(libvirt.snapshot, 21);
  }

  @Test
  void contradictoryTypedFlagsArePassedAndRefusedByLibvirt() {
    reverter = reverter.flags(RevertFlag.RUNNING, RevertFlag.PAUSED);
    revertFails(ErrorNumber.VIR_ERR_INVALID_ARG, "mutually exclusive");

    assertEquals(3, failure().details().request().flags());
  }

  @Test
  void runningAndPausedExcludeEachOther() {
    IllegalStateException runningFirst =
        assertThrows(IllegalStateException.class, () -> reverter.running().paused());
    assertEquals(
        "PAUSED and RUNNING exclude each other, and RUNNING was requested before",
        runningFirst.getMessage());
    assertThrows(IllegalStateException.class, () -> reverter.paused().running());
    assertThrows(IllegalStateException.class, () -> reverter.flags(2).running());
    verifyNotReverted();
  }

  @Test
  void eachMethodReturnsANewReverter() throws LibvirtException {
    var unused = reverter.paused().force().resetNvram().flags(64).to("another");
    reverter.revert();

    verify(libvirt.library).virDomainRevertToSnapshot(libvirt.snapshot, 0);
    verify(libvirt.library)
        .virDomainSnapshotLookupByName(libvirt.domain, MockedLibvirt.SNAPSHOT, 0);
  }

  @Test
  void reverterCanBeReused() throws LibvirtException {
    for (int i = 0; i < 3; i++) {
      assertEquals(DomainState.RUNNING, reverter.revert().after().state());
    }
    verify(libvirt.library, times(3)).virDomainRevertToSnapshot(libvirt.snapshot, 0);
  }

  @Test
  void reportHasStatusBeforeAndAfter() throws LibvirtException {
    libvirt.setState(SHUTOFF, FAILED);
    when(libvirt.library.virDomainSnapshotCurrent(any(), anyInt()))
        .thenReturn(null, libvirt.snapshot);
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "no current snapshot");
    when(libvirt.library.virDomainHasManagedSaveImage(any(), anyInt())).thenReturn(1, 0);
    revertLeaves(RUNNING, FROM_SNAPSHOT);

    RevertReport report = reverter.revert();

    assertEquals("web01", report.domain());
    assertEquals("clean", report.snapshot());
    assertEquals(DomainState.SHUTOFF, report.before().state());
    assertEquals(StateReason.SHUTOFF_FAILED, report.before().reason());
    assertEquals(Optional.empty(), report.before().currentSnapshot());
    assertTrue(report.before().managedSave());
    assertTrue(report.before().persistent());
    assertEquals(DomainState.RUNNING, report.after().state());
    assertEquals(StateReason.RUNNING_FROM_SNAPSHOT, report.after().reason());
    assertEquals(Optional.of("clean"), report.after().currentSnapshot());
    assertEquals(false, report.after().managedSave());
    assertTrue(report.elapsed().toNanos() > 0);
  }

  @Test
  void logsOneLineBeforeAndOneAfter() throws LibvirtException {
    libvirt.setState(PAUSED, 1);
    revertLeaves(RUNNING, FROM_SNAPSHOT);

    RevertReport report = reverter.running().force().revert();

    assertEquals(
        List.of(
            "INFO reverting domain \"web01\" to snapshot \"clean\" (flags = RUNNING|FORCE): the"
                + " domain is paused (user)",
            "INFO reverted domain \"web01\" to snapshot \"clean\" (flags = RUNNING|FORCE) in "
                + report.elapsed().toMillis()
                + " ms: the domain is running (from snapshot)"),
        log.lines());
    assertEquals("INFO " + report, log.lines().get(1));
  }

  @Test
  void remainingManagedSaveImageIsLogged() throws LibvirtException {
    when(libvirt.library.virDomainHasManagedSaveImage(any(), anyInt())).thenReturn(1);

    reverter.revert();

    assertTrue(
        log.lines()
            .get(1)
            .endsWith(
                ": the domain is running (booted); warning: the managed save image still exists,"
                    + " and the next start would restore it: remove it with managedSaveRemove(),"
                    + " or: virsh managedsave-remove web01"),
        log.lines().get(1));
  }

  @Test
  void failureLogsOneWarning() {
    revertFails(ErrorNumber.VIR_ERR_OPERATION_FAILED, "no\u001b[2J such\nINFO file");
    libvirt.setState(RUNNING, BOOTED);

    RevertException failure = failure();

    assertEquals(
        List.of(
            "INFO reverting domain \"web01\" to snapshot \"clean\" (flags = none): the domain is"
                + " running (booted)",
            "WARNING reverting domain \"web01\" to snapshot \"clean\" (flags = none) failed:"
                + " no\\u001b[2J such\\nINFO file [VIR_ERR_OPERATION_FAILED 9, VIR_FROM_QEMU"
                + " 10]; the domain was running (booted) and is now running (booted)"),
        log.lines());
    assertEquals("no\u001b[2J such\nINFO file", failure.getError().getMessage());
  }

  @Test
  void namesAreEscapedInLog() throws LibvirtException {
    String hostileName = "a\"\nWARNING b\u2028\u202ec\\";
    when(libvirt.library.virDomainGetName(libvirt.domain)).thenReturn(hostileName);
    when(libvirt.library.virDomainSnapshotGetName(any())).thenReturn(hostileName);
    try (Domain hostile = libvirt.open()) {
      SnapshotReverter.of(hostile).to(hostileName).revert();
    }

    String escaped = "\"a\\\"\\nWARNING b\\u2028\\u202ec\\\\\"";
    assertEquals(2, log.lines().size());
    for (String line : log.lines()) {
      assertTrue(line.contains("domain " + escaped + " to snapshot " + escaped), line);
    }
  }

  @Test
  void failureHasStatusAfter() {
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setState(SHUTOFF, FAILED);
              libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_FAILED, "cannot start");
              return -1;
            });

    RevertException failure = failure();

    assertEquals(RevertOutcome.FAILED, failure.outcome());
    assertEquals(DomainState.RUNNING, failure.details().before().orElseThrow().state());
    assertEquals(DomainState.SHUTOFF, failure.details().after().orElseThrow().state());
    assertEquals("web01", failure.details().request().domain());
    assertEquals(Optional.of("clean"), failure.details().request().snapshot());
    assertEquals(ErrorNumber.VIR_ERR_OPERATION_FAILED, failure.getError().getCode());
  }

  @Test
  void riskyRevertStatesHowToForce() {
    revertFails(ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, "revert requires force: it is old");

    RevertException failure = failure();

    assertInstanceOf(RevertRiskyException.class, failure.getCause());
    assertTrue(
        failure
            .getMessage()
            .contains(
                "revert requires force: it is old (to accept the risk, revert with force:"
                    + " force(), or: revert-domain --force)"),
        failure.getMessage());
    assertEquals("revert requires force: it is old", failure.getError().getMessage());
  }

  @Test
  void failureStatesThatDomainNoLongerExists() {
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN, "no domain");
              libvirt.failToReadState();
              return -1;
            });

    RevertException failure = failure();

    assertEquals(RevertOutcome.FAILED, failure.outcome());
    assertEquals(Optional.empty(), failure.details().after());
    assertTrue(failure.getMessage().endsWith("and no longer exists"), failure.getMessage());
    assertInstanceOf(NoSuchDomainException.class, failure.getSuppressed()[0]);
  }

  @Test
  void outcomeIsUnknownIfStatusCannotBeReadAfterFailure() {
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setError(ErrorNumber.VIR_ERR_SYSTEM_ERROR, "End of file");
              libvirt.failToReadState();
              return -1;
            });

    RevertException failure = failure();

    assertEquals(RevertOutcome.UNKNOWN, failure.outcome());
    assertEquals(DomainState.RUNNING, failure.details().before().orElseThrow().state());
    assertEquals(Optional.empty(), failure.details().after());
    assertTrue(
        failure
            .getMessage()
            .endsWith(
                "and is now in an unknown state: End of file [VIR_ERR_SYSTEM_ERROR 38,"
                    + " VIR_FROM_QEMU 10]; to resolve the outcome: resolveOutcome(connect) on a"
                    + " new connection, or: virsh domstate --reason "
                    + MockedLibvirt.UUID),
        failure.getMessage());
  }

  @Test
  void outcomeIsUnknownIfStatusCannotBeReadAfterSuccess() {
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.failToReadState();
              return 0;
            });

    assertEquals(RevertOutcome.UNKNOWN, failure().outcome());
  }

  @Test
  void handleMayBeClosedDuringRevert() throws LibvirtException {
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              domain.close();
              return 0;
            });

    assertEquals(DomainState.RUNNING, reverter.revert().after().state());
    assertThrows(IllegalStateException.class, reverter::revert);
    assertThrows(IllegalStateException.class, reverter::plan);
  }

  @ParameterizedTest
  @CsvSource({
    "running, 0, 1",
    "running, 1, 1",
    "running, 2, 3",
    "paused, 0, 3",
    "paused, 1, 1",
    "paused, 2, 3",
    "shutoff, 0, 5",
    "shutdown, 0, 5",
    "crashed, 0, 5",
    "disk-snapshot, 0, 5",
    "shutoff, 1, 1",
    "shutoff, 2, 3",
  })
  void revertMustLeaveTargetState(String snapshotState, int flags, int target)
      throws LibvirtException {
    libvirt.takenWhile(snapshotState);
    reverter = reverter.flags(flags);
    for (int state = 0; state < 8; state++) {
      revertLeaves(state, 0);
      if (state == target) {
        assertEquals(state, reverter.revert().after().stateAndReason().rawState());
      } else {
        RevertException failure = failure();
        assertEquals(RevertOutcome.WRONG_STATE, failure.outcome());
        assertEquals(state, failure.details().after().orElseThrow().stateAndReason().rawState());
        assertEquals(ErrorNumber.VIR_ERR_OK, failure.getError().getCode());
        assertEquals(null, failure.getCause());
      }
    }
  }

  @Test
  void wrongStateMessageNamesBothStates() {
    revertLeaves(SHUTOFF, 7);

    reverter = reverter.running();
    assertEquals(
        "reverting domain \"web01\" to snapshot \"clean\" (flags = RUNNING) left another state:"
            + " libvirt reported success, but the domain is now shut off (from snapshot) instead"
            + " of running; before, it was running (booted); way out: add enforcingState(), or:"
            + " revert-domain --enforce-state",
        failure().getMessage());
  }

  @Test
  void eachStateIsAcceptedAfterPmsuspendedSnapshot() throws LibvirtException {
    libvirt.takenWhile("pmsuspended");
    revertLeaves(RUNNING, 0);

    assertEquals(DomainState.RUNNING, reverter.revert().after().state());
  }

  @Test
  void revertIsNotStartedIfSnapshotIsMissing() {
    when(libvirt.library.virDomainSnapshotLookupByName(any(), eq("gone"), anyInt()))
        .thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "no domain snapshot 'gone'");
    reverter = reverter.to("gone");

    RevertException failure = failure();

    assertEquals(RevertOutcome.NOT_STARTED, failure.outcome());
    assertInstanceOf(NoSuchSnapshotException.class, failure.getCause());
    assertEquals(failure.details().before(), failure.details().after());
    assertEquals(
        List.of(
            "WARNING reverting domain \"web01\" to snapshot \"gone\" (flags = none) was not"
                + " started: no domain snapshot 'gone' [VIR_ERR_NO_DOMAIN_SNAPSHOT 72,"
                + " VIR_FROM_QEMU 10]; the domain has no snapshots"),
        log.lines());
    verifyNotReverted();
  }

  @Test
  void missingSnapshotIsReportedWithTheExistingSnapshots() throws LibvirtException {
    FakeLibvirt fake = new FakeLibvirt();
    fake.addDomain("web01", DomainState.RUNNING)
        .addSnapshot("clean-install", DomainState.RUNNING)
        .addSnapshot("before-upgrade", DomainState.RUNNING);
    String message =
        "reverting domain \"web01\" to snapshot \"clean-instal\" (flags = none) was not started:"
            + " Domain snapshot not found: no domain snapshot with matching name 'clean-instal'"
            + " [VIR_ERR_NO_DOMAIN_SNAPSHOT 72, VIR_FROM_QEMU 10]; the snapshots are"
            + " \"before-upgrade\", \"clean-install\"";
    try (Connect connect = fake.connect();
        Domain web01 = connect.domainLookupByName("web01")) {
      SnapshotReverter mistyped = SnapshotReverter.of(web01).to("clean-instal");

      assertEquals(message, failure(mistyped).getMessage());
      assertEquals(message, failure(mistyped.guarded()).getMessage());
      assertEquals(message, assertThrows(RevertException.class, mistyped::plan).getMessage());
    }
  }

  @Test
  void missingSnapshotIsReportedIfTheSnapshotsCannotBeListed() {
    when(libvirt.library.virDomainSnapshotLookupByName(any(), eq("gone"), anyInt()))
        .thenReturn(null);
    when(libvirt.library.virDomainListAllSnapshots(any(), any(), anyInt())).thenReturn(-1);
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "no domain snapshot 'gone'");
    reverter = reverter.to("gone");

    assertTrue(
        failure().getMessage().endsWith(" [VIR_ERR_NO_DOMAIN_SNAPSHOT 72, VIR_FROM_QEMU 10]"));
  }

  @Test
  void revertIsNotStartedIfDomainCannotBeRead() {
    libvirt.failToReadState();
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN, "no domain");

    RevertException failure = failure();

    assertEquals(RevertOutcome.NOT_STARTED, failure.outcome());
    assertEquals(Optional.empty(), failure.details().before());
    verifyNotReverted();
  }

  @Test
  void revertIsNotStartedIfSnapshotXmlCannotBeRead() {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt())).thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "deleted meanwhile");

    assertEquals(RevertOutcome.NOT_STARTED, failure().outcome());
    verifyNotReverted();
  }

  @Test
  void currentSnapshotIsLookedUpForEachRun() throws LibvirtException {
    reverter = SnapshotReverter.of(domain).toCurrent();

    assertEquals("clean", reverter.revert().snapshot());

    verify(libvirt.library).virDomainSnapshotLookupByName(any(), eq("clean"), anyInt());
    verify(libvirt.library, times(2)).virDomainSnapshotCurrent(any(), anyInt());
  }

  @Test
  void revertIsNotStartedIfNoSnapshotIsCurrent() {
    when(libvirt.library.virDomainSnapshotCurrent(any(), anyInt())).thenReturn(null);
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "no current snapshot");
    reverter = reverter.toCurrent();

    RevertException failure = failure();

    assertEquals(RevertOutcome.NOT_STARTED, failure.outcome());
    assertEquals(Optional.empty(), failure.details().request().snapshot());
    assertTrue(
        failure.getMessage().contains("domain \"web01\" has no current snapshot"),
        failure.getMessage());
  }

  @Test
  void snapshotHandleStaysOpenAndMayBeClosed() throws LibvirtException {
    SnapshotReverter toSnapshot;
    try (DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
      toSnapshot = reverter.to(snapshot);
      toSnapshot.revert();

      assertEquals("clean", snapshot.getName());
    }
    assertEquals("clean", toSnapshot.revert().snapshot());
  }

  @Test
  void snapshotOfAnotherDomainIsRefused() throws LibvirtException {
    try (DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
      when(libvirt.library.virConnectOpen(any()))
          .thenReturn(new ConnectPointer(new Pointer(0x1001)));
      try (Domain elsewhere = libvirt.open()) {
        IllegalArgumentException refusal =
            assertThrows(
                IllegalArgumentException.class, () -> SnapshotReverter.of(elsewhere).to(snapshot));
        assertTrue(refusal.getMessage().startsWith("snapshot \"clean\" does not belong to domain"));
      }
    }
  }

  @Test
  void revertRequiresASnapshot() {
    IllegalStateException refusal =
        assertThrows(
            IllegalStateException.class, () -> SnapshotReverter.of(domain).force().revert());
    assertEquals(
        "no snapshot is selected for domain \"web01\": call to(name), to(condition),"
            + " toNewest(), toCurrent() or toParent()",
        refusal.getMessage());
  }

  @Test
  void textHasDomainSnapshotAndFlags() {
    assertEquals(
        "SnapshotReverter[domain \"web01\", snapshot \"cl\\nean\", flags = RUNNING|FORCE]",
        reverter.to("cl\nean").running().force().toString());
    assertEquals(
        "SnapshotReverter[domain \"web01\", current snapshot, flags = none]",
        reverter.toCurrent().toString());
    assertEquals(
        "SnapshotReverter[domain \"web01\", no snapshot, flags = none]",
        SnapshotReverter.of(domain).toString());
  }

  @Test
  void refusalOfNullNamesTheArgument() {
    assertEquals(
        "domain is null",
        assertThrows(NullPointerException.class, () -> SnapshotReverter.of(null)).getMessage());
    assertEquals(
        "snapshotName is null",
        assertThrows(NullPointerException.class, () -> reverter.to((String) null)).getMessage());
    assertEquals(
        "snapshot is null",
        assertThrows(NullPointerException.class, () -> reverter.to((DomainSnapshot) null))
            .getMessage());
  }
}
