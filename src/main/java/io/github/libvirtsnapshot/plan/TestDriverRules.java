package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.StateReason;
import java.util.List;

/** How libvirt's test driver reverts. */
final class TestDriverRules implements DriverRules {
  private static final int KNOWN_FLAGS = 7;

  private static final ImmutableList<Rule> RULES =
      ImmutableList.of(
          CommonRules.READ_ONLY,
          CommonRules.UNKNOWN_TARGET,
          CommonRules.CONTRADICTORY_FLAGS,
          CommonRules.unknownFlags(situation -> KNOWN_FLAGS),
          CommonRules.TRANSIENT_TO_SHUT_OFF,
          CommonRules.OTHER_PROCESS,
          new Rule(
              "an active guest to running, which an older driver leaves paused",
              situation ->
                  situation.keepsProcess() && situation.hasTargetState(DomainState.RUNNING),
              situation ->
                  Forecast.success(
                      situation.before().state() == DomainState.RUNNING
                          ? StateReason.PAUSED_FROM_SNAPSHOT
                          : situation.before().reason()),
              ImmutableList.of("7.0.0")),
          Rule.measured(
              "RUNNING and PAUSED are ignored where the snapshot was taken shut off",
              situation -> !situation.snapshot().hasMemory(),
              Situation::shutOff),
          Rule.measured(
              "from memory to paused",
              situation -> situation.hasTargetState(DomainState.PAUSED),
              situation -> Forecast.success(StateReason.PAUSED_FROM_SNAPSHOT)),
          Rule.measured(
              "from memory to running",
              situation -> true,
              situation -> Forecast.success(StateReason.RUNNING_FROM_SNAPSHOT)));

  @Override
  public List<Rule> rules() {
    return RULES;
  }

  @Override
  public List<String> unknowns(Situation situation) {
    return ImmutableList.of();
  }
}
