package io.github.libvirtsnapshot.plan.rules;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** The rules that apply to more than one driver. */
final class CommonRules {
  private static final String WITH_FORCE = "revert with force (force(), or: revert-domain --force)";
  private static final String REQUEST_ACTIVE =
      "(running() or paused(), or: revert-domain" + " --running or --paused)";

  static final Rule UNKNOWN_TARGET =
      Rule.ends(
          "a snapshot in a state that no driver reverts to",
          facts -> facts.request().targetState().isEmpty(),
          facts -> PredictedResult.UNKNOWN);

  static final Rule READ_ONLY =
      Rule.refuses(
          "a read-only connection",
          facts -> facts.blockers().readOnly(),
          Refusal.untouched(
              ErrorNumber.VIR_ERR_OPERATION_DENIED,
              "the connection is read-only",
              "open a connection that is not read-only (new Connect(uri), or: a URI of the"
                  + " read-write socket)"));

  static final Rule CONTRADICTORY_FLAGS =
      Rule.refuses(
          "RUNNING and PAUSED together",
          facts -> facts.has(RevertFlag.RUNNING) && facts.has(RevertFlag.PAUSED),
          Refusal.untouched(
              ErrorNumber.VIR_ERR_INVALID_ARG,
              "RUNNING and PAUSED exclude each other",
              "request only one of them " + REQUEST_ACTIVE));

  static final Rule TRANSIENT_TO_SHUT_OFF =
      Rule.refuses(
          "a transient domain to shut off",
          facts -> !facts.before().persistent() && facts.hasTargetState(DomainState.SHUTOFF),
          Refusal.untouched(
              ErrorNumber.VIR_ERR_OPERATION_INVALID,
              "a transient domain cannot be shut off, and the snapshot was taken while the domain"
                  + " was shut off",
              "request another state " + REQUEST_ACTIVE));

  static final Rule NO_DOMAIN_DESCRIBED =
      Rule.refuses(
              "a snapshot without the domain's XML",
              facts -> !facts.has(RevertFlag.FORCE) && !facts.snapshot().describesDomain(),
              Refusal.untouched(
                  ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
                  "the snapshot does not contain the domain's definition, so libvirt cannot check"
                      + " that the snapshot fits the domain",
                  "if you accept the risk, " + WITH_FORCE))
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
              "remove the managed save image (managedSaveRemove(), or: virsh managedsave-remove"
                  + " DOMAIN), or "
                  + WITH_FORCE));

  static final Rule OTHER_PROCESS =
      Rule.refuses(
              "a guest that must be replaced with a new process, before libvirt did so without"
                  + " FORCE",
              facts ->
                  facts.before().isActive()
                      && !facts.has(RevertFlag.FORCE)
                      && (facts.snapshot().hasMemory()
                          ? facts.blockers().otherMachine()
                          : !facts.hasTargetState(DomainState.SHUTOFF)),
              Refusal.untouched(
                  ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY,
                  "libvirt would have to stop the guest and start a new one",
                  "shut the domain off first (shutdown(), or: virsh shutdown DOMAIN), or "
                      + WITH_FORCE))
          .before(HypervisorDriver.RESTART_SINCE)
          .seenOn("7.0.0");

  private CommonRules() {}

  /** Returns the rule that a driver refuses the flags that it does not support. */
  static Rule unknownFlags(ToIntFunction<Facts> known) {
    return Rule.refuses(
        "a flag that the driver does not support",
        facts ->
            Optional.of(facts.request().flags() & ~known.applyAsInt(facts))
                .filter(unknown -> unknown != 0)
                .map(
                    unknown ->
                        Refusal.untouched(
                            ErrorNumber.VIR_ERR_INVALID_ARG,
                            "this driver does not support " + RevertFlag.describe(unknown),
                            "revert without this flag (for RESET_NVRAM: without resetNvram(), or:"
                                + " without --reset-nvram)")));
  }
}
