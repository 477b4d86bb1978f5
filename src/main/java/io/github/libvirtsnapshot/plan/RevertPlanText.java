package io.github.libvirtsnapshot.plan;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.Optional;
import java.util.stream.Collectors;

/** Formats a plan as text for the operator who decides whether to revert. */
final class RevertPlanText {
  private final PlanText text;

  private RevertPlanText(PlanText text) {
    this.text = text;
  }

  static String of(RevertPlan plan) {
    PlanText text =
        new PlanText(
            "plan: revert "
                + plan.request()
                + " on "
                + new HypervisorDriver(plan.driver(), plan.libvirtVersion()));
    new RevertPlanText(text).write(plan);
    return text.toString();
  }

  private void write(RevertPlan plan) {
    text.line("before", plan.before().toString());
    text.line("path", path(plan));
    plan.refusal().ifPresent(refusal -> writeRefusal(refusal, plan.before()));
    plan.earliestStart().ifPresent(time -> text.line("earliest start", time.toString()));
    text.line("after", after(plan));
    if (plan.refusal().isEmpty() || plan.refusal().get().guestStopped()) {
      text.list("losses", plan.losses());
      text.list("configuration changes", plan.configurationChanges());
    }
    if (plan.refusal().isEmpty()) {
      text.list("contents", plan.contents());
      text.line("safety snapshot", plan.safety().toString());
    }
    text.list("unknowns", plan.unknowns().stream().map(LogEscaper::escapeMessage).toList());
    text.list(
        "created transient storage pools over",
        plan.transientPools().stream().map(LogEscaper::quote).toList());
  }

  private static String path(RevertPlan plan) {
    String target = plan.request().snapshot().map(LogEscaper::quote).orElse("the current snapshot");
    Optional<String> current = plan.before().currentSnapshot();
    if (current.isEmpty()) {
      return "to " + target + "; no current snapshot";
    }
    String lost = "; changes since " + LogEscaper.quote(current.get()) + " are in no snapshot";
    return switch (plan.path().size()) {
      case 0 ->
          "from "
              + LogEscaper.quote(current.get())
              + " to "
              + target
              + ", no known path between them"
              + lost;
      case 1 -> "back to " + target + lost;
      default ->
          plan.path().stream().map(LogEscaper::quote).collect(Collectors.joining(" -> ")) + lost;
    };
  }

  private void writeRefusal(Refusal refusal, DomainStatus before) {
    boolean stops = refusal.guestStopped() && before.isActive();
    text.line(stops ? "fails after the guest is stopped" : "refused", refusal.toString());
    text.line("way out", LogEscaper.escapeMessage(refusal.wayOut()));
  }

  private static String after(RevertPlan plan) {
    if (plan.refusal().isPresent() && !plan.refusal().get().guestStopped()) {
      return "unchanged";
    }
    String state = plan.stateAfter().map(DomainState::words).orElseGet(() -> noState(plan));
    String reason = plan.reasonAfter().map(known -> " (" + known.words() + ")").orElse("");
    return state
        + reason
        + (plan.leavesAnotherState()
            ? " instead of "
                + plan.request().targetState().get().words()
                + ", although libvirt would report success"
            : "");
  }

  private static String noState(RevertPlan plan) {
    return plan.refusal().isPresent()
        ? "gone: a transient domain does not exist after it stops"
        : "unknown";
  }
}
