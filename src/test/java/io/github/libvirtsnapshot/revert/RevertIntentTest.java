package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.contains;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.verifyNoMoreInteractions;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.virDomainJobInfo;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mockito.InOrder;
import org.mockito.Mockito;

/** Writes intents to a journal and resolves their outcomes, on a mock. */
class RevertIntentTest extends MockedRevert {
  private static final String SAFETY =
      "before-revert-2026-01-02T03-04-05.678Z-0f8fad5b-d9cb-469f-a165-70867728950e";

  private final List<RevertIntent> written = new ArrayList<>();

  @Test
  void intentIsWrittenOnceBeforeAnyChange() throws Exception {
    RevertJournal journal = Mockito.mock(RevertJournal.class);
    RevertReport report = reverter.running().withSafetySnapshot().withJournal(journal).revert();

    RevertIntent expected =
        new RevertIntent(report.request(), report.before(), report.safetySnapshot());
    InOrder inOrder = Mockito.inOrder(journal, libvirt.library);
    inOrder.verify(journal).write(expected);
    inOrder.verify(libvirt.library).virDomainSnapshotCreateXML(any(), anyString(), anyInt());
    inOrder.verify(libvirt.library).virDomainRevertToSnapshot(any(), anyInt());
    verifyNoMoreInteractions(journal);
  }

  @Test
  void retriesShareOneIntent() throws Exception {
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "busy");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt())).thenReturn(-1, 0);
    RevertReport report = reverter.retrying(2, Duration.ZERO).withJournal(written::add).revert();

    assertEquals(2, report.attempts().size());
    assertEquals(
        List.of(new RevertIntent(report.request(), report.before(), Optional.empty())), written);
  }

  @Test
  void revertIsNotStartedIfTheJournalFails() {
    Exception full = new Exception("the disk is full");
    RevertException failure =
        failure(
            reverter
                .withSafetySnapshot()
                .withJournal(
                    intent -> {
                      throw full;
                    }));

    assertEquals(RevertOutcome.NOT_STARTED, failure.outcome());
    assertSame(full, failure.getCause());
    assertEquals(
        "reverting domain \"web01\" to snapshot \"clean\" (flags = none) was not started: the"
            + " journal could not be written: java.lang.Exception: the disk is full",
        failure.getMessage());
    assertEquals(Optional.empty(), failure.details().safetySnapshot());
    verify(libvirt.library, never()).virDomainSnapshotCreateXML(any(), anyString(), anyInt());
    verifyNotReverted();
  }

  @Test
  void interruptInJournalStaysSet() {
    RevertException failure =
        failure(
            reverter.withJournal(
                intent -> {
                  throw new InterruptedException("stop");
                }));

    assertTrue(Thread.interrupted());
    assertEquals(RevertOutcome.NOT_STARTED, failure.outcome());
  }

  @Test
  void refusedRevertWritesNoIntent() {
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "none");
    when(libvirt.library.virDomainSnapshotLookupByName(any(), anyString(), anyInt()))
        .thenReturn(null);

    assertEquals(RevertOutcome.NOT_STARTED, failure(reverter.withJournal(written::add)).outcome());
    assertEquals(List.of(), written);
  }

  private static RevertIntent intent(
      int id, StateReason reason, String current, Optional<String> safety) {
    return new RevertIntent(
        new RevertRequest(
            MockedLibvirt.DOMAIN,
            "6695eb01-f6a4-8304-79aa-97f2502e193f",
            Optional.of(MockedLibvirt.SNAPSHOT),
            1,
            Optional.of(DomainState.RUNNING)),
        new DomainStatus(
            StateAndReason.of(reason),
            id < 0 ? OptionalInt.empty() : OptionalInt.of(id),
            Optional.of(current),
            true,
            false),
        safety);
  }

  private void setStatus(int id, StateReason reason, String current) {
    libvirt.setState(reason.state().value(), reason.value());
    when(libvirt.library.virDomainGetID(any())).thenReturn(id);
    when(libvirt.library.virDomainSnapshotGetName(any())).thenReturn(current);
  }

  /** The target is the snapshot "clean"; "other" is another snapshot. */
  @ParameterizedTest
  @CsvSource({
    // QEMU's driver starts another process
    "QEMU, 9000000, 7, RUNNING_BOOTED,        other, 7, RUNNING_BOOTED,        other, UNCHANGED",
    "QEMU, 9000000, 7, RUNNING_FROM_SNAPSHOT, clean, 7, RUNNING_FROM_SNAPSHOT, clean, UNCHANGED",
    "QEMU, 9000000, 7, RUNNING_FROM_SNAPSHOT, other, 7, RUNNING_FROM_SNAPSHOT, clean, UNCHANGED",
    "QEMU, 9000000, 7, RUNNING_BOOTED,        other, 7, PAUSED_USER,           other,"
        + " INDETERMINATE",
    "QEMU, 9000000, 7, RUNNING_BOOTED,        other, 8, RUNNING_BOOTED,        clean, REVERTED",
    "QEMU, 9000000, 7, RUNNING_BOOTED,        clean, 8, RUNNING_FROM_SNAPSHOT, clean, REVERTED",
    "QEMU, 9000000, 7, RUNNING_FROM_SNAPSHOT, clean, 8, RUNNING_FROM_SNAPSHOT, clean, REVERTED",
    "QEMU, 9000000, 7, RUNNING_BOOTED,        clean, 8, RUNNING_BOOTED,        clean,"
        + " INDETERMINATE",
    "QEMU, 9000000, 7, RUNNING_BOOTED,        other, 8, RUNNING_BOOTED,        other,"
        + " INDETERMINATE",
    "QEMU, 9000000, 7, RUNNING_BOOTED,       other, -1, SHUTOFF_FAILED,        other,"
        + " INDETERMINATE",
    "QEMU, 9000000, -1, SHUTOFF_SHUTDOWN,     clean, 8, RUNNING_FROM_SNAPSHOT, clean, REVERTED",
    // QEMU's driver before 8.0 reverts within the process
    "QEMU, 7000000, 7, RUNNING_BOOTED,        other, 7, RUNNING_BOOTED,        other, UNCHANGED",
    "QEMU, 7000000, 7, RUNNING_BOOTED,        other, 7, RUNNING_FROM_SNAPSHOT, clean, REVERTED",
    "QEMU, 7000000, 7, RUNNING_BOOTED,        clean, 7, RUNNING_FROM_SNAPSHOT, clean, REVERTED",
    "QEMU, 7000000, 7, RUNNING_FROM_SNAPSHOT, other, 7, RUNNING_FROM_SNAPSHOT, clean, REVERTED",
    "QEMU, 7000000, 7, RUNNING_FROM_SNAPSHOT, clean, 7, RUNNING_FROM_SNAPSHOT, clean,"
        + " INDETERMINATE",
    "QEMU, 7000000, 7, RUNNING_BOOTED,        other, 7, RUNNING_FROM_SNAPSHOT, other,"
        + " INDETERMINATE",
    // the test driver before 8.0 does the same; since 8.0, its domain has no ID after a revert
    "TEST, 7000000, 1, RUNNING_BOOTED,        other, 1, RUNNING_BOOTED,        other, UNCHANGED",
    "TEST, 7000000, 1, RUNNING_BOOTED,        other, 1, RUNNING_FROM_SNAPSHOT, clean, REVERTED",
    "TEST, 9000000, 1, RUNNING_BOOTED,        other, 1, RUNNING_BOOTED,        other, UNCHANGED",
    "TEST, 9000000, 1, RUNNING_BOOTED,       other, -1, RUNNING_FROM_SNAPSHOT, clean, REVERTED",
    "TEST, 9000000, -1, RUNNING_FROM_SNAPSHOT, other, -1, RUNNING_FROM_SNAPSHOT, clean, REVERTED",
    "TEST, 9000000, -1, RUNNING_FROM_SNAPSHOT, clean, -1, RUNNING_FROM_SNAPSHOT, clean,"
        + " INDETERMINATE",
  })
  void outcomeIsResolvedFromStatus(
      String driver,
      long version,
      int idBefore,
      StateReason before,
      String currentBefore,
      int id,
      StateReason now,
      String current,
      Verdict expected)
      throws Exception {
    when(libvirt.library.virConnectGetType(any())).thenReturn(driver);
    libvirt.setLibvirtVersion(version);
    setStatus(id, now, current);
    try (Connect connect = libvirt.connect()) {
      ResolvedOutcome outcome =
          intent(idBefore, before, currentBefore, Optional.empty())
              .resolveOutcome(connect)
              .orElseThrow();

      assertEquals(expected, outcome.verdict());
      assertEquals(now, outcome.now().orElseThrow().reason());
    }
  }

  /** The safety snapshot was the current snapshot until the revert was done. */
  @ParameterizedTest
  @CsvSource({
    "true,  clean, REVERTED",
    "false, clean, INDETERMINATE",
    "true,  other, INDETERMINATE",
  })
  void safetySnapshotHelpsToResolveOutcome(boolean exists, String current, Verdict expected)
      throws Exception {
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "none");
    when(libvirt.library.virDomainSnapshotLookupByName(any(), eq(SAFETY), anyInt()))
        .then(call -> exists ? new DomainSnapshotPointer(new Pointer(0x5000)) : null);
    setStatus(8, StateReason.RUNNING_BOOTED, current);
    try (Connect connect = libvirt.connect()) {
      RevertIntent intent = intent(-1, StateReason.SHUTOFF_SHUTDOWN, "clean", Optional.of(SAFETY));
      assertEquals(expected, intent.resolveOutcome(connect).orElseThrow().verdict());
    }
  }

  private void domainHasJob(int type) {
    doAnswer(
            call -> {
              call.<virDomainJobInfo>getArgument(1).getPointer().setInt(0, type);
              return 0;
            })
        .when(libvirt.library)
        .virDomainGetJobInfo(any(), any());
  }

  @Test
  void outcomeIsNotResolvedDuringJobOrStart() throws Exception {
    RevertIntent intent =
        intent(7, StateReason.RUNNING_BOOTED, MockedLibvirt.SNAPSHOT, Optional.empty());
    when(libvirt.library.virDomainIsActive(any())).thenReturn(1);
    try (Connect connect = libvirt.connect()) {
      domainHasJob(2);
      assertEquals(Optional.empty(), intent.resolveOutcome(connect));
      assertEquals(Optional.empty(), intent.awaitOutcome(connect, Duration.ZERO));
      domainHasJob(0);
      libvirt.setState(PAUSED, 11);
      assertEquals(Optional.empty(), intent.resolveOutcome(connect));
      libvirt.setState(RUNNING, 1);
      assertEquals(Verdict.UNCHANGED, intent.resolveOutcome(connect).orElseThrow().verdict());
    }
  }

  @Test
  void awaitOutcomeNeedsTheSameStatusTwice() throws Exception {
    RevertIntent intent = intent(7, StateReason.RUNNING_BOOTED, "other", Optional.empty());
    setStatus(7, StateReason.RUNNING_BOOTED, "other");
    when(libvirt.library.virDomainGetID(any())).thenReturn(7, 8);
    try (Connect connect = libvirt.connect()) {
      Optional<ResolvedOutcome> outcome = intent.awaitOutcome(connect, Duration.ofSeconds(30));
      assertEquals(8, outcome.orElseThrow().now().orElseThrow().id().orElseThrow());

      when(libvirt.library.virDomainGetID(any())).thenReturn(9, 10, 11, 12);
      assertEquals(Optional.empty(), intent.awaitOutcome(connect, Duration.ofMillis(1_500)));
    }
  }

  @Test
  void outcomeOfMissingDomainIsIndeterminate() throws Exception {
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN, "gone");
    when(libvirt.library.virDomainLookupByUUIDString(any(), anyString())).thenReturn(null);
    try (Connect connect = libvirt.connect()) {
      assertEquals(
          Optional.of(new ResolvedOutcome(Verdict.INDETERMINATE, Optional.empty())),
          intent(7, StateReason.RUNNING_BOOTED, "other", Optional.empty()).resolveOutcome(connect));
    }
  }

  @Test
  void negativeTimeLimitIsRefused() {
    RevertIntent intent = intent(7, StateReason.RUNNING_BOOTED, "other", Optional.empty());
    assertEquals(
        "atMost is -1 s; the range is from zero to about 292 years",
        assertThrows(
                IllegalArgumentException.class,
                () -> intent.awaitOutcome(null, Duration.ofSeconds(-1)))
            .getMessage());
  }

  @Test
  void safetySnapshotOfIntentIsDeleted() throws Exception {
    try (Connect connect = libvirt.connect()) {
      intent(7, StateReason.RUNNING_BOOTED, "other", Optional.empty())
          .deleteSafetySnapshot(connect);
      verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());

      RevertIntent withSafetySnapshot =
          intent(7, StateReason.RUNNING_BOOTED, "other", Optional.of(SAFETY));
      withSafetySnapshot.deleteSafetySnapshot(connect);
      verify(libvirt.library).virDomainSnapshotLookupByName(any(), contains(SAFETY), anyInt());
      verify(libvirt.library).virDomainSnapshotDelete(any(), anyInt());

      libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
      when(libvirt.library.virDomainSnapshotDelete(any(), anyInt())).thenReturn(-1);
      assertThrows(LibvirtException.class, () -> withSafetySnapshot.deleteSafetySnapshot(connect));
    }
  }
}
