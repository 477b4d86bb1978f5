package io.github.libvirtsnapshot.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.fleet.UndoWork.Undone;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import io.github.libvirtsnapshot.testing.RevertResultBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the entry of a domain says that the domain is now. */
class FleetEntryTest {
  private static LibvirtException failure(RevertOutcome outcome) {
    return RevertResultBuilder.of("web01", "clean")
        .withSafetySnapshot()
        .failed(outcome, "boom")
        .exception();
  }

  private static FleetEntry entry(LibvirtException failure, Optional<Verdict> verdict) {
    return entry(failure, verdict, Optional.empty());
  }

  private static FleetEntry entry(
      LibvirtException failure, Optional<Verdict> verdict, Optional<LibvirtException> again) {
    return new FleetEntry(
        "h1",
        Optional.of("web01"),
        Optional.empty(),
        Optional.of(failure),
        verdict.map(known -> new ResolvedOutcome(known, Optional.empty())),
        again,
        List.of());
  }

  private static Set<RevertOutcome> failures() {
    return Arrays.stream(RevertOutcome.values())
        .filter(outcome -> outcome != RevertOutcome.REVERTED)
        .collect(Collectors.toSet());
  }

  @Test
  void onlyCertainOutcomesAreAsBefore() {
    assertEquals(
        Set.of(RevertOutcome.NOT_STARTED, RevertOutcome.FAILED, RevertOutcome.ROLLED_BACK),
        failures().stream()
            .filter(outcome -> entry(failure(outcome), Optional.empty()).isAsBefore())
            .collect(Collectors.toSet()));
    assertTrue(entry(new NotStartedException("down"), Optional.empty()).isAsBefore());
  }

  @Test
  void resolvedOutcomeDecides() {
    LibvirtException unknown = failure(RevertOutcome.UNKNOWN);

    assertTrue(entry(unknown, Optional.of(Verdict.UNCHANGED)).isAsBefore());
    assertFalse(entry(unknown, Optional.of(Verdict.INDETERMINATE)).isAsBefore());
    assertFalse(entry(unknown, Optional.of(Verdict.REVERTED)).isAsBefore());
    assertTrue(entry(unknown, Optional.of(Verdict.REVERTED)).isReverted());
  }

  /**
   * The safety snapshot may have paused the guest, and a revert that failed may have stopped it.
   */
  @ParameterizedTest
  @EnumSource(names = {"NOT_STARTED", "FAILED"})
  void guestInAnotherStateIsNotAsBefore(RevertOutcome outcome) {
    LibvirtException paused =
        RevertResultBuilder.of("web01", "clean")
            .after(DomainState.PAUSED)
            .failed(outcome, "boom")
            .exception();

    assertFalse(entry(paused, Optional.empty()).isAsBefore());
  }

  @Test
  void revertsThatMayHaveHappenedAreUndone() {
    assertEquals(
        Set.of(
            RevertOutcome.LINKS_NOT_SET,
            RevertOutcome.NOT_RESUMED,
            RevertOutcome.GUEST_SILENT,
            RevertOutcome.CLOCK_NOT_SET,
            RevertOutcome.UNKNOWN,
            RevertOutcome.ROLLBACK_FAILED),
        failures().stream()
            .filter(outcome -> entry(failure(outcome), Optional.empty()).isUndoneWithOthers())
            .collect(Collectors.toSet()));
  }

  @Test
  void revertOfAnEarlierRunIsNotUndone() {
    assertFalse(
        entry(
                failure(RevertOutcome.UNKNOWN),
                Optional.empty(),
                Optional.of(new NotStartedException("down")))
            .isUndoneWithOthers());
  }

  /** The deadline passed; the guest is awaited, or it was not resumed yet. */
  @Test
  void revertInProgressIsDoneIfTheDomainAfterItIsKnown() {
    assertTrue(inProgress(Optional.of(DomainState.RUNNING)).isReverted());
    assertTrue(inProgress(Optional.of(DomainState.PAUSED)).isReverted());
    assertFalse(inProgress(Optional.empty()).isReverted());
  }

  private static DomainResult<Void> inProgress(Optional<DomainState> after) {
    RevertResultBuilder builder =
        RevertResultBuilder.of("web01", "clean").failed(RevertOutcome.IN_PROGRESS, "late");
    LibvirtException failure = after.map(builder::after).orElse(builder).exception();
    return new DomainResult<>(
        "h1",
        Optional.of("web01"),
        Optional.empty(),
        Optional.of(failure),
        Optional.empty(),
        List.of());
  }

  private static RevertOutcome afterUndo(RevertOutcome undo, Optional<Verdict> verdict) {
    FleetEntry reverted = entry(failure(RevertOutcome.GUEST_SILENT), Optional.empty());
    DomainResult<Undone> result =
        new DomainResult<>(
            "h1",
            Optional.of("web01"),
            Optional.empty(),
            Optional.of(failure(undo)),
            verdict.map(known -> new ResolvedOutcome(known, Optional.empty())),
            List.of());
    FleetEntry entry = reverted.afterUndo(result, "another failed");
    assertFalse(entry.isReverted());
    assertFalse(entry.isAsBefore());
    return entry.outcome();
  }

  /** Another revert must not be started while libvirt may still undo this one. */
  @Test
  void undoWithUnknownOutcomeHasNotFailed() {
    assertEquals(RevertOutcome.UNKNOWN, afterUndo(RevertOutcome.UNKNOWN, Optional.empty()));
    assertEquals(
        RevertOutcome.UNKNOWN,
        afterUndo(RevertOutcome.UNKNOWN, Optional.of(Verdict.INDETERMINATE)));
    assertEquals(RevertOutcome.IN_PROGRESS, afterUndo(RevertOutcome.IN_PROGRESS, Optional.empty()));
    assertEquals(
        RevertOutcome.ROLLBACK_FAILED,
        afterUndo(RevertOutcome.UNKNOWN, Optional.of(Verdict.UNCHANGED)));
    assertEquals(
        RevertOutcome.ROLLBACK_FAILED, afterUndo(RevertOutcome.NOT_STARTED, Optional.empty()));
  }

  /** The run that resumes an earlier one paused the guest for a safety snapshot. */
  @Test
  void secondRunThatLeftTheGuestPausedIsNotAsBefore() {
    LibvirtException paused =
        RevertResultBuilder.of("web01", "clean")
            .after(DomainState.PAUSED)
            .failed(RevertOutcome.NOT_STARTED, "no safety snapshot")
            .exception();

    assertFalse(
        entry(failure(RevertOutcome.ROLLED_BACK), Optional.empty(), Optional.of(paused))
            .isAsBefore());
    assertTrue(
        entry(
                failure(RevertOutcome.ROLLED_BACK),
                Optional.empty(),
                Optional.of(new NotStartedException("down")))
            .isAsBefore());
  }
}
