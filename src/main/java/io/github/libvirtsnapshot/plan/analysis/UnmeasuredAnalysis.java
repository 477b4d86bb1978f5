package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.List;

/** The analysis for a driver that was not measured. */
final class UnmeasuredAnalysis implements DriverAnalysis {
  @Override
  public SafetySnapshotOption safety(Facts facts) {
    return SafetySnapshotOption.impossible("the contents of this driver's snapshots are unknown");
  }

  @Override
  public List<String> unknowns(Facts facts) {
    return List.of(
        "whether this driver does what libvirt documents: its behavior was not measured");
  }
}
