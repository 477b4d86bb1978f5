package io.github.libvirtsnapshot.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RevertPlanTest {
  private static RevertPlan plan(String refusal, boolean active, String after, String target) {
    Optional<StateReason> reason = Optional.ofNullable(after).map(StateReason::valueOf);
    return new RevertPlan(
        new RevertRequest(
            "web01", "uuid", Optional.of("clean"), 0, Optional.of(DomainState.valueOf(target))),
        "QEMU",
        11_003_000,
        new DomainStatus(
            StateAndReason.of(active ? StateReason.RUNNING_BOOTED : StateReason.SHUTOFF_SAVED),
            active ? OptionalInt.of(7) : OptionalInt.empty(),
            Optional.empty(),
            true,
            !active),
        List.of(),
        Optional.ofNullable(refusal)
            .map(
                when ->
                    new Refusal(
                        ErrorNumber.VIR_ERR_NO_SUPPORT, when.equals("after"), "no", "upgrade")),
        reason.map(StateReason::state),
        reason,
        Optional.empty(),
        List.of(new Loss(Loss.Kind.MEMORY, "its memory")),
        List.of(new ConfigurationChange("title", Optional.of("x"), Optional.empty())),
        List.of(new RestoredPart("disk vda", Certainty.CHANGED, "worn")),
        SafetySnapshotOption.possible(SafetySnapshotOption.Kind.INTERNAL),
        List.of("the weather"),
        List.of("/srv/images"));
  }

  private static final String HEAD =
      "plan: revert domain \"web01\" to snapshot \"clean\" (flags = none) on QEMU, libvirt"
          + " 11.3.0\n";
  private static final String PATH = "  path: to \"clean\"; no current snapshot\n";
  private static final String ACTIVE =
      "  before: running (booted), persistent, no current snapshot\n" + PATH;
  private static final String SAVED =
      "  before: shut off (saved), persistent, no current snapshot, with a managed save image\n"
          + PATH;
  private static final String CHANGES =
      "  losses:\n    - its memory\n  configuration changes:\n    - title: x -> (removed)\n";
  private static final String CONTENTS =
      "  contents:\n    - disk vda: changed: worn\n  safety snapshot: internal\n";
  private static final String UNKNOWNS =
      "  unknowns:\n    - the weather\n  created transient storage pools over:\n    - \"/srv/images\"";
  private static final String REFUSED =
      "  refused: VIR_ERR_NO_SUPPORT (3): no\n  way out: upgrade\n";
  private static final String FAILS =
      "  fails after the guest is stopped: VIR_ERR_NO_SUPPORT (3): no\n  way out: upgrade\n";

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-,      true,  RUNNING_FROM_SNAPSHOT, RUNNING, true,  false",
        "-,      true,  SHUTOFF_FROM_SNAPSHOT, RUNNING, false, true",
        "-,      true,  -,                     RUNNING, true,  false",
        "before, true,  RUNNING_BOOTED,        RUNNING, false, false",
        "after,  true,  SHUTOFF_FAILED,        RUNNING, false, false",
        "after,  true,  -,                     RUNNING, false, false",
        "after,  false, SHUTOFF_SAVED,         RUNNING, false, false",
      })
  void textAndTargetMatchFollowThePrediction(
      String refusal,
      boolean active,
      String after,
      String target,
      boolean matches,
      boolean another) {
    RevertPlan plan = plan(refusal, active, after, target);
    assertEquals(matches, plan.matchesTarget());
    assertEquals(another, plan.leavesAnotherState());
    String refused = refusal == null ? "" : refusal.equals("after") && active ? FAILS : REFUSED;
    String afterwards =
        "before".equals(refusal)
            ? "unchanged"
            : after == null
                ? refusal == null
                    ? "unknown"
                    : "gone: a transient domain does not exist after it stops"
                : StateAndReason.of(StateReason.valueOf(after))
                    + (another ? " instead of running, although libvirt would report success" : "");
    assertEquals(
        HEAD
            + (active ? ACTIVE : SAVED)
            + refused
            + "  after: "
            + afterwards
            + "\n"
            + ("before".equals(refusal) ? "" : CHANGES)
            + (refusal == null ? CONTENTS : "")
            + UNKNOWNS,
        plan.toString());
  }

  private static String pathLine(String current, String... path) {
    RevertPlan plan = plan(null, true, "RUNNING_FROM_SNAPSHOT", "RUNNING");
    DomainStatus before = plan.before();
    RevertPlan onTree =
        new RevertPlan(
            plan.request(),
            plan.driver(),
            plan.libvirtVersion(),
            new DomainStatus(
                before.stateAndReason(), before.id(), Optional.of(current), true, false),
            List.of(path),
            plan.refusal(),
            plan.stateAfter(),
            plan.reasonAfter(),
            plan.earliestStart(),
            plan.losses(),
            plan.configurationChanges(),
            plan.contents(),
            plan.safety(),
            plan.unknowns(),
            plan.transientPools());
    return onTree
        .toString()
        .lines()
        .filter(line -> line.startsWith("  path: "))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void textShowsPathThroughSnapshotTree() {
    assertEquals(
        "  path: back to \"clean\"; changes since \"clean\" are in no snapshot",
        pathLine("clean", "clean"));
    assertEquals(
        "  path: \"b\" -> \"a\\n\" -> \"clean\"; changes since \"b\" are in no snapshot",
        pathLine("b", "b", "a\n", "clean"));
    assertEquals(
        "  path: from \"b\" to \"clean\", no known path between them; changes since \"b\" are in no"
            + " snapshot",
        pathLine("b"));
  }
}
