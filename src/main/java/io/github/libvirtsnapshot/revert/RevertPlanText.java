package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LogText;
import java.util.List;
import java.util.function.Function;

/** Writes a plan for an operator, who is about to press enter. */
final class RevertPlanText {
  private final StringBuilder text = new StringBuilder();

  private RevertPlanText() {}

  static String of(RevertPlan plan) {
    RevertPlanText writer = new RevertPlanText();
    writer.write(plan);
    return writer.text.toString();
  }

  private void write(RevertPlan plan) {
    text.append("plan: revert ").append(plan.request()).append(" on ").append(plan.hypervisor());
    line("now", now(plan.before()));
    plan.refusal().ifPresent(refusal -> writeRefusal(refusal, plan.before()));
    line("afterwards", afterwards(plan));
    if (plan.refusal().isEmpty() || plan.refusal().get().guestStopped()) {
      list("lost", plan.losses(), Loss::toString);
      list("put back", plan.configurationChanges(), ConfigurationChange::toString);
    }
    list("not known", plan.unknowns(), Function.identity());
  }

  private static String now(DomainStatus before) {
    return before.stateAndReason()
        + (before.persistent() ? ", persistent" : ", transient")
        + before
            .currentSnapshot()
            .map(name -> ", current snapshot " + LogText.quote(name))
            .orElse(", no current snapshot")
        + (before.managedSave() ? ", with a managed save image" : "");
  }

  private void writeRefusal(Refusal refusal, DomainStatus before) {
    boolean stops = refusal.guestStopped() && before.id().isPresent();
    line(stops ? "fails, after the guest was stopped" : "refused", refusal.toString());
    line("way out", refusal.wayOut());
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
            ? ", and not " + plan.request().asked().get().words() + " as asked, with no error"
            : "");
  }

  private static String noState(RevertPlan plan) {
    return plan.refusal().isPresent() ? "gone, as a transient domain that stopped" : "not known";
  }

  private void line(String label, String value) {
    text.append("\n  ").append(label).append(": ").append(value);
  }

  private <T> void list(String label, List<T> items, Function<T, String> shown) {
    if (!items.isEmpty()) {
      text.append("\n  ").append(label).append(':');
      items.forEach(item -> text.append("\n    - ").append(shown.apply(item)));
    }
  }
}
