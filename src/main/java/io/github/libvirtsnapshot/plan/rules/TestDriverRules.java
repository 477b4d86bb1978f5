package io.github.libvirtsnapshot.plan.rules;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.StateReason;

/** The rules by which libvirt's test driver reverts. */
final class TestDriverRules {
  private static final int KNOWN_FLAGS = 7;

  static final ImmutableList<Rule> ALL =
      ImmutableList.of(
          CommonRules.READ_ONLY,
          CommonRules.UNKNOWN_TARGET,
          CommonRules.CONTRADICTORY_FLAGS,
          CommonRules.unknownFlags(facts -> KNOWN_FLAGS),
          CommonRules.TRANSIENT_TO_SHUT_OFF,
          CommonRules.OTHER_PROCESS,
          Rule.ends(
                  "an active guest to running, which an older driver leaves paused",
                  facts -> facts.keepsProcess() && facts.hasTargetState(DomainState.RUNNING),
                  facts ->
                      PredictedResult.success(
                          facts.before().state() == DomainState.RUNNING
                              ? StateReason.PAUSED_FROM_SNAPSHOT
                              : facts.before().reason()))
              .seenOn("7.0.0"),
          Rule.ends(
              "RUNNING and PAUSED are ignored where the snapshot was taken shut off",
              facts -> !facts.snapshot().hasMemory(),
              facts -> PredictedResult.shutOff(facts.before())),
          Rule.ends(
              "from memory to paused",
              facts -> facts.hasTargetState(DomainState.PAUSED),
              facts -> PredictedResult.success(StateReason.PAUSED_FROM_SNAPSHOT)),
          Rule.ends(
              "from memory to running",
              facts -> true,
              facts -> PredictedResult.success(StateReason.RUNNING_FROM_SNAPSHOT)));

  private TestDriverRules() {}
}
