package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.List;

/** An analysis of the contents of one driver's snapshots. */
interface DriverAnalysis {
  /** Returns the analysis for the driver of this name. */
  static DriverAnalysis of(String driver) {
    return switch (driver) {
      case "TEST" -> facts -> List.of();
      case "QEMU" -> new QemuAnalysis();
      default -> new UnmeasuredAnalysis();
    };
  }

  /** Returns whether {@link #contents} supports this driver. */
  default boolean knowsContents() {
    return false;
  }

  /** Returns for each part of the snapshot whether a revert restores it; empty if unsupported. */
  default List<RestoredPart> contents(Facts facts) {
    return List.of();
  }

  /** Returns the kind of safety snapshot that can undo a revert, if one can. */
  default SafetySnapshotOption safety(Facts facts) {
    return SafetySnapshotOption.possible(SafetySnapshotOption.Kind.INTERNAL);
  }

  /** Returns the conditions that cannot be checked and may change the result of the revert. */
  List<String> unknowns(Facts facts);

  /**
   * Returns the conditions that cannot be checked and may change the result of a revert to a
   * snapshot that does not exist yet.
   *
   * @param facts the facts of such a revert
   */
  default List<String> unknownsOfNewSnapshot(Facts facts) {
    return unknowns(facts);
  }
}
