package io.github.libvirtsnapshot.plan.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.images.ImageGraph;
import io.github.libvirtsnapshot.internal.ExistingNames;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption.Kind;
import io.github.libvirtsnapshot.plan.SnapshotPlan;
import io.github.libvirtsnapshot.plan.facts.FactFinder;
import io.github.libvirtsnapshot.plan.facts.Facts;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.plan.facts.SnapshotFiles;
import io.github.libvirtsnapshot.plan.facts.SnapshotRequest;
import io.github.libvirtsnapshot.plan.facts.SnapshotRequest.Preparation;
import io.github.libvirtsnapshot.plan.rules.DriverRules;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Plans a snapshot from the facts about its domain. */
public final class SnapshotPlanner {
  private final SnapshotRequest request;
  private final DomainStatus before;
  private final Facts facts;
  private final SnapshotFiles files;
  private final CommandNames names;
  private final Set<String> existing;
  private final boolean isQemu;

  private SnapshotPlanner(
      SnapshotRequest request,
      DomainStatus before,
      FactFinder.OfNewSnapshot found,
      Set<String> existing) {
    this.request = request;
    this.before = before;
    this.facts = found.facts();
    this.files = found.files();
    this.names = new CommandNames(facts.request());
    this.existing = existing;
    this.isQemu = facts.driver().name().equals("QEMU");
  }

  /**
   * Creates a plan, as {@code SnapshotMaker.plan()} does.
   *
   * @param inventory the domains of the host
   * @param before the present state of the domain
   * @param guestRefusals why the guest cannot be prepared, each with the way out
   * @throws IllegalStateException if a handle is closed, or if the XML of the domain cannot be read
   */
  public static SnapshotPlan plan(
      SnapshotCache snapshots,
      HostInventory inventory,
      SnapshotRequest request,
      DomainStatus before,
      List<String> guestRefusals)
      throws LibvirtException {
    FactFinder.OfNewSnapshot found =
        FactFinder.ofNewSnapshot(
            snapshots, inventory, request, before, PoolCreation.IN_FOLDERS_OF_POOLS);
    return new SnapshotPlanner(request, before, found, snapshots.names()).plan(guestRefusals);
  }

  private SnapshotPlan plan(List<String> guestRefusals) {
    Candidate internal = candidate(Kind.INTERNAL);
    Candidate chosen = choose(internal);
    List<String> refusals = new ArrayList<>(guestRefusals);
    refusals.addAll(refusals());
    if (existing.contains(request.name())) {
      refusals.add(
          "the domain has a snapshot "
              + LogEscaper.quote(request.name())
              + " already; choose another name, or delete that snapshot first (virsh"
              + " snapshot-delete DOMAIN SNAPSHOT)");
    } else {
      refusals.addAll(refusals(internal, chosen));
    }
    return new SnapshotPlan(
        facts.request().domain(),
        facts.driver().name(),
        facts.driver().libvirtVersion(),
        before,
        chosen.snapshot().details(),
        chosen.isInternal() || request.kind().isPresent()
            ? Optional.empty()
            : internal.objection().map(names::in),
        SnapshotSteps.of(request, before),
        contents(chosen),
        isQemu ? new SnapshotRoom(chosen.snapshot(), files).all() : List.of(),
        refusals.stream().map(names::in).toList(),
        chosen.revertRefusal().map(names::in),
        unknowns(chosen),
        facts.domainFacts().transientPools());
  }

  /**
   * A snapshot that could be taken.
   *
   * @param obstacle why libvirt does not take it, if so
   * @param nameObstacle why it needs another name, if so
   * @param revert the facts of a revert to it
   * @param revertRefusal the error of that revert, if it would fail
   */
  private record Candidate(
      Kind kind,
      SnapshotDescription snapshot,
      Optional<Obstacle> obstacle,
      Optional<Obstacle> nameObstacle,
      Facts revert,
      Optional<Refusal> revertRefusal) {
    boolean isInternal() {
      return kind == Kind.INTERNAL;
    }

    boolean isUsable() {
      return objection().isEmpty();
    }

    Optional<Obstacle> anyObstacle() {
      return obstacle.or(() -> nameObstacle);
    }

    /** Returns why the library does not choose this snapshot. */
    Optional<String> objection() {
      return anyObstacle()
          .map(Obstacle::words)
          .or(
              () ->
                  revertRefusal.map(
                      refusal ->
                          "a revert to the snapshot would fail: "
                              + refusal.reason()
                              + "; "
                              + TakingObstacles.wayOut(revert, refusal)));
    }
  }

  private Candidate candidate(Kind kind) {
    SnapshotDescription snapshot = AfterTaking.describe(request, kind, before, facts);
    Facts taking = facts.with(request.prepared(before), snapshot);
    Facts revert = AfterTaking.of(facts.with(before, snapshot));
    return new Candidate(
        kind,
        snapshot,
        isQemu ? obstacle(kind, taking) : TakingObstacles.ofOtherDriver(taking),
        isQemu && kind == Kind.INTERNAL ? TakingObstacles.ofInternalName(taking) : Optional.empty(),
        revert,
        DriverRules.of(facts.driver().name()).predict(revert).refusal());
  }

  private static Optional<Obstacle> obstacle(Kind kind, Facts taking) {
    return TakingObstacles.ofAny(taking)
        .or(
            () ->
                kind == Kind.INTERNAL
                    ? TakingObstacles.ofInternal(taking).or(() -> TakingObstacles.ofNextId(taking))
                    : TakingObstacles.ofExternal(taking));
  }

  /** A name with which an internal snapshot is impossible does not lead to an external one. */
  private Candidate choose(Candidate internal) {
    if (request.kind().isPresent()) {
      return internal.kind() == request.kind().get() ? internal : candidate(Kind.EXTERNAL);
    }
    boolean needsOnlyAnotherName =
        internal.obstacle().isEmpty() && internal.nameObstacle().isPresent();
    if (internal.isUsable() || !isQemu || needsOnlyAnotherName) {
      return internal;
    }
    Candidate external = candidate(Kind.EXTERNAL);
    return external.isUsable() || internal.obstacle().isPresent() ? external : internal;
  }

  private List<String> refusals() {
    ImmutableList.Builder<String> refusals = ImmutableList.builder();
    if (facts.blockers().readOnly()) {
      refusals.add(
          "the connection is read-only; open a connection that is not read-only (new Connect(uri),"
              + " or: a URI of the read-write socket)");
    }
    facts
        .blockers()
        .blocked()
        .ifPresent(blocked -> refusals.add(blocked.reason() + "; " + blocked.wayOut()));
    if (request.preparation() == Preparation.SHUT_OFF && before.isActive()) {
      lostByShutdown().or(this::cannotStartAgain).ifPresent(refusals::add);
    }
    unknownTargets().ifPresent(refusals::add);
    return refusals.build();
  }

  private Optional<String> lostByShutdown() {
    if (!before.persistent()) {
      return Optional.of(
          "the domain is transient, and does not exist any more once it is shut off; take the"
              + " snapshot with its memory (withMemory())");
    }
    List<String> lost = LiveDevices.lost(facts);
    return lost.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "the guest would lose "
                + String.join(", ", lost)
                + ", which its stored definition lacks, when it is shut down; add that to the"
                + " stored definition first (virsh attach-device DOMAIN FILE --config), or take the"
                + " snapshot without shuttingOffFirst(...)");
  }

  private Optional<String> cannotStartAgain() {
    return facts
        .blockers()
        .host()
        .missingForPresentGuest()
        .map(
            missing ->
                "the guest could not be started again after the snapshot: "
                    + missing
                    + "; provide the missing resource on the host first, or take the snapshot"
                    + " without shuttingOffFirst(...)");
  }

  private Optional<String> unknownTargets() {
    Set<String> writable =
        facts.target().disks().stream()
            .filter(Disk::isWritable)
            .map(Disk::target)
            .collect(Collectors.toSet());
    Set<String> unknown = Sets.difference(request.leftOut(), writable);
    return unknown.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "the domain has no writable disk "
                + ExistingNames.quoted(unknown)
                + ", which is to be left out; its writable disks are "
                + ExistingNames.quoted(writable));
  }

  private List<String> refusals(Candidate internal, Candidate chosen) {
    ImmutableList.Builder<String> refusals = ImmutableList.builder();
    boolean noneIsPossible =
        request.kind().isEmpty()
            && !chosen.isUsable()
            && !chosen.objection().equals(internal.objection());
    if (noneIsPossible) {
      internal.objection().ifPresent(reason -> refusals.add("no internal snapshot: " + reason));
    }
    String prefix = noneIsPossible ? "no external snapshot: " : "";
    if (chosen.anyObstacle().isPresent()) {
      refusals.add(prefix + chosen.anyObstacle().get().words());
    } else if (request.kind().isEmpty() && chosen.revertRefusal().isPresent()) {
      refusals.add(
          prefix
              + chosen.objection().orElseThrow()
              + "; to take it nevertheless, request its kind ("
              + (chosen.isInternal() ? "internal()" : "external()")
              + ")");
    }
    if (isQemu && chosen.snapshot().disks().stream().noneMatch(disk -> isIncluded(chosen, disk))) {
      refusals.add("the snapshot would include no disk; leave out fewer disks");
    }
    return refusals.addAll(FileRefusals.of(chosen.snapshot(), files)).build();
  }

  private static boolean isIncluded(Candidate candidate, Disk disk) {
    return candidate.snapshot().isInternal(disk) || candidate.snapshot().isExternal(disk);
  }

  private List<RestoredPart> contents(Candidate chosen) {
    DriverAnalysis driver = DriverAnalysis.of(facts.driver().name());
    if (!driver.knowsContents()) {
      return List.of();
    }
    return Stream.of(
            driver.contents(chosen.revert()).stream(),
            lacksMemory(chosen) ? Stream.of(memoryLeftOut()) : Stream.<RestoredPart>empty(),
            chosen.snapshot().disks().stream()
                .filter(disk -> disk.readOnly() && !disk.image().isEmpty())
                .map(SnapshotPlanner::readOnly))
        .flatMap(parts -> parts)
        .toList();
  }

  private boolean lacksMemory(Candidate chosen) {
    return request.prepared(before).isActive() && !chosen.snapshot().details().hasMemory();
  }

  private RestoredPart memoryLeftOut() {
    return new RestoredPart(
        "memory",
        Certainty.NOT_INCLUDED,
        "after a revert, the guest starts from its disks as after "
            + (request.preparation() == Preparation.FREEZE
                ? "a power failure with consistent file systems"
                : "a power failure (crash-consistent)"));
  }

  private static RestoredPart readOnly(Disk disk) {
    return new RestoredPart(
        (disk.device().equals("disk") ? "read-only disk " : "medium in drive ")
            + LogEscaper.escape(disk.target()),
        Certainty.UNAFFECTED,
        "no snapshot includes the content of " + LogEscaper.quote(disk.image()));
  }

  private List<String> unknowns(Candidate chosen) {
    ImmutableList.Builder<String> all = ImmutableList.builder();
    if (chosen.isInternal()) {
      chosen.snapshot().rewritten().stream()
          .filter(image -> facts.domainFacts().images().readings().qcow2(image).isEmpty())
          .map(
              image ->
                  "whether "
                      + LogEscaper.quote(image)
                      + " has a snapshot of this name that libvirt does not know"
                      + facts.domainFacts().images().readings().becauseUnread(image))
          .filter(unknown -> isQemu)
          .forEach(all::add);
    }
    if (isQemu) {
      unreadImages(chosen).forEach(all::add);
    }
    SnapshotFiles.files(chosen.snapshot())
        .filter(files::mayExist)
        .forEach(
            file ->
                all.add(
                    "whether the file "
                        + LogEscaper.quote(file)
                        + ", which libvirt creates, exists already"));
    if (isQemu) {
      all.addAll(new SnapshotRoom(chosen.snapshot(), files).unknowns());
    }
    return all.addAll(
            DriverAnalysis.of(facts.driver().name()).unknownsOfNewSnapshot(chosen.revert()))
        .addAll(facts.unknowns())
        .build();
  }

  private Stream<String> unreadImages(Candidate chosen) {
    ImageGraph images = facts.domainFacts().images();
    return chosen.snapshot().disks().stream()
        .filter(disk -> isIncluded(chosen, disk))
        .flatMap(disk -> images.andBeneath(disk.image()).stream())
        .filter(image -> images.readings().unread().containsKey(image))
        .distinct()
        .map(
            image ->
                "whether "
                    + LogEscaper.quote(image)
                    + " and its backing images exist and can be opened"
                    + images.readings().becauseUnread(image));
  }
}
