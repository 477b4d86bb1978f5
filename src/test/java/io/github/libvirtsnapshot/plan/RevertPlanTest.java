package io.github.libvirtsnapshot.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
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
        new SafetySnapshotOption(Optional.of(SafetySnapshotOption.Kind.INTERNAL), ""),
        List.of("the weather"));
  }

  private static final String HEAD =
      "plan: revert domain \"web01\" to snapshot \"clean\" (flags = none) on QEMU, libvirt"
          + " 11.3.0\n";
  private static final String NOWHERE =
      "  in the tree: to \"clean\"; it is on top of no snapshot\n";
  private static final String ACTIVE =
      "  now: running (booted), persistent, no current snapshot\n" + NOWHERE;
  private static final String SAVED =
      "  now: shut off (saved), persistent, no current snapshot, with a managed save image\n"
          + NOWHERE;
  private static final String CHANGES =
      "  lost:\n    - its memory\n  put back:\n    - title: x -> not there\n";
  private static final String CONTENT =
      "  content:\n    - disk vda: changed: worn\n  safety snapshot: internal\n";
  private static final String UNKNOWN = "  not known:\n    - the weather";
  private static final String REFUSED =
      "  refused: VIR_ERR_NO_SUPPORT (3): no\n  way out: upgrade\n";
  private static final String FAILS =
      "  fails, after the guest was stopped: VIR_ERR_NO_SUPPORT (3): no\n  way out: upgrade\n";

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
  void itMatchesTheTargetOrNot(
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
            ? "as it is now"
            : after == null
                ? refusal == null ? "not known" : "gone, as a transient domain that stopped"
                : StateAndReason.of(StateReason.valueOf(after))
                    + (another ? ", and not running, although libvirt would report success" : "");
    assertEquals(
        HEAD
            + (active ? ACTIVE : SAVED)
            + refused
            + "  afterwards: "
            + afterwards
            + "\n"
            + ("before".equals(refusal) ? "" : CHANGES)
            + (refusal == null ? CONTENT : "")
            + UNKNOWN,
        plan.toString());
  }

  private static String inTheTree(String current, String... path) {
    RevertPlan plan = plan(null, true, "RUNNING_FROM_SNAPSHOT", "RUNNING");
    DomainStatus before = plan.before();
    RevertPlan there =
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
            plan.unknowns());
    return there
        .toString()
        .lines()
        .filter(line -> line.startsWith("  in the tree: "))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void itSaysWhereInTheTreeItGoes() {
    assertEquals(
        "  in the tree: back to \"clean\"; no snapshot has what it became since \"clean\"",
        inTheTree("clean", "clean"));
    assertEquals(
        "  in the tree: \"b\" -> \"a\\n\" -> \"clean\"; no snapshot has what it became since \"b\"",
        inTheTree("b", "b", "a\n", "clean"));
    assertEquals(
        "  in the tree: from \"b\" to \"clean\", with no known way between them; no snapshot has"
            + " what it became since \"b\"",
        inTheTree("b"));
  }
}
