package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import java.util.function.ToIntFunction;

/** Rules that more than one driver has. */
final class CommonRules {
  static final Rule UNKNOWN_TARGET =
      Rule.measured(
          "a snapshot in a state that no driver reverts to",
          situation -> situation.targetState().isEmpty(),
          situation -> Forecast.NOT_KNOWN);

  static final Rule READ_ONLY =
      Rule.measured(
          "a read-only connection",
          situation -> situation.obstacles().readOnly(),
          situation ->
              situation.refused(
                  Refusal.untouched(
                      ErrorNumber.VIR_ERR_OPERATION_DENIED,
                      "the connection is read-only",
                      "connect without read-only")));

  static final Rule CONTRADICTORY_FLAGS =
      Rule.measured(
          "RUNNING and PAUSED together",
          situation -> situation.has(RevertFlag.RUNNING) && situation.has(RevertFlag.PAUSED),
          situation ->
              situation.refused(
                  Refusal.untouched(
                      ErrorNumber.VIR_ERR_INVALID_ARG,
                      "RUNNING and PAUSED exclude each other",
                      "ask for one of them")));

  static final Rule TRANSIENT_TO_SHUT_OFF =
      Rule.measured(
          "a transient domain to shut off",
          situation ->
              !situation.before().persistent() && situation.hasTargetState(DomainState.SHUTOFF),
          situation ->
              situation.refused(
                  Refusal.untouched(
                      ErrorNumber.VIR_ERR_OPERATION_INVALID,
                      "a transient domain can't be shut off, and the snapshot was taken shut off",
                      "ask for running() or paused()")));

  static final Rule NO_DOMAIN_DESCRIBED =
      new Rule(
          "a snapshot without the domain's XML",
          situation -> !situation.has(RevertFlag.FORCE) && !situation.snapshot().describesDomain(),
          situation ->
              situation.refused(
                  Refusal.untouched(
                      ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
                      "the snapshot does not say what the domain was, so nobody can check that it"
                          + " fits",
                      "ask for force() if you accept the risk")),
          ImmutableList.of());

  static final Rule MANAGED_SAVE_WITHOUT_MEMORY =
      Rule.measured(
          "a managed save image, and a snapshot without memory",
          situation ->
              !situation.has(RevertFlag.FORCE)
                  && situation.before().managedSave()
                  && !situation.snapshot().hasMemory(),
          situation ->
              situation.refused(
                  Refusal.untouched(
                      ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
                      "the domain has a managed save image, which would no longer fit the disks",
                      "remove the image with managedSaveRemove(), or ask for force()")));

  static final Rule OTHER_PROCESS =
      new Rule(
          "a guest that would have to be started anew, before libvirt did that unasked",
          situation ->
              situation.isOlderThan(Driver.RESTART_SINCE)
                  && situation.before().isActive()
                  && !situation.has(RevertFlag.FORCE)
                  && (situation.snapshot().hasMemory()
                      ? situation.obstacles().otherMachine()
                      : !situation.hasTargetState(DomainState.SHUTOFF)),
          situation ->
              situation.refused(
                  Refusal.untouched(
                      ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
                      "libvirt would have to stop the guest and start another one",
                      "shut it off first, or ask for force()")),
          ImmutableList.of("7.0.0"));

  private CommonRules() {}

  /** A driver refuses the flags that it does not know. */
  static Rule unknownFlags(ToIntFunction<Situation> known) {
    return Rule.measured(
        "a flag that the driver does not know",
        situation -> (situation.flags() & ~known.applyAsInt(situation)) != 0,
        situation ->
            situation.refused(
                Refusal.untouched(
                    ErrorNumber.VIR_ERR_INVALID_ARG,
                    "this driver does not know "
                        + RevertFlag.describe(situation.flags() & ~known.applyAsInt(situation)),
                    "leave it out")));
  }
}
