package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.Exceptions;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.NoSuchSnapshotException;
import io.github.libvirtsnapshot.RevertRiskyException;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Certainty;
import io.github.libvirtsnapshot.plan.ConfigurationChange;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is returned and thrown goes through serialization whole, and forges no line. */
class ValuesTest {
  private static final String HOSTILE = "a\nWARNING b\r\u2028\u202e\u001b[2J\"\\";

  private static final LibvirtError ERROR =
      LibvirtError.of(
          ErrorNumber.VIR_ERR_OPERATION_FAILED, ErrorDomain.VIR_FROM_QEMU, "no " + HOSTILE);

  private static final String SAFETY =
      "before-revert-2026-01-02T03-04-05.678Z-0f8fad5b-d9cb-469f-a165-70867728950e";

  private static final DomainStatus ACTIVE =
      new DomainStatus(
          StateAndReason.of(StateReason.RUNNING_BOOTED),
          OptionalInt.of(7),
          Optional.of(HOSTILE),
          true,
          true);

  private static final DomainStatus INACTIVE =
      new DomainStatus(
          StateAndReason.of(StateReason.SHUTOFF_FAILED),
          OptionalInt.empty(),
          Optional.empty(),
          false,
          false);

  private static final GuestStatus GUEST =
      GuestStatus.responded(Duration.ofMillis(200), true)
          .withClock(new ClockSetting(Duration.ofSeconds(13), Duration.ofMillis(-1_100), true));

  private static final RevertRequest REQUEST =
      new RevertRequest(HOSTILE, "uuid", Optional.of(HOSTILE), 5, Optional.of(DomainState.RUNNING));

  private static RevertDetails details(RevertOutcome outcome) {
    return new RevertDetails(
        outcome,
        REQUEST,
        Optional.of(ACTIVE),
        Optional.of(INACTIVE),
        Optional.of(Instant.EPOCH),
        List.of(
            new RevertAttempt(1, Optional.of(ERROR), Duration.ofSeconds(30)),
            new RevertAttempt(2, Optional.empty(), Duration.ofSeconds(1))),
        List.of(StateCorrection.CREATED),
        List.of(new RestoredPart("memory", Certainty.AT_RISK, "why")),
        Optional.of(GUEST),
        Optional.of(SAFETY));
  }

  private static RevertPlan plan() {
    return new RevertPlan(
        REQUEST,
        HOSTILE,
        9_000_000,
        ACTIVE,
        List.of(HOSTILE, "b"),
        Optional.of(new Refusal(ErrorNumber.VIR_ERR_INVALID_ARG, true, "why", "way out")),
        Optional.empty(),
        Optional.of(StateReason.SHUTOFF_FAILED),
        Optional.of(Instant.EPOCH),
        List.of(new Loss(Loss.Kind.MEMORY, "memory")),
        List.of(new ConfigurationChange(HOSTILE, Optional.of(HOSTILE), Optional.empty())),
        List.of(new RestoredPart("memory", Certainty.AT_RISK, "why")),
        new SafetySnapshotOption(Optional.empty(), HOSTILE),
        List.of("unknown"));
  }

  static Stream<Object> values() {
    return Stream.of(
        ERROR,
        ACTIVE,
        INACTIVE,
        REQUEST,
        new RevertRequest("a", "b", Optional.empty(), 0, Optional.empty()),
        GUEST,
        GuestStatus.silent(Duration.ofSeconds(30)),
        details(RevertOutcome.FAILED),
        RevertDetails.of(RevertOutcome.NOT_STARTED, REQUEST),
        new RevertReport(details(RevertOutcome.REVERTED)),
        new ResolvedOutcome(ResolvedOutcome.Verdict.INDETERMINATE, Optional.of(ACTIVE)),
        new ResolvedOutcome(ResolvedOutcome.Verdict.INDETERMINATE, Optional.empty()),
        plan().configurationChanges().get(0),
        plan().refusal().orElseThrow(),
        plan().losses().get(0),
        new SnapshotDetails(
            HOSTILE,
            Optional.of(HOSTILE),
            Optional.of(SnapshotState.UNKNOWN),
            Optional.of(Long.MAX_VALUE),
            Optional.of(HOSTILE),
            new StorageLocation(StorageLocation.Kind.EXTERNAL, Optional.of(HOSTILE)),
            Map.of(HOSTILE, new StorageLocation(StorageLocation.Kind.NO, Optional.empty())),
            true,
            Optional.of(true),
            Optional.of(false)),
        SnapshotDetails.parse("<d><state/></d>"));
  }

  @SuppressWarnings("unchecked")
  private static <T> T copy(T original) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(original);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (T) in.readObject();
    }
  }

  @ParameterizedTest
  @MethodSource("values")
  void aValueIsTheSameAfterSerialization(Object value) throws Exception {
    Object copy = copy(value);

    assertEquals(value.getClass(), copy.getClass());
    assertEquals(value.toString(), copy.toString());
    if (value instanceof Record) {
      assertEquals(value, copy);
    }
  }

  @Test
  void aPlanIsTheSameAfterSerialization() throws Exception {
    assertEquals(plan(), copy(plan()));
  }

  @Test
  void aRevertExceptionIsWholeAfterSerialization() throws Exception {
    LibvirtException cause = Exceptions.of(ERROR);
    RevertException original =
        new RevertException("why", details(RevertOutcome.ROLLED_BACK), cause);
    original.addSuppressed(new IllegalStateException("later"));

    RevertException copy = copy(original);

    assertEquals("why", copy.getMessage());
    assertEquals(original.details(), copy.details());
    assertEquals(RevertOutcome.ROLLED_BACK, copy.outcome());
    assertEquals(HOSTILE, copy.details().request().domain());
    assertEquals(Optional.of(HOSTILE), copy.details().request().snapshot());
    assertEquals(5, copy.details().request().flags());
    assertEquals(Optional.of(ACTIVE), copy.details().before());
    assertEquals(Optional.of(INACTIVE), copy.details().after());
    assertEquals(Optional.of(SAFETY), copy.details().safetySnapshot());
    assertEquals(2, copy.details().attempts().size());
    assertEquals("no " + HOSTILE, copy.getError().getMessage());
    assertEquals(cause.getMessage(), copy.getCause().getMessage());
    assertEquals("later", copy.getSuppressed()[0].getMessage());
  }

  @Test
  void eachLibvirtExceptionIsWholeAfterSerialization() throws Exception {
    for (ErrorNumber code : ErrorNumber.values()) {
      LibvirtException original =
          Exceptions.of(LibvirtError.of(code, ErrorDomain.VIR_FROM_QEMU, "no"));
      LibvirtException copy = copy(original);
      assertEquals(original.getClass(), copy.getClass());
      assertEquals(original.getMessage(), copy.getMessage());
      assertEquals(original.getError().toString(), copy.getError().toString());
    }
    assertEquals(NoSuchDomainException.class, subtype(ErrorNumber.VIR_ERR_NO_DOMAIN));
    assertEquals(NoSuchSnapshotException.class, subtype(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT));
    assertEquals(AgentUnresponsiveException.class, subtype(ErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE));
    assertEquals(
        AgentUnresponsiveException.class, subtype(ErrorNumber.VIR_ERR_AGENT_COMMAND_TIMEOUT));
    assertEquals(RevertRiskyException.class, subtype(ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY));
  }

  private static Class<?> subtype(ErrorNumber code) {
    return Exceptions.of(LibvirtError.of(code, ErrorDomain.VIR_FROM_QEMU, null)).getClass();
  }

  private static void assertOneLine(String text) {
    assertTrue(text.codePoints().noneMatch(ValuesTest::forges), text);
  }

  private static boolean forges(int codePoint) {
    return Character.isISOControl(codePoint) || codePoint == 0x2028 || codePoint == 0x202e;
  }

  @ParameterizedTest
  @MethodSource("values")
  void aValueForgesNoLine(Object value) {
    assertOneLine(value.toString());
  }

  @Test
  void factsReadWell() {
    assertEquals(
        "RevertDetails{outcome=NOT_STARTED, request="
            + REQUEST
            + ", attempts=[], corrections=[], contents=[]}",
        RevertDetails.of(RevertOutcome.NOT_STARTED, REQUEST).toString());
  }

  @Test
  void aPlanHasItsOwnLinesOnly() {
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
            "    - unknown"),
        plan().toString().lines().toList());
  }

  @Test
  void aStackTraceHasNoForgedLine() throws IOException {
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
    trace.toString().lines().map(line -> line.replace("\t", "")).forEach(ValuesTest::assertOneLine);
  }

  @Test
  void aReportIsOfARevertThatWasDone() {
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
  void aReportTellsTheFacts() {
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
  void aGuestReadsWell() {
    assertEquals(
        "its guest responded after 0.2 s, its file systems are frozen, its clock was 13.0 s behind"
            + " and is 1.1 s ahead",
        GUEST.toString());
    assertEquals(
        "its guest did not respond within 30.0 s",
        GuestStatus.silent(Duration.ofSeconds(30)).toString());
  }

  @Test
  void anExceptionHasTheReportOfARevertThatWasDone() {
    for (RevertOutcome outcome : RevertOutcome.values()) {
      if (outcome != RevertOutcome.REVERTED) {
        RevertException exception = new RevertException("why", details(outcome), null);
        assertEquals(Optional.of(GUEST), exception.details().guest());
        assertEquals(
            outcome == RevertOutcome.GUEST_SILENT || outcome == RevertOutcome.CLOCK_NOT_SET,
            exception.report().isPresent());
      }
    }
  }
}
