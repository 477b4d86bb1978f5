package io.github.libvirtsnapshot.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.plan.ConfigurationChange;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RevertPlanBuilderTest {
  private static RevertPlanBuilder revert() {
    return RevertPlanBuilder.of("web01", "clean-install");
  }

  @Test
  void plan_byDefault_succeedsWithoutLosses() {
    RevertPlan plan = revert().plan();

    assertTrue(plan.matchesTarget());
    assertEquals("web01", plan.request().domain());
    assertEquals(Optional.of("clean-install"), plan.request().snapshot());
    assertEquals(Optional.of(StateReason.RUNNING_FROM_SNAPSHOT), plan.reasonAfter());
    assertEquals(List.of(), plan.losses());
    assertEquals(List.of(), plan.configurationChanges());
    assertEquals(List.of(), plan.unknowns());
    assertFalse(plan.hasChangedContent());
    assertTrue(plan.contents().stream().allMatch(RestoredPart::isKept));
    assertTrue(plan.safety().kind().isPresent());
    assertEquals(plan, revert().plan());
  }

  @Test
  void plan_hasWhatWasSet() {
    Loss loss = new Loss(Loss.Kind.MEMORY, "what the guest has in memory");
    ConfigurationChange change =
        new ConfigurationChange("memory", Optional.of("65536"), Optional.of("32768"));
    RestoredPart disk = new RestoredPart("disk vda", Certainty.CHANGED, "it was resized");
    SafetySnapshotOption none = SafetySnapshotOption.impossible("a raw disk");
    RevertPlan plan =
        revert()
            .requested(DomainState.PAUSED)
            .before(DomainState.SHUTOFF)
            .stateAfter(DomainState.RUNNING)
            .losses(loss)
            .configurationChanges(change)
            .contents(disk)
            .safety(none)
            .unknowns("whether the image can be read")
            .plan();

    assertEquals(RevertFlag.PAUSED.value(), plan.request().flags());
    assertEquals(DomainState.SHUTOFF, plan.before().state());
    assertTrue(plan.leavesAnotherState());
    assertEquals(List.of(loss), plan.losses());
    assertEquals(List.of(change), plan.configurationChanges());
    assertTrue(plan.hasChangedContent());
    assertEquals(none, plan.safety());
    assertEquals(List.of("whether the image can be read"), plan.unknowns());
  }

  @Test
  void refusal_leavesTheDomainAsItIs() {
    RevertPlan plan =
        revert()
            .before(DomainState.PAUSED)
            .refusal(ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, "a save image exists", "force()")
            .plan();

    assertFalse(plan.matchesTarget());
    assertEquals(
        Refusal.untouched(
            ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, "a save image exists", "force()"),
        plan.refusal().orElseThrow());
    assertEquals(Optional.of(DomainState.PAUSED), plan.stateAfter());
  }

  @Test
  void refusal_afterTheGuestIsStopped_leavesItShutOff() {
    RevertPlan plan =
        revert()
            .refusal(
                new Refusal(
                    ErrorNumber.VIR_ERR_INTERNAL_ERROR, true, "no such image", "restore it"))
            .plan();

    assertEquals(Optional.of(DomainState.SHUTOFF), plan.stateAfter());
    assertEquals(Optional.empty(), plan.reasonAfter());
  }

  @Test
  void state_thatNoFlagNames_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> revert().requested(DomainState.SHUTOFF));
  }
}
