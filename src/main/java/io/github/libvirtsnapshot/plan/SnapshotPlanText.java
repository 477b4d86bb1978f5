package io.github.libvirtsnapshot.plan;

import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import java.util.List;
import java.util.stream.Collectors;

/** Formats a plan as text for the operator who decides whether to take the snapshot. */
final class SnapshotPlanText {
  private SnapshotPlanText() {}

  static String of(SnapshotPlan plan) {
    PlanText text =
        new PlanText(
            "plan: take snapshot "
                + LogEscaper.quote(plan.snapshot().name())
                + " of domain "
                + LogEscaper.quote(plan.domain())
                + " on "
                + new HypervisorDriver(plan.driver(), plan.libvirtVersion()));
    text.line("before", plan.before().toString());
    text.list("refusals", escaped(plan.refusals()));
    text.line("kind", kind(plan.snapshot()));
    plan.whyExternal()
        .ifPresent(reason -> text.line("not internal", LogEscaper.escapeMessage(reason)));
    text.line("disks", disks(plan.snapshot()));
    text.list("steps", escaped(plan.steps()));
    text.list("contents", plan.contents());
    text.list("room", plan.room());
    text.line("revert", plan.revertRefusal().map(Refusal::toString).orElse("possible"));
    plan.revertRefusal()
        .ifPresent(refusal -> text.line("way out", LogEscaper.escapeMessage(refusal.wayOut())));
    text.list("unknowns", escaped(plan.unknowns()));
    text.list(
        "created transient storage pools over",
        plan.transientPools().stream().map(LogEscaper::quote).toList());
    return text.toString();
  }

  private static List<String> escaped(List<String> lines) {
    return lines.stream().map(LogEscaper::escapeMessage).toList();
  }

  private static String kind(SnapshotDetails snapshot) {
    return (snapshot.external() ? "external" : "internal")
        + snapshot.state().map(state -> ", " + state.word()).orElse("")
        + (snapshot.hasMemory() ? ", memory " + snapshot.memory() : ", without memory");
  }

  private static String disks(SnapshotDetails snapshot) {
    return snapshot.disks().isEmpty()
        ? "none"
        : snapshot.disks().entrySet().stream()
            .map(disk -> LogEscaper.escape(disk.getKey()) + " " + disk.getValue())
            .collect(Collectors.joining(", "));
  }
}
