package io.github.libvirtsnapshot.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.Exceptions;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.StateCorrection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RevertResultBuilderTest {
  private static RevertResultBuilder revert() {
    return RevertResultBuilder.of("web01", "clean-install");
  }

  @Test
  void report_byDefault_isOfARunningDomain() {
    RevertReport report = revert().report();

    assertEquals(RevertOutcome.REVERTED, report.outcome());
    assertEquals("web01", report.domain());
    assertEquals("clean-install", report.snapshot());
    assertEquals(0, report.flags());
    assertEquals(Optional.of(DomainState.RUNNING), report.request().targetState());
    assertEquals(DomainState.RUNNING, report.before().state());
    assertEquals(DomainState.RUNNING, report.after().state());
    assertEquals(Optional.of("clean-install"), report.after().currentSnapshot());
    assertEquals(Duration.ofSeconds(1), report.elapsed());
    assertEquals(Optional.empty(), report.guest());
    assertEquals(Optional.empty(), report.safetySnapshot());
    assertEquals(report, revert().report());
  }

  @Test
  void report_hasWhatWasSet() {
    RestoredPart memory = RestoredPart.certain("memory");
    GuestStatus guest = GuestStatus.responded(Duration.ofSeconds(2), true);
    RevertReport report =
        revert()
            .requested(DomainState.PAUSED)
            .before(DomainState.SHUTOFF)
            .elapsed(Duration.ofSeconds(3))
            .corrections(StateCorrection.SUSPENDED)
            .contents(memory)
            .guest(guest)
            .withSafetySnapshot()
            .report();

    assertEquals(RevertFlag.PAUSED.value(), report.flags());
    assertEquals(Optional.of(DomainState.PAUSED), report.request().targetState());
    assertEquals(DomainState.SHUTOFF, report.before().state());
    assertEquals(false, report.before().isActive());
    assertEquals(DomainState.PAUSED, report.after().state());
    assertEquals(Duration.ofSeconds(3), report.elapsed());
    assertEquals(List.of(StateCorrection.SUSPENDED), report.corrections());
    assertEquals(List.of(memory), report.contents());
    assertEquals(Optional.of(guest), report.guest());
    assertEquals(true, report.safetySnapshot().orElseThrow().startsWith("before-revert-"));
  }

  @Test
  void report_ofAPoweredOffSnapshot_targetsTheStateAfter() {
    RevertReport report = revert().after(DomainState.SHUTOFF).report();

    assertEquals(DomainState.SHUTOFF, report.after().state());
    assertEquals(Optional.of(DomainState.SHUTOFF), report.request().targetState());
  }

  @Test
  void exception_hasTheErrorAsCauseAndInItsAttempt() {
    RevertException failure =
        revert()
            .after(DomainState.SHUTOFF)
            .failed(RevertOutcome.FAILED, ErrorNumber.VIR_ERR_INTERNAL_ERROR, "no such image")
            .exception();

    assertEquals(RevertOutcome.FAILED, failure.outcome());
    assertEquals(ErrorNumber.VIR_ERR_INTERNAL_ERROR, failure.getError().getCode());
    assertEquals("no such image", failure.getCause().getMessage());
    assertEquals(
        "reverting domain \"web01\" to snapshot \"clean-install\" (flags = none) ended in FAILED:"
            + " no such image",
        failure.getMessage());
    assertEquals(Optional.of(failure.getError()), failure.details().attempts().get(0).error());
    assertEquals(
        Optional.of(DomainState.SHUTOFF), failure.details().after().map(DomainStatus::state));
  }

  @Test
  void exception_withoutAnErrorOfLibvirt_hasNoCause() {
    RevertException failure = revert().failed(RevertOutcome.WRONG_STATE, "shut off").exception();

    assertEquals(ErrorNumber.VIR_ERR_OK, failure.getError().getCode());
    assertNull(failure.getCause());
    assertEquals(Optional.of(DomainState.RUNNING), failure.details().request().targetState());
    assertEquals(
        Optional.of(DomainState.SHUTOFF), failure.details().after().map(DomainStatus::state));
  }

  @ParameterizedTest
  @EnumSource(value = ErrorNumber.class, names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void cause_hasTheTypeThatTheHandlesThrow(ErrorNumber code) {
    LibvirtException thrown = Exceptions.of(LibvirtError.of(code, ErrorDomain.VIR_FROM_QEMU, "no"));

    assertEquals(
        thrown.getClass(),
        revert().failed(RevertOutcome.FAILED, code, "no").exception().getCause().getClass());
  }

  @ParameterizedTest
  @EnumSource(value = RevertOutcome.class, names = "REVERTED", mode = EnumSource.Mode.EXCLUDE)
  void exception_ofEachOutcome_hasFittingDetails(RevertOutcome outcome) {
    RevertException failure =
        revert().failed(outcome, ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "gone").exception();

    assertEquals(outcome, failure.outcome());
    assertInstanceOf(NoSuchSnapshotException.class, failure.getCause());
    assertEquals(outcome != RevertOutcome.NOT_STARTED, failure.details().begun().isPresent());
    boolean unanswered =
        outcome == RevertOutcome.NOT_STARTED
            || outcome == RevertOutcome.UNKNOWN
            || outcome == RevertOutcome.IN_PROGRESS;
    assertEquals(unanswered ? 0 : 1, failure.details().attempts().size());
    assertEquals(
        outcome != RevertOutcome.UNKNOWN && outcome != RevertOutcome.IN_PROGRESS,
        failure.details().after().isPresent());
    assertEquals(outcome.isReverted(), failure.report().isPresent());
    assertEquals(
        outcome == RevertOutcome.GUEST_SILENT || outcome == RevertOutcome.CLOCK_NOT_SET,
        failure.details().guest().isPresent());
    assertEquals(
        outcome == RevertOutcome.ROLLBACK_FAILED, failure.details().safetySnapshot().isPresent());
    if (outcome.isReverted()) {
      assertEquals(failure.report().orElseThrow(), revertWith(outcome).report());
      assertEquals(
          outcome == RevertOutcome.CLOCK_NOT_SET,
          failure.details().guest().filter(GuestStatus::responded).isPresent());
      assertEquals(Optional.empty(), failure.details().attempts().get(0).error());
    } else {
      assertThrows(IllegalStateException.class, () -> revertWith(outcome).report());
    }
  }

  private static RevertResultBuilder revertWith(RevertOutcome outcome) {
    return revert().failed(outcome, ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "gone");
  }

  @Test
  void wrongUse_isRefused() {
    assertThrows(IllegalStateException.class, () -> revert().exception());
    assertThrows(
        IllegalArgumentException.class, () -> revert().failed(RevertOutcome.REVERTED, "no"));
    assertThrows(IllegalArgumentException.class, () -> revert().requested(DomainState.SHUTOFF));
    assertThrows(
        IllegalArgumentException.class, () -> revert().safetySnapshot("clean-install").details());
  }
}
