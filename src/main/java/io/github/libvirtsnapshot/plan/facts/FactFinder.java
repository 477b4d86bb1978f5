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
import io.github.libvirtsnapshot.host.HypervisorDriver;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.snapshots.SnapshotCache;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;

/**
 * Finds out the facts that a plan is made of, by asking libvirt only what changes nothing. A
 * question that libvirt refuses becomes something that is not known; a lost connection ends it.
 */
public final class FactFinder {
  /** Parts of a domain's XML that make it another machine. */
  private static final ImmutableList<String> MACHINE =
      ImmutableList.of("@type", "memory", "vcpu", "os/type/@arch", "os/type/@machine");

  private final Connect connect;
  private final SnapshotCache snapshots;
  private final DomainFactsCollector collector;
  private final RevertRequest request;
  private final DomainStatus before;
  private final SnapshotDescription target;
  private final Unknowns unknowns = new Unknowns();

  private FactFinder(
      Connect connect,
      SnapshotCache snapshots,
      HostInventory inventory,
      RevertRequest request,
      DomainStatus before)
      throws LibvirtException {
    this.connect = connect;
    this.snapshots = snapshots;
    this.collector = new DomainFactsCollector(connect, snapshots, inventory);
    this.before = before;
    this.target = snapshots.description(request.snapshot().orElseThrow());
    this.request =
        request.targetState().isPresent()
            ? request
            : request.withTargetState(target.details().stateAfterRevert());
  }

  /**
   * Finds out all that a plan depends on.
   *
   * @param inventory the domains of the host
   * @param request names the snapshot
   * @param before the domain as it is
   * @throws IllegalStateException if a handle is closed, or the XML of the snapshot or of the
   *     domain can't be read
   */
  public static Facts all(
      SnapshotCache snapshots, HostInventory inventory, RevertRequest request, DomainStatus before)
      throws LibvirtException {
    try (Connect connect = snapshots.domain().getConnect()) {
      return new FactFinder(connect, snapshots, inventory, request, before).all();
    }
  }

  /**
   * Finds out only what a revert would bring back, as {@link #all} does.
   *
   * @throws IllegalStateException as {@link #all} does
   */
  public static Facts ofContents(
      SnapshotCache snapshots, HostInventory inventory, RevertRequest request, DomainStatus before)
      throws LibvirtException {
    try (Connect connect = snapshots.domain().getConnect()) {
      return new FactFinder(connect, snapshots, inventory, request, before).ofContents();
    }
  }

  private Facts ofContents() throws LibvirtException {
    Definitions definitions = Definitions.of(snapshots.domain(), before, unknowns);
    return facts(
        HypervisorDriver.of(connect),
        definitions,
        List.of(),
        collector.forContents(before, definitions.all(), target),
        Blockers.NONE);
  }

  private Facts all() throws LibvirtException {
    Domain domain = snapshots.domain();
    HypervisorDriver driver = HypervisorDriver.of(connect);
    DriverQuestions questions = DriverQuestions.of(driver.name());
    Definitions definitions = Definitions.of(domain, before, unknowns);
    Blockers blockers =
        new Blockers(
            definitions.areReadOnly(domain, unknowns),
            unknowns.ask(
                "whether a job is at work on the domain",
                Optional.empty(),
                () -> questions.blocked(domain, before, definitions.now())),
            target.domain().filter(then -> !isSameMachine(definitions.now(), then)).isPresent(),
            HostRequirements.NONE);
    DomainFacts domainFacts =
        questions.domainFacts(
            collector,
            before,
            definitions.all(),
            target,
            target.domain().map(GraphicsPorts::fixed).orElse(ImmutableSet.of()));
    Facts guest = facts(driver, definitions, path(), domainFacts, blockers);
    return facts(
        driver,
        definitions,
        guest.path(),
        domainFacts,
        blockers.withHost(hostRequirements(questions, guest)));
  }

  private Facts facts(
      HypervisorDriver driver,
      Definitions definitions,
      List<String> path,
      DomainFacts domainFacts,
      Blockers blockers) {
    return new Facts(
        driver, before, request, target, definitions, path, domainFacts, blockers, unknowns.all());
  }

  /** What can't be read is no reason not to plan: it is not known where it is, then. */
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

  /** libvirt compares more, but what differs here is not the same to it. */
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

  /** A guest that is not started needs nothing of the host that it does not have. */
  private HostRequirements hostRequirements(DriverQuestions questions, Facts guest)
      throws ConnectionLostException {
    boolean starts = !guest.hasTargetState(DomainState.SHUTOFF) && !guest.keepsProcess();
    return starts && target.domain().isPresent()
        ? questions.hostRequirements(connect, target.domain().get())
        : HostRequirements.NONE;
  }
}
