package io.github.libvirtsnapshot.plan;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Formats a plan as text for the operator who decides whether to revert. */
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
    line("before", plan.before().toString());
    line("path", path(plan));
    plan.refusal().ifPresent(refusal -> writeRefusal(refusal, plan.before()));
    plan.earliestStart().ifPresent(time -> line("earliest start", time.toString()));
    line("after", after(plan));
    if (plan.refusal().isEmpty() || plan.refusal().get().guestStopped()) {
      list("losses", plan.losses());
      list("configuration changes", plan.configurationChanges());
    }
    if (plan.refusal().isEmpty()) {
      list("contents", plan.contents());
      line("safety snapshot", plan.safety().toString());
    }
    list("unknowns", plan.unknowns().stream().map(LogEscaper::escapeMessage).toList());
    list(
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
    line(stops ? "fails after the guest is stopped" : "refused", refusal.toString());
    line("way out", LogEscaper.escapeMessage(refusal.wayOut()));
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
