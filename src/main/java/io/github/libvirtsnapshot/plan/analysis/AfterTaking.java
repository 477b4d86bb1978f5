package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption.Kind;
import io.github.libvirtsnapshot.plan.facts.Blockers;
import io.github.libvirtsnapshot.plan.facts.DomainFacts;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.NewSnapshot;
import io.github.libvirtsnapshot.plan.facts.SnapshotRequest;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The facts that the plan of a revert will find right after a snapshot was taken. The same rules
 * and the same analysis as for each revert then tell whether the revert is possible.
 */
final class AfterTaking {
  private AfterTaking() {}

  /** Returns the snapshot of a kind, as libvirt will describe it. */
  static SnapshotDescription describe(
      SnapshotRequest request, Kind kind, DomainStatus before, Facts facts) {
    return request
        .snapshot(kind)
        .describe(
            request.prepared(before),
            facts.target().domain().orElseThrow(),
            facts.target().disks(),
            NewSnapshot.now(facts.domainFacts().images().readings()));
  }

  /**
   * Returns the facts of the revert.
   *
   * @param facts the facts before the snapshot is taken; the target is the snapshot
   */
  static Facts of(Facts facts) {
    SnapshotDescription taken = facts.target();
    DomainFacts known = facts.domainFacts();
    return new Facts(
        facts.driver(),
        withCurrent(facts.before(), taken.name()),
        facts.request().withTargetState(taken.details().stateAfterRevert()),
        taken,
        facts.definitions(),
        ImmutableList.of(taken.name()),
        new DomainFacts(
            images(facts),
            known.snapshotsKnown(),
            known.othersKnown(),
            known.checkpoints(),
            known.unreadable(),
            known.listening(),
            known.nvram(),
            known.transientPools(),
            known.unknowns()),
        new Blockers(
            false, Optional.empty(), facts.blockers().otherMachine(), facts.blockers().host()),
        facts.unknowns());
  }

  private static DomainStatus withCurrent(DomainStatus before, String snapshot) {
    return new DomainStatus(
        before.stateAndReason(),
        before.id(),
        Optional.of(snapshot),
        before.persistent(),
        before.managedSave());
  }

  private static ImageGraph images(Facts facts) {
    ImageGraph images = facts.domainFacts().images();
    SnapshotDescription taken = facts.target();
    List<Disk> disks = images.disks().stream().map(disk -> afterTaking(disk, taken)).toList();
    List<SnapshotDescription> snapshots =
        Stream.concat(
                images.snapshots().stream().filter(other -> !other.isSameAs(taken)),
                Stream.of(taken))
            .toList();
    return new ImageGraph(
        disks, Optional.of(taken.name()), snapshots, images.otherDomains(), readings(facts));
  }

  private static Disk afterTaking(Disk disk, SnapshotDescription taken) {
    return taken.isExternal(disk)
        ? disk.on(taken.overlays().getOrDefault(disk.target(), ""))
        : disk;
  }

  /** An internal snapshot is in the image of the NVRAM, too. */
  private static ImageReadings readings(Facts facts) {
    ImageReadings readings = facts.domainFacts().images().readings();
    SnapshotDescription taken = facts.target();
    Instant time = taken.details().taken().orElseThrow();
    if (taken.isExternal()) {
      return withMemoryFile(readings, taken, time);
    }
    Set<String> nvram =
        facts.domainFacts().nvram().stream().map(Nvram::image).collect(Collectors.toSet());
    return readings.withSnapshot(
        Sets.union(taken.rewritten(), nvram), taken.name(), time, taken.details().hasMemory());
  }

  /** The file can be read if the first included disk, which is in the same folder, can be read. */
  private static ImageReadings withMemoryFile(
      ImageReadings readings, SnapshotDescription taken, Instant time) {
    boolean canBeRead =
        taken.disks().stream()
            .filter(taken::isExternal)
            .findFirst()
            .filter(disk -> readings.of(disk.image()).isPresent())
            .isPresent();
    return taken
        .details()
        .memory()
        .file()
        .filter(file -> canBeRead)
        .map(file -> readings.withFile(file, time))
        .orElse(readings);
  }
}
