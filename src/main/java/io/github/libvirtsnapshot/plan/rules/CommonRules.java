package io.github.libvirtsnapshot.plan.rules;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** Rules that more than one driver has. */
final class CommonRules {
  static final Rule UNKNOWN_TARGET =
      Rule.ends(
          "a snapshot in a state that no driver reverts to",
          facts -> facts.request().targetState().isEmpty(),
          facts -> PredictedResult.NOT_KNOWN);

  static final Rule READ_ONLY =
      Rule.refuses(
          "a read-only connection",
          facts -> facts.blockers().readOnly(),
          Refusal.untouched(
              ErrorNumber.VIR_ERR_OPERATION_DENIED,
              "the connection is read-only",
              "connect without read-only"));

  static final Rule CONTRADICTORY_FLAGS =
      Rule.refuses(
          "RUNNING and PAUSED together",
          facts -> facts.has(RevertFlag.RUNNING) && facts.has(RevertFlag.PAUSED),
          Refusal.untouched(
              ErrorNumber.VIR_ERR_INVALID_ARG,
              "RUNNING and PAUSED exclude each other",
              "ask for one of them"));

  static final Rule TRANSIENT_TO_SHUT_OFF =
      Rule.refuses(
          "a transient domain to shut off",
          facts -> !facts.before().persistent() && facts.hasTargetState(DomainState.SHUTOFF),
          Refusal.untouched(
              ErrorNumber.VIR_ERR_OPERATION_INVALID,
              "a transient domain can't be shut off, and the snapshot was taken shut off",
              "ask for running() or paused()"));

  static final Rule NO_DOMAIN_DESCRIBED =
      Rule.refuses(
              "a snapshot without the domain's XML",
              facts -> !facts.has(RevertFlag.FORCE) && !facts.snapshot().describesDomain(),
              Refusal.untouched(
                  ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
                  "the snapshot does not say what the domain was, so nobody can check that it"
                      + " fits",
                  "ask for force() if you accept the risk"))
          .documented();

  static final Rule MANAGED_SAVE_WITHOUT_MEMORY =
      Rule.refuses(
          "a managed save image, and a snapshot without memory",
          facts ->
              !facts.has(RevertFlag.FORCE)
                  && facts.before().managedSave()
                  && !facts.snapshot().hasMemory(),
          Refusal.untouched(
              ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
              "the domain has a managed save image, which would no longer fit the disks",
              "remove the image with managedSaveRemove(), or ask for force()"));

  static final Rule OTHER_PROCESS =
      Rule.refuses(
              "a guest that would have to be started anew, before libvirt did that unasked",
              facts ->
                  facts.before().isActive()
                      && !facts.has(RevertFlag.FORCE)
                      && (facts.snapshot().hasMemory()
                          ? facts.blockers().otherMachine()
                          : !facts.hasTargetState(DomainState.SHUTOFF)),
              Refusal.untouched(
                  ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
                  "libvirt would have to stop the guest and start another one",
                  "shut it off first, or ask for force()"))
          .before(HypervisorDriver.RESTART_SINCE)
          .seenOn("7.0.0");

  private CommonRules() {}

  /** A driver refuses the flags that it does not know. */
  static Rule unknownFlags(ToIntFunction<Facts> known) {
    return Rule.refuses(
        "a flag that the driver does not know",
        facts ->
            Optional.of(facts.request().flags() & ~known.applyAsInt(facts))
                .filter(unknown -> unknown != 0)
                .map(
                    unknown ->
                        Refusal.untouched(
                            ErrorNumber.VIR_ERR_INVALID_ARG,
                            "this driver does not know " + RevertFlag.describe(unknown),
                            "leave it out")));
  }
}
