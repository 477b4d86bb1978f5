package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.images.Qcow2Image;
import io.github.libvirtsnapshot.images.Qcow2Snapshot;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption;
import io.github.libvirtsnapshot.plan.facts.Blockers;
import io.github.libvirtsnapshot.plan.facts.Definitions;
import io.github.libvirtsnapshot.plan.facts.DomainFacts;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.SnapshotState;
import io.github.libvirtsnapshot.snapshots.StorageLocation;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The facts that the plan of an undo will find: the domain as the revert leaves it, with a safety
 * snapshot of its present state. The same rules and the same analysis then tell whether the undo is
 * possible.
 */
final class UndoFacts {
  private static final String NAME = "before-revert";
  private static final String MEMORY_FILE = "/before-revert.memory";
  private static final String NEW_OVERLAY = ".after-revert";
  private static final int ANY_ID = 1;

  private final Facts facts;
  private final boolean isInternal;
  private final String name;
  private final Instant taken;

  private UndoFacts(Facts facts, boolean isInternal) {
    this.facts = facts;
    this.isInternal = isInternal;
    this.name = unusedName(facts.domainFacts().images());
    this.taken = taken(facts.domainFacts().images().readings());
  }

  private static String unusedName(ImageGraph images) {
    Set<String> used =
        images.snapshots().stream().map(SnapshotDescription::name).collect(Collectors.toSet());
    return Stream.iterate(NAME, name -> name + "-")
        .filter(name -> !used.contains(name))
        .findFirst()
        .orElseThrow();
  }

  /** The clock of the host may be ahead of the clock of this program. */
  private static Instant taken(ImageReadings readings) {
    return Stream.concat(
            Stream.of(Instant.now()),
            readings.read().values().stream().flatMap(reading -> reading.modified().stream()))
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  /** Returns the facts of the undo of a revert with a safety snapshot of this kind. */
  static Facts of(Facts facts, SafetySnapshotOption.Kind kind) {
    return new UndoFacts(facts, kind == SafetySnapshotOption.Kind.INTERNAL).undo();
  }

  private Facts undo() {
    SnapshotDescription safety = safetySnapshot();
    DomainFacts known = facts.domainFacts();
    RevertRequest request =
        new RevertRequest(
            facts.request().domain(),
            facts.request().uuid(),
            Optional.of(name),
            RevertFlag.FORCE.value(),
            safety.details().stateAfterRevert());
    return new Facts(
        facts.driver(),
        statusAfterRevert(),
        request,
        safety,
        new Definitions(Optional.empty(), facts.target().domain(), Optional.empty()),
        ImmutableList.of(),
        new DomainFacts(
            imagesAfterRevert(safety),
            known.snapshotsKnown(),
            known.othersKnown(),
            known.checkpoints(),
            ImmutableMap.of(),
            known.listening(),
            facts.target().domain().flatMap(Nvram::of),
            known.transientPools(),
            known.unknowns()),
        Blockers.NONE,
        ImmutableList.of());
  }

  private SnapshotDescription safetySnapshot() {
    SnapshotDetails details =
        new SnapshotDetails(
            name,
            Optional.empty(),
            Optional.of(state()),
            Optional.of(taken.getEpochSecond()),
            facts.before().currentSnapshot(),
            memory(),
            presentDisks().stream()
                .collect(Collectors.toMap(Disk::target, this::location, (one, other) -> one)),
            true,
            Optional.empty(),
            Optional.empty());
    return new SnapshotDescription(
        details,
        ImmutableMap.of(),
        Optional.of(facts.definitions().now()),
        Optional.empty(),
        presentDisks());
  }

  private List<Disk> presentDisks() {
    return facts.presentDisks();
  }

  private SnapshotState state() {
    return switch (facts.before().state()) {
      case RUNNING -> SnapshotState.RUNNING;
      case PAUSED -> SnapshotState.PAUSED;
      default -> SnapshotState.SHUTOFF;
    };
  }

  private StorageLocation memory() {
    if (!facts.before().isActive()) {
      return new StorageLocation(StorageLocation.Kind.NO, Optional.empty());
    }
    return isInternal
        ? new StorageLocation(StorageLocation.Kind.INTERNAL, Optional.empty())
        : new StorageLocation(StorageLocation.Kind.EXTERNAL, Optional.of(MEMORY_FILE));
  }

  private StorageLocation location(Disk disk) {
    if (!disk.isWritable()) {
      return new StorageLocation(StorageLocation.Kind.NO, Optional.empty());
    }
    return isInternal
        ? new StorageLocation(StorageLocation.Kind.INTERNAL, Optional.empty())
        : new StorageLocation(
            StorageLocation.Kind.EXTERNAL, Optional.of(disk.image() + "." + name));
  }

  /** The reason of the state does not matter to a revert. */
  private DomainStatus statusAfterRevert() {
    StateReason reason =
        switch (facts.request().targetState().orElse(DomainState.SHUTOFF)) {
          case RUNNING -> StateReason.RUNNING_FROM_SNAPSHOT;
          case PAUSED -> StateReason.PAUSED_FROM_SNAPSHOT;
          default -> StateReason.SHUTOFF_FROM_SNAPSHOT;
        };
    return new DomainStatus(
        StateAndReason.of(reason),
        reason.state() == DomainState.SHUTOFF ? OptionalInt.empty() : OptionalInt.of(ANY_ID),
        Optional.of(facts.target().name()),
        facts.before().persistent(),
        false);
  }

  private ImageGraph imagesAfterRevert(SnapshotDescription safety) {
    ImageGraph images = facts.domainFacts().images();
    return new ImageGraph(
        facts.target().disks().stream().map(this::afterRevert).toList(),
        Optional.of(facts.target().name()),
        Stream.concat(images.snapshots().stream().map(this::afterRevert), Stream.of(safety))
            .toList(),
        images.otherDomains(),
        readingsWith(safety));
  }

  /** After a revert to an external snapshot, each disk is on a new overlay. */
  private Disk afterRevert(Disk disk) {
    return facts.target().isExternal() && !disk.image().isEmpty()
        ? disk.on(newOverlay(disk))
        : disk;
  }

  private static String newOverlay(Disk disk) {
    return disk.image() + NEW_OVERLAY;
  }

  /** libvirt notes the new overlays in the snapshot that it reverted to. */
  private SnapshotDescription afterRevert(SnapshotDescription snapshot) {
    return snapshot.isSameAs(facts.target())
        ? snapshot.withRevertOverlays(
            snapshot.disks().stream()
                .filter(disk -> snapshot.isExternal() && !disk.image().isEmpty())
                .collect(
                    ImmutableMap.toImmutableMap(
                        Disk::target, UndoFacts::newOverlay, (one, other) -> one)))
        : snapshot;
  }

  private ImageReadings readingsWith(SnapshotDescription safety) {
    ImageReadings readings = facts.domainFacts().images().readings();
    Set<String> nvram =
        isInternal
            ? facts.domainFacts().nvram().stream().map(Nvram::image).collect(Collectors.toSet())
            : Set.of();
    ImmutableMap.Builder<String, ImageReading> after = ImmutableMap.builder();
    for (Map.Entry<String, ImageReading> reading : readings.read().entrySet()) {
      after.put(
          reading.getKey(),
          safety.rewritten().contains(reading.getKey()) || nvram.contains(reading.getKey())
              ? withSafetySnapshot(reading.getValue())
              : reading.getValue());
    }
    return new ImageReadings(
        after.buildOrThrow(),
        readings.unread(),
        readings.gone(),
        readings.notQcow2(),
        readings.paths());
  }

  private ImageReading withSafetySnapshot(ImageReading reading) {
    return new ImageReading(
        reading.modified(),
        reading.changed(),
        reading.size(),
        reading.backing(),
        reading.qcow2().map(this::withSafetySnapshot));
  }

  private Qcow2Image withSafetySnapshot(Qcow2Image image) {
    return image.with(
        new Qcow2Snapshot(
            name,
            name,
            taken,
            Duration.ZERO,
            facts.before().isActive() ? 1 : 0,
            OptionalLong.of(image.virtualSize())));
  }
}
