package io.github.libvirtsnapshot.plan.analysis;

import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.List;
import java.util.Optional;

/** What is known of a driver that was not measured. */
final class UnmeasuredAnalysis implements DriverAnalysis {
  @Override
  public SafetySnapshotOption safety(Facts facts) {
    return new SafetySnapshotOption(
        Optional.empty(), "what this driver keeps in a snapshot is not known");
  }

  @Override
  public List<String> unknowns(Facts facts) {
    return List.of(
        "whether this driver does what libvirt documents: this plan knows nothing else about it");
  }
}
