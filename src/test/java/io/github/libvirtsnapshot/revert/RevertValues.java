package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.guest.ProbeResult;
import io.github.libvirtsnapshot.plan.ConfigurationChange;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Values of the library's serializable types, some of them with hostile text. */
final class RevertValues {
  static final String HOSTILE = "a\nWARNING b\r\u2028\u202e\u001b[2J\"\\";

  static final LibvirtError ERROR =
      LibvirtError.of(
          ErrorNumber.VIR_ERR_OPERATION_FAILED, ErrorDomain.VIR_FROM_QEMU, "no " + HOSTILE);

  static final String SAFETY =
      "before-revert-2026-01-02T03-04-05.678Z-0f8fad5b-d9cb-469f-a165-70867728950e";

  static final DomainStatus ACTIVE =
      new DomainStatus(
          StateAndReason.of(StateReason.RUNNING_BOOTED),
          OptionalInt.of(7),
          Optional.of(HOSTILE),
          true,
          true);

  static final DomainStatus INACTIVE =
      new DomainStatus(
          StateAndReason.of(StateReason.SHUTOFF_FAILED),
          OptionalInt.empty(),
          Optional.empty(),
          false,
          false);

  static final GuestStatus GUEST =
      GuestStatus.responded(Duration.ofMillis(200), true)
          .withClock(new ClockSetting(Duration.ofSeconds(13), Duration.ofMillis(-1_100), true));

  static final GuestStatus NOT_READY =
      GuestStatus.silent(Duration.ofSeconds(30))
          .withProbes(
              List.of(
                  new ProbeResult(
                      "guest agent",
                      ProbeResult.Outcome.READY,
                      Duration.ofMillis(200),
                      Optional.empty()),
                  new ProbeResult(
                      HOSTILE,
                      ProbeResult.Outcome.UNFINISHED,
                      Duration.ofMillis(29_800),
                      Optional.of(HOSTILE))));

  static final RevertRequest REQUEST =
      new RevertRequest(HOSTILE, "uuid", Optional.of(HOSTILE), 5, Optional.of(DomainState.RUNNING));

  static RevertDetails details(RevertOutcome outcome) {
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

  static RevertPlan plan() {
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
        SafetySnapshotOption.impossible(HOSTILE),
        List.of("unknown"),
        List.of(HOSTILE));
  }

  /** Returns values of the serializable types, apart from plans and revert exceptions. */
  static Stream<Object> values() {
    return Stream.of(
        ERROR,
        ACTIVE,
        INACTIVE,
        REQUEST,
        new RevertRequest("a", "b", Optional.empty(), 0, Optional.empty()),
        GUEST,
        GuestStatus.silent(Duration.ofSeconds(30)),
        NOT_READY,
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

  private RevertValues() {}
}
