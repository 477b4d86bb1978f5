package io.github.libvirtsnapshot.revert;

import static io.github.libvirtsnapshot.revert.RevertValues.ACTIVE;
import static io.github.libvirtsnapshot.revert.RevertValues.ERROR;
import static io.github.libvirtsnapshot.revert.RevertValues.GUEST;
import static io.github.libvirtsnapshot.revert.RevertValues.HOSTILE;
import static io.github.libvirtsnapshot.revert.RevertValues.NOT_READY;
import static io.github.libvirtsnapshot.revert.RevertValues.REQUEST;
import static io.github.libvirtsnapshot.revert.RevertValues.details;
import static io.github.libvirtsnapshot.revert.RevertValues.plan;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Exceptions;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The texts of results, plans and exceptions. Hostile names add no lines. */
class RevertTextTest {
  private static void assertOneLine(String text) {
    assertTrue(text.codePoints().noneMatch(RevertTextTest::isForging), text);
  }

  private static boolean isForging(int codePoint) {
    return Character.isISOControl(codePoint) || codePoint == 0x2028 || codePoint == 0x202e;
  }

  @ParameterizedTest
  @MethodSource("io.github.libvirtsnapshot.revert.RevertValues#values")
  void textOfValueIsOneLine(Object value) {
    assertOneLine(value.toString());
  }

  @Test
  void textOfDetailsOmitsMissingDetails() {
    assertEquals(
        "RevertDetails{outcome=NOT_STARTED, request="
            + REQUEST
            + ", attempts=[], corrections=[], contents=[]}",
        RevertDetails.of(RevertOutcome.NOT_STARTED, REQUEST).toString());
  }

  @Test
  void textOfAttemptHasDurationAndError() {
    assertEquals(
        "attempt 1 succeeded after 512 ms",
        new RevertAttempt(1, Optional.empty(), Duration.ofMillis(512)).toString());
    assertEquals(
        "attempt 2 failed after 30000 ms: busy [VIR_ERR_OPERATION_TIMEOUT 68, VIR_FROM_QEMU 10]",
        new RevertAttempt(
                2,
                Optional.of(
                    LibvirtError.of(
                        ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, ErrorDomain.VIR_FROM_QEMU, "busy")),
                Duration.ofSeconds(30))
            .toString());
  }

  @Test
  void textOfResolvedOutcomeHasVerdictAndStatus() {
    assertEquals(
        "INDETERMINATE: the domain is " + ACTIVE, ResolvedOutcome.indeterminate(ACTIVE).toString());
    assertEquals("INDETERMINATE: the domain no longer exists", ResolvedOutcome.gone().toString());
  }

  @Test
  void textOfPlanHasNoForgedLine() {
    assertEquals(
        List.of(
            "plan: revert " + REQUEST + " on " + LogEscaper.escape(HOSTILE) + ", libvirt 9.0.0",
            "  before: " + ACTIVE,
            "  path: "
                + LogEscaper.quote(HOSTILE)
                + " -> \"b\"; changes since "
                + LogEscaper.quote(HOSTILE)
                + " are in no snapshot",
            "  fails after the guest is stopped: VIR_ERR_INVALID_ARG (8): why",
            "  way out: way out",
            "  earliest start: 1970-01-01T00:00:00Z",
            "  after: gone: a transient domain does not exist after it stops (failed)",
            "  losses:",
            "    - memory",
            "  configuration changes:",
            "    - "
                + LogEscaper.escape(HOSTILE)
                + ": "
                + LogEscaper.escape(HOSTILE)
                + " -> (removed)",
            "  unknowns:",
            "    - unknown",
            "  created transient storage pools over:",
            "    - " + LogEscaper.quote(HOSTILE)),
        plan().toString().lines().toList());
  }

  @Test
  void stackTraceHasNoForgedLine() throws IOException {
    StringWriter trace = new StringWriter();
    RevertException failure =
        new RevertException("why", details(RevertOutcome.FAILED), Exceptions.of(ERROR));
    failure.addSuppressed(
        Exceptions.of(
            LibvirtError.of(
                ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, ErrorDomain.VIR_FROM_QEMU, HOSTILE)));
    failure.printStackTrace(new PrintWriter(trace, true));

    assertTrue(
        trace.toString().lines().noneMatch(line -> line.startsWith("WARNING")), trace.toString());
    trace
        .toString()
        .lines()
        .map(line -> line.replace("\t", ""))
        .forEach(RevertTextTest::assertOneLine);
  }

  @Test
  void textOfGuestStatusHasResponseFreezeAndClock() {
    assertEquals(
        "its guest responded after 0.2 s, its file systems are frozen, its clock was 13.0 s behind"
            + " and is 1.1 s ahead",
        GUEST.toString());
    assertEquals(
        "its guest did not respond within 30.0 s",
        GuestStatus.silent(Duration.ofSeconds(30)).toString());
  }

  @Test
  void textOfGuestStatusHasEachProbe() {
    assertEquals(
        "its guest did not respond within 30.0 s: probe \"guest agent\" was ready after 0.2 s, probe "
            + LogEscaper.quote(HOSTILE)
            + " did not return within 29.8 s: "
            + LogEscaper.escapeMessage(HOSTILE),
        NOT_READY.toString());
  }
}
