package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Facts;
import java.util.List;

/** The analysis for the QEMU driver. */
final class QemuAnalysis implements DriverAnalysis {
  @Override
  public boolean knowsContents() {
    return true;
  }

  @Override
  public List<RestoredPart> contents(Facts facts) {
    return FidelityAnalysis.of(facts);
  }

  @Override
  public SafetySnapshotOption safety(Facts facts) {
    return QemuSafety.of(facts);
  }

  @Override
  public List<String> unknowns(Facts facts) {
    ImmutableList.Builder<String> unknowns = ImmutableList.builder();
    if (facts.before().isActive()) {
      unknowns.add("whether anyone is connected to the guest's screen or serial console");
    }
    unknowns.add(
        "whether the disk images"
            + (facts.nvramThen().filter(Nvram::isQcow2).isPresent() ? " and the NVRAM" : "")
            + " can be read and still contain the snapshot: libvirt checks this only after it"
            + " stops the guest");
    if (!facts.target().rewritten().isEmpty() && !facts.domainFacts().checkpoints().isEmpty()) {
      unknowns.add(
          "whether a checkpoint left a bitmap in an image: QEMU cannot revert internal snapshots"
              + " in such an image");
    }
    facts
        .snapshot()
        .memory()
        .file()
        .ifPresent(
            file ->
                unknowns.add("whether the memory file can be read: " + LogEscaper.escape(file)));
    if (facts.keepsProcess()) {
      unknowns.add(
          "whether libvirt considers the guest the same machine as the snapshot's: if not, the"
              + " revert requires force (force(), or: revert-domain --force)");
    }
    return unknowns
        .addAll(facts.blockers().host().unknowns())
        .addAll(facts.domainFacts().unknowns())
        .build();
  }
}
