package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PreflightCheckTest {
  private static final SafetySnapshotOption INTERNAL =
      SafetySnapshotOption.possible(SafetySnapshotOption.Kind.INTERNAL);

  private static RevertPlan plan(
      Optional<Refusal> refusal, SafetySnapshotOption safety, RestoredPart... contents) {
    return new RevertPlan(
        new RevertRequest(
            "web01", "uuid", Optional.of("clean"), 0, Optional.of(DomainState.RUNNING)),
        "QEMU",
        9_000_000,
        new DomainStatus(
            StateAndReason.of(StateReason.RUNNING_BOOTED),
            OptionalInt.of(7),
            Optional.empty(),
            true,
            false),
        List.of(),
        refusal,
        Optional.of(DomainState.SHUTOFF),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(contents),
        safety,
        List.of(),
        List.of());
  }

  private static RestoredPart diskVda(Certainty certainty) {
    return new RestoredPart("disk vda", certainty, "why");
  }

  @Test
  void refusalAndWrongStateAreReasons() {
    Refusal before = new Refusal(ErrorNumber.VIR_ERR_NO_SUPPORT, false, "no", "upgrade");
    Refusal after = new Refusal(ErrorNumber.VIR_ERR_NO_SUPPORT, true, "no", "upgrade");
    String ending = ": VIR_ERR_NO_SUPPORT (3): no; way out: upgrade";
    assertStateReason(Optional.of(before), "refuse" + ending);
    assertStateReason(Optional.of(after), "fail" + ending);
    assertStateReason(
        Optional.empty(),
        "report success, but leave the domain shut off; way out: add enforcingState(), or:"
            + " revert-domain --enforce-state");
  }

  private static void assertStateReason(Optional<Refusal> refusal, String reason) {
    assertEquals(
        "according to the plan, libvirt would " + reason,
        PreflightCheck.toTheState(plan(refusal, INTERNAL)));
  }

  @Test
  void changedContentIsAReason() {
    assertEquals(
        Optional.empty(),
        PreflightCheck.toTheContent(plan(Optional.empty(), INTERNAL, diskVda(Certainty.AT_RISK))));
    assertEquals(
        Optional.of(
            "according to the plan, the content of the snapshot has changed: disk vda: changed:"
                + " why; way out: revert to another snapshot, or revert without guarded() and"
                + " withSafetySnapshot(), or: without --guarded and --safety-snapshot"),
        PreflightCheck.toTheContent(
            plan(
                Optional.empty(),
                INTERNAL,
                new RestoredPart("memory", Certainty.CERTAIN, ""),
                diskVda(Certainty.CHANGED))));
  }

  @Test
  void impossibleSafetySnapshotIsAReason() {
    assertEquals(Optional.empty(), PreflightCheck.toSafety(plan(Optional.empty(), INTERNAL)));
    assertEquals(
        Optional.of("no safety snapshot could restore the present state exactly: too bad"),
        PreflightCheck.toSafety(
            plan(Optional.empty(), SafetySnapshotOption.impossible("too bad"))));
  }

  @Test
  void inexactUndoIsAReason() {
    assertEquals(
        Optional.empty(),
        PreflightCheck.toUndoing(
            plan(
                Optional.empty(),
                INTERNAL,
                diskVda(Certainty.CERTAIN),
                diskVda(Certainty.UNVERIFIED))));
    for (Certainty certainty :
        List.of(Certainty.AT_RISK, Certainty.NOT_INCLUDED, Certainty.CHANGED)) {
      assertEquals(
          Optional.of(
              "the safety snapshot would not restore the state exactly: disk vda: "
                  + certainty.words()
                  + ": why; way out: revert to the safety snapshot as to an ordinary snapshot"
                  + " (to(name), or: revert-domain without --undo)"),
          PreflightCheck.toUndoing(
              plan(
                  Optional.empty(),
                  INTERNAL,
                  new RestoredPart("memory", Certainty.CERTAIN, ""),
                  diskVda(certainty))));
    }
  }
}
