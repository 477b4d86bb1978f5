package io.github.libvirtsnapshot.plan;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Writes a plan for the operator who decides whether to revert. */
final class RevertPlanText {
  private final StringBuilder text = new StringBuilder();

  private RevertPlanText() {}

  static String of(RevertPlan plan) {
    RevertPlanText writer = new RevertPlanText();
    writer.write(plan);
    return writer.text.toString();
  }

  private void write(RevertPlan plan) {
    text.append("plan: revert ")
        .append(plan.request())
        .append(" on ")
        .append(new HypervisorDriver(plan.driver(), plan.libvirtVersion()));
    line("now", plan.before().toString());
    line("in the tree", way(plan));
    plan.refusal().ifPresent(refusal -> writeRefusal(refusal, plan.before()));
    plan.earliestStart().ifPresent(time -> line("not before", time.toString()));
    line("afterwards", afterwards(plan));
    if (plan.refusal().isEmpty() || plan.refusal().get().guestStopped()) {
      list("lost", plan.losses());
      list("put back", plan.configurationChanges());
    }
    if (plan.refusal().isEmpty()) {
      list("content", plan.contents());
      line("safety snapshot", plan.safety().toString());
    }
    list("not known", plan.unknowns().stream().map(LogEscaper::escapeMessage).toList());
  }

  /** Nothing has what the domain became since its current snapshot. */
  private static String way(RevertPlan plan) {
    String target = plan.request().snapshot().map(LogEscaper::quote).orElse("the current snapshot");
    Optional<String> current = plan.before().currentSnapshot();
    if (current.isEmpty()) {
      return "to " + target + "; it is on top of no snapshot";
    }
    String lost = "; no snapshot has what it became since " + LogEscaper.quote(current.get());
    return switch (plan.path().size()) {
      case 0 ->
          "from "
              + LogEscaper.quote(current.get())
              + " to "
              + target
              + ", with no known way between them"
              + lost;
      case 1 -> "back to " + target + lost;
      default ->
          plan.path().stream().map(LogEscaper::quote).collect(Collectors.joining(" -> ")) + lost;
    };
  }

  private void writeRefusal(Refusal refusal, DomainStatus before) {
    boolean stops = refusal.guestStopped() && before.isActive();
    line(stops ? "fails, after the guest was stopped" : "refused", refusal.toString());
    line("way out", LogEscaper.escapeMessage(refusal.wayOut()));
  }

  private static String afterwards(RevertPlan plan) {
    if (plan.refusal().isPresent() && !plan.refusal().get().guestStopped()) {
      return "as it is now";
    }
    String state = plan.stateAfter().map(DomainState::words).orElseGet(() -> noState(plan));
    String reason = plan.reasonAfter().map(known -> " (" + known.words() + ")").orElse("");
    return state
        + reason
        + (plan.leavesAnotherState()
            ? ", and not "
                + plan.request().targetState().get().words()
                + ", although libvirt would report success"
            : "");
  }

  private static String noState(RevertPlan plan) {
    return plan.refusal().isPresent() ? "gone, as a transient domain that stopped" : "not known";
  }

  private void line(String label, String value) {
    text.append("\n  ").append(label).append(": ").append(value);
  }

  private void list(String label, List<?> items) {
    if (!items.isEmpty()) {
      text.append("\n  ").append(label).append(':');
      items.forEach(item -> text.append("\n    - ").append(item));
    }
  }
}
