package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.definition.AgentChannel;
import io.github.libvirtsnapshot.plan.Certainty;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertSettings.Option;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Why a revert is not begun, in words that continue {@code was not started: ...}. */
final class PreflightCheck {
  private PreflightCheck() {}

  /** Returns why this plan is not carried out with these settings, if so. */
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
   * The guest would never answer.
   *
   * @param definition what the domain will be
   */
  static Optional<String> toAwaitingGuest(RevertRequest request, XmlNode definition) {
    if (!request.targetState().equals(Optional.of(DomainState.RUNNING))) {
      return Optional.of(
          "its guest was to be awaited, but the domain would be left "
              + request.targetState().map(DomainState::words).orElse("in another state")
              + "; way out: running()");
    }
    return AgentChannel.isIn(definition)
        ? Optional.empty()
        : Optional.of(
            "its guest was to be awaited, but in the snapshot the domain has no channel for a guest"
                + " agent: <channel type='unix'><target type='virtio'"
                + " name='org.qemu.guest_agent.0'/></channel>");
  }

  /** libvirt would refuse, fail, or leave another state. */
  static String toTheState(RevertPlan plan) {
    return plan.refusal()
        .map(PreflightCheck::words)
        .orElseGet(
            () ->
                "the plan says that libvirt would report success, but leave the domain "
                    + plan.stateAfter().get().words()
                    + "; way out: enforcingState()");
  }

  private static String words(Refusal refusal) {
    return "the plan says that libvirt would "
        + (refusal.guestStopped() ? "fail" : "refuse")
        + ": "
        + refusal
        + "; way out: "
        + refusal.wayOut();
  }

  /** The snapshot is no longer what it was. */
  static Optional<String> toTheContent(RevertPlan plan) {
    return plan.hasChangedContent()
        ? Optional.of(
            "the plan says that the content of the snapshot has changed: "
                + words(plan, content -> content.certainty() == Certainty.CHANGED)
                + "; way out: revert to another snapshot, or without guarded() and"
                + " withSafetySnapshot()")
        : Optional.empty();
  }

  /** The revert could not be undone. */
  static Optional<String> toSafety(RevertPlan plan) {
    return plan.safety().kind().isPresent()
        ? Optional.empty()
        : Optional.of(
            "no safety snapshot of it would lead back for certain: " + plan.safety().obstacle());
  }

  /** The safety snapshot would not lead back. */
  static Optional<String> toUndoing(RevertPlan plan) {
    return plan.contents().stream().allMatch(RestoredPart::isKept)
        ? Optional.empty()
        : Optional.of(
            "the safety snapshot would not lead back for certain: "
                + words(plan, content -> !content.isKept())
                + "; way out: revert to it as to any other snapshot");
  }

  private static String words(RevertPlan plan, Predicate<RestoredPart> which) {
    return plan.contents().stream()
        .filter(which)
        .map(RestoredPart::toString)
        .collect(Collectors.joining("; "));
  }
}
