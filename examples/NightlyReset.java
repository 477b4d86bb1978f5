import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;

/** A program that resets a machine each night. docs/testing-your-code.md tests it. */
final class NightlyReset {
  /** What the program needs of the library. */
  interface Machine {
    RevertReport revert() throws RevertException;
  }

  private final Machine machine;

  NightlyReset(Machine machine) {
    this.machine = machine;
  }

  static NightlyReset of(Domain domain) {
    return new NightlyReset(
        SnapshotReverter.of(domain).to("clean-install").running().withSafetySnapshot()::revert);
  }

  /** Returns whether an operator has to agree first. */
  static boolean needsApproval(RevertPlan plan) {
    return !plan.matchesTarget()
        || plan.losses().stream().anyMatch(loss -> loss.kind() == Loss.Kind.SNAPSHOTS);
  }

  String run() {
    try {
      return "reset to " + machine.revert().snapshot();
    } catch (RevertException e) {
      return switch (e.outcome()) {
        case NOT_STARTED -> "skipped";
        case UNKNOWN, IN_PROGRESS -> "look at " + e.details().request().domain();
        default -> "broken: " + e.getError().getCode();
      };
    }
  }
}
