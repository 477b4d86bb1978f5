package io.github.libvirtsnapshot.plan.facts;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMultiset;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Multiset;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.SafetySnapshotOption.Kind;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Collects the facts that a plan is based on. No call changes the domain or a file. A query that
 * libvirt refuses is recorded as an unknown. A lost connection ends the collection.
 */
public final class FactFinder {
  /** The parts of a domain's XML that differ between different machines. */
  private static final ImmutableList<String> MACHINE =
      ImmutableList.of("@type", "memory", "vcpu", "os/type/@arch", "os/type/@machine");

  private final Connect connect;
  private final HypervisorDriver driver;
  private final SnapshotCache snapshots;
  private final DomainFactsCollector collector;
  private final RevertRequest request;
  private final DomainStatus before;
  private final SnapshotDescription target;
  private final Unknowns unknowns;

  private FactFinder(
      Connect connect,
      SnapshotCache snapshots,
      HostInventory inventory,
      RevertRequest request,
      SnapshotDescription target,
      DomainStatus before,
      PoolCreation poolCreation,
      ImageQuestion imageQuestion,
      Unknowns unknowns)
      throws LibvirtException {
    this.connect = connect;
    this.unknowns = unknowns;
    this.driver = HypervisorDriver.of(connect);
    this.snapshots = snapshots;
    this.collector =
        new DomainFactsCollector(
            connect,
            snapshots,
            inventory,
            poolCreation.onLibvirt(driver.libvirtVersion()),
            imageQuestion);
    this.before = before;
    this.target = target;
    this.request =
        request.targetState().isPresent()
            ? request
            : request.withTargetState(target.details().stateAfterRevert());
  }

  /**
   * Collects all facts that a plan depends on.
   *
   * @param inventory the domains of the host
   * @param request the request, with the name of the snapshot
   * @param before the present state of the domain
   * @param poolCreation over which folders the library may create storage pools
   * @throws IllegalStateException if a handle is closed, or if the XML of the snapshot or of the
   *     domain cannot be read
   */
  public static Facts all(
      SnapshotCache snapshots,
      HostInventory inventory,
      RevertRequest request,
      DomainStatus before,
      PoolCreation poolCreation)
      throws LibvirtException {
    try (Connect connect = snapshots.domain().getConnect()) {
      return new FactFinder(
              connect,
              snapshots,
              inventory,
              request,
              target(snapshots, request),
              before,
              poolCreation,
              SafetySnapshotRoom::check,
              new Unknowns())
          .all();
    }
  }

  private static SnapshotDescription target(SnapshotCache snapshots, RevertRequest request)
      throws LibvirtException {
    return snapshots.description(request.snapshot().orElseThrow());
  }

  /**
   * The facts about a snapshot that does not exist yet.
   *
   * @param facts the facts of a revert to the snapshot, if the snapshot is internal
   * @param files the files that the snapshot creates or enlarges
   */
  public record OfNewSnapshot(Facts facts, SnapshotFiles files) {}

  /**
   * Collects the facts that determine whether a snapshot can be taken, and reverted to.
   *
   * @param before the present state of the domain
   * @param poolCreation over which folders the library may create storage pools
   * @throws IllegalStateException if a handle is closed, or if the XML of the domain cannot be read
   */
  public static OfNewSnapshot ofNewSnapshot(
      SnapshotCache snapshots,
      HostInventory inventory,
      SnapshotRequest request,
      DomainStatus before,
      PoolCreation poolCreation)
      throws LibvirtException {
    Domain domain = snapshots.domain();
    Unknowns unknowns = new Unknowns();
    Definitions definitions = Definitions.of(domain, before, unknowns);
    SnapshotDescription internal = describe(request, Kind.INTERNAL, before, definitions);
    SnapshotDescription external = describe(request, Kind.EXTERNAL, before, definitions);
    SnapshotFiles files =
        new SnapshotFiles(
            domain,
            request.kind().equals(Optional.of(Kind.INTERNAL))
                ? List.of(internal)
                : List.of(internal, external));
    RevertRequest revert =
        RevertRequest.of(domain, Optional.of(request.name()), 0)
            .withTargetState(internal.details().stateAfterRevert());
    try (Connect connect = domain.getConnect()) {
      FactFinder finder =
          new FactFinder(
              connect,
              snapshots,
              inventory,
              revert,
              internal,
              before,
              poolCreation,
              files,
              unknowns);
      return new OfNewSnapshot(finder.ofNewSnapshot(definitions, request), files);
    }
  }

  private static SnapshotDescription describe(
      SnapshotRequest request, Kind kind, DomainStatus before, Definitions definitions) {
    DomainStatus prepared = request.prepared(before);
    XmlNode definition =
        prepared.isActive()
            ? definitions.now()
            : definitions.persistent().orElseGet(definitions::now);
    return request
        .snapshot(kind)
        .describe(prepared, definition, Disk.of(definition), Instant.now());
  }

  private Facts ofNewSnapshot(Definitions definitions, SnapshotRequest taking)
      throws LibvirtException {
    DriverQuestions questions = DriverQuestions.of(driver.name());
    Blockers blockers = blockers(questions, definitions);
    Facts guest = facts(definitions, List.of(), domainFacts(questions, definitions), blockers);
    HostRequirements requirements = questions.startRequirements(connect, guest);
    return facts(
        definitions,
        guest.path(),
        guest.domainFacts(),
        blockers.withHost(
            taking.restartsGuest(before)
                ? requirements.withStart(
                    questions.startRequirements(connect, guest.with(DomainState.RUNNING)))
                : requirements));
  }

  /**
   * Collects only the facts that determine which contents a revert restores.
   *
   * @throws IllegalStateException as {@link #all} does
   */
  public static Facts ofContents(
      SnapshotCache snapshots, HostInventory inventory, RevertRequest request, DomainStatus before)
      throws LibvirtException {
    try (Connect connect = snapshots.domain().getConnect()) {
      return new FactFinder(
              connect,
              snapshots,
              inventory,
              request,
              target(snapshots, request),
              before,
              PoolCreation.NEVER,
              SafetySnapshotRoom::check,
              new Unknowns())
          .ofContents();
    }
  }

  private Facts ofContents() throws LibvirtException {
    Definitions definitions = Definitions.of(snapshots.domain(), before, unknowns);
    return facts(
        definitions, List.of(), collector.forContents(before, definitions, target), Blockers.NONE);
  }

  private Facts all() throws LibvirtException {
    Domain domain = snapshots.domain();
    DriverQuestions questions = DriverQuestions.of(driver.name());
    Definitions definitions = Definitions.of(domain, before, unknowns);
    Blockers blockers = blockers(questions, definitions);
    DomainFacts domainFacts = domainFacts(questions, definitions);
    Facts guest = facts(definitions, path(), domainFacts, blockers);
    return facts(
        definitions,
        guest.path(),
        domainFacts,
        blockers.withHost(questions.hostRequirements(connect, guest)));
  }

  private Blockers blockers(DriverQuestions questions, Definitions definitions)
      throws ConnectionLostException {
    Domain domain = snapshots.domain();
    return new Blockers(
        definitions.areReadOnly(domain, unknowns),
        unknowns.ask(
            "whether a job is in progress on the domain",
            Optional.empty(),
            () -> questions.blocked(domain, before, definitions.now())),
        target.domain().filter(then -> !isSameMachine(definitions.now(), then)).isPresent(),
        HostRequirements.NONE);
  }

  private DomainFacts domainFacts(DriverQuestions questions, Definitions definitions)
      throws ConnectionLostException {
    return questions.domainFacts(
        collector,
        before,
        definitions,
        target,
        target.domain().map(GraphicsPorts::fixed).orElse(ImmutableSet.of()));
  }

  private Facts facts(
      Definitions definitions, List<String> path, DomainFacts domainFacts, Blockers blockers) {
    return new Facts(
        driver,
        before,
        request,
        target.withPaths(domainFacts.images().readings().paths()),
        definitions,
        path,
        domainFacts,
        blockers,
        unknowns.all());
  }

  /** Without the path, the other parts of a plan are still useful. */
  private List<String> path() throws ConnectionLostException {
    try {
      return before.currentSnapshot().isPresent()
          ? snapshots.path(before.currentSnapshot().get(), target.name())
          : List.of();
    } catch (ConnectionLostException e) {
      throw e;
    } catch (LibvirtException | IllegalStateException e) {
      return List.of();
    }
  }

  /** libvirt compares more parts; machines that differ in these parts differ for libvirt, too. */
  private static boolean isSameMachine(XmlNode now, XmlNode then) {
    return MACHINE.stream().allMatch(part -> now.text(part).equals(then.text(part)))
        && devices(now).equals(devices(then));
  }

  private static Multiset<String> devices(XmlNode domain) {
    return domain.first("devices").stream()
        .flatMap(devices -> devices.children().stream())
        .map(XmlNode::name)
        .collect(ImmutableMultiset.toImmutableMultiset());
  }
}
