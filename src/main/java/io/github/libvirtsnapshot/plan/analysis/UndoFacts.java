package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.definition.Nvram;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.images.ImageReadings;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption.Kind;
import io.github.libvirtsnapshot.plan.facts.Blockers;
import io.github.libvirtsnapshot.plan.facts.Definitions;
import io.github.libvirtsnapshot.plan.facts.DomainFacts;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.NewSnapshot;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
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
  private static final String NEW_OVERLAY = ".after-revert";
  private static final int ANY_ID = 1;

  private final Facts facts;
  private final Kind kind;
  private final String name;
  private final Instant taken;

  private UndoFacts(Facts facts, Kind kind) {
    this.facts = facts;
    this.kind = kind;
    this.name = unusedName(facts.domainFacts().images());
    this.taken = NewSnapshot.now(facts.domainFacts().images().readings());
  }

  private static String unusedName(ImageGraph images) {
    Set<String> used =
        images.snapshots().stream().map(SnapshotDescription::name).collect(Collectors.toSet());
    return Stream.iterate(NAME, name -> name + "-")
        .filter(name -> !used.contains(name))
        .findFirst()
        .orElseThrow();
  }

  /** Returns the facts of the undo of a revert with a safety snapshot of this kind. */
  static Facts of(Facts facts, Kind kind) {
    return new UndoFacts(facts, kind).undo();
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
    return NewSnapshot.ofEverything(name, kind)
        .describe(facts.before(), facts.definitions().now(), facts.presentDisks(), taken);
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

  /** An internal snapshot is in the image of the NVRAM, too. */
  private ImageReadings readingsWith(SnapshotDescription safety) {
    Set<String> nvram =
        kind == Kind.INTERNAL
            ? facts.domainFacts().nvram().stream().map(Nvram::image).collect(Collectors.toSet())
            : Set.of();
    return facts
        .domainFacts()
        .images()
        .readings()
        .withSnapshot(
            Sets.union(safety.rewritten(), nvram), name, taken, facts.before().isActive());
  }
}
