package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.List;
import java.util.Optional;

/** What is known of what one of libvirt's drivers keeps in a snapshot, and what is not. */
interface DriverAnalysis {
  /** Returns what is known of the driver of this name. */
  static DriverAnalysis of(String driver) {
    return switch (driver) {
      case "TEST" -> facts -> List.of();
      case "QEMU" -> new QemuAnalysis();
      default -> new UnmeasuredAnalysis();
    };
  }

  /** Returns whether it is known which images a revert reads and writes. */
  default boolean knowsContents() {
    return false;
  }

  /** Says of each part of the snapshot whether a revert brings it back, if that is known. */
  default List<RestoredPart> contents(Facts facts) {
    return List.of();
  }

  /** Returns which kind of safety snapshot leads back from a revert. */
  default SafetySnapshotOption safety(Facts facts) {
    return new SafetySnapshotOption(Optional.of(SafetySnapshotOption.Kind.INTERNAL), "");
  }

  /** Returns what can't be found out, and may make the revert end differently. */
  List<String> unknowns(Facts facts);
}
