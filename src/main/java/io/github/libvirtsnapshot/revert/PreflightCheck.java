package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.definition.AgentChannel;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Finds reasons against a revert, in words that continue {@code was not started: ...}. */
final class PreflightCheck {
  /** The way out if libvirt leaves another state than requested. */
  static final String TO_ENFORCE_STATE = "add enforcingState(), or: revert-domain --enforce-state";

  private PreflightCheck() {}

  /** Returns the reason against a revert with this plan and these settings, if there is one. */
  static Optional<String> to(RevertPlan plan, RevertSettings settings) {
    boolean isCorrected = settings.has(Option.ENFORCING_STATE) && plan.leavesAnotherState();
    if (!plan.matchesTarget() && !isCorrected) {
      return Optional.of(toTheState(plan));
    }
    Optional<String> toContent =
        settings.has(Option.UNDOING) ? toUndoing(plan) : toTheContent(plan);
    return toContent.or(
        () -> settings.has(Option.SAFETY_SNAPSHOT) ? toSafety(plan) : Optional.empty());
  }

  /**
   * Returns why the run could not use the guest after the revert, if so.
   *
   * @param definition the domain after the revert
   */
  static Optional<String> toRunningGuest(
      RevertRequest request, XmlNode definition, RevertSettings settings) {
    if (settings.resumesTogether() && (settings.flags() & RevertFlag.PAUSED.value()) != 0) {
      return Optional.of(
          "resumingTogether() needs a running guest, but paused() was requested; way out: omit one"
              + " of them");
    }
    if (!settings.resumesGuest()
        && !request.targetState().equals(Optional.of(DomainState.RUNNING))) {
      return Optional.of(
          (settings.guestWait().isPresent()
                  ? "awaitingGuest() (--await-guest)"
                  : "reconnectingNetwork()")
              + " needs a running domain, but the revert leaves it "
              + request.targetState().map(DomainState::words).orElse("in another state")
              + "; way out: add running(), or: revert-domain --running");
    }
    boolean probesAgent =
        settings.guestWait().filter(wait -> wait.probe().needsAgent()).isPresent();
    return AgentChannel.isIn(definition) || !(probesAgent || settings.has(Option.SETTING_CLOCK))
        ? Optional.empty()
        : Optional.of(
            (probesAgent ? "awaitingGuest() (--await-guest)" : "settingClock() (--set-clock)")
                + " needs the guest agent, but in the snapshot the domain has no channel for a guest"
                + " agent; way out: add <channel type='unix'><target type='virtio'"
                + " name='org.qemu.guest_agent.0'/></channel> to the devices of the domain"
                + " (virsh edit "
                + ShellText.domain(request.domain(), request.uuid())
                + "), then take the snapshot again");
  }

  /** Returns how libvirt would refuse, fail, or leave another state. */
  static String toTheState(RevertPlan plan) {
    return plan.refusal()
        .map(PreflightCheck::words)
        .orElseGet(
            () ->
                "according to the plan, libvirt would report success, but leave the domain "
                    + plan.stateAfter().get().words()
                    + "; way out: "
                    + TO_ENFORCE_STATE);
  }

  private static String words(Refusal refusal) {
    return "according to the plan, libvirt would "
        + (refusal.guestStopped() ? "fail" : "refuse")
        + ": "
        + refusal
        + "; way out: "
        + refusal.wayOut();
  }

  /** Returns the content of the snapshot that has changed. */
  static Optional<String> toTheContent(RevertPlan plan) {
    return plan.hasChangedContent()
        ? Optional.of(
            "according to the plan, the content of the snapshot has changed: "
                + words(plan, content -> content.certainty() == Certainty.CHANGED)
                + "; way out: revert to another snapshot, or revert without guarded() and"
                + " withSafetySnapshot(), or: without --guarded and --safety-snapshot")
        : Optional.empty();
  }

  /** Returns why no safety snapshot is possible. */
  static Optional<String> toSafety(RevertPlan plan) {
    return plan.safety().kind().isPresent()
        ? Optional.empty()
        : Optional.of(
            "no safety snapshot could restore the present state exactly: "
                + plan.safety().obstacle());
  }

  /** Returns why the safety snapshot that was created is of no use. */
  static String toRestoring(Refusal refusal) {
    return "libvirt could not revert to the safety snapshot that was created: "
        + refusal
        + "; way out: revert without withSafetySnapshot(), or: without --safety-snapshot";
  }

  /** Returns what the safety snapshot would not restore exactly. */
  static Optional<String> toUndoing(RevertPlan plan) {
    return plan.contents().stream().allMatch(RestoredPart::isKept)
        ? Optional.empty()
        : Optional.of(
            "the safety snapshot would not restore the state exactly: "
                + words(plan, content -> !content.isKept())
                + "; way out: revert to the safety snapshot as to an ordinary snapshot (to(name),"
                + " or: revert-domain without --undo)");
  }

  private static String words(RevertPlan plan, Predicate<RestoredPart> which) {
    return plan.contents().stream()
        .filter(which)
        .map(RestoredPart::toString)
        .collect(Collectors.joining("; "));
  }
}
