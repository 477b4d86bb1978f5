package io.github.libvirtsnapshot.revert;

import static io.github.libvirtsnapshot.revert.RevertValues.ACTIVE;
import static io.github.libvirtsnapshot.revert.RevertValues.GUEST;
import static io.github.libvirtsnapshot.revert.RevertValues.HOSTILE;
import static io.github.libvirtsnapshot.revert.RevertValues.INACTIVE;
import static io.github.libvirtsnapshot.revert.RevertValues.REQUEST;
import static io.github.libvirtsnapshot.revert.RevertValues.SAFETY;
import static io.github.libvirtsnapshot.revert.RevertValues.details;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The report of a revert, and its presence in an exception. */
class RevertReportTest {
  @Test
  void onlyDoneRevertHasAReport() {
    assertThrows(
        IllegalArgumentException.class, () -> new RevertReport(details(RevertOutcome.FAILED)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new RevertReport(RevertDetails.of(RevertOutcome.REVERTED, REQUEST)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new RevertException("why", details(RevertOutcome.REVERTED), null));
  }

  @Test
  void reportHasEachDetail() {
    RevertReport report = new RevertReport(details(RevertOutcome.REVERTED));
    assertEquals(RevertOutcome.REVERTED, report.outcome());
    assertEquals(REQUEST, report.request());
    assertEquals(HOSTILE, report.domain());
    assertEquals(HOSTILE, report.snapshot());
    assertEquals(5, report.flags());
    assertEquals(ACTIVE, report.before());
    assertEquals(INACTIVE, report.after());
    assertEquals(Duration.ofSeconds(1), report.elapsed());
    assertEquals(List.of(StateCorrection.CREATED), report.corrections());
    assertEquals(Optional.of(GUEST), report.guest());
    assertEquals(Optional.of(SAFETY), report.safetySnapshot());
  }

  @Test
  void exceptionHasReportIfRevertWasDone() {
    for (RevertOutcome outcome : RevertOutcome.values()) {
      if (outcome != RevertOutcome.REVERTED) {
        RevertException exception = new RevertException("why", details(outcome), null);
        assertEquals(Optional.of(GUEST), exception.details().guest());
        assertEquals(
            Set.of(
                    RevertOutcome.LINKS_NOT_SET,
                    RevertOutcome.NOT_RESUMED,
                    RevertOutcome.GUEST_SILENT,
                    RevertOutcome.CLOCK_NOT_SET)
                .contains(outcome),
            exception.report().isPresent());
      }
    }
  }
}
