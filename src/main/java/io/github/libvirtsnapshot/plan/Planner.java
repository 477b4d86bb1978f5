package io.github.libvirtsnapshot.plan;

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
import io.github.libvirtsnapshot.snapshots.FoundSnapshots;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Finds out what a revert would do, by asking libvirt only what changes nothing. */
final class Planner {
  /** Parts of a domain's XML that make it another machine. */
  private static final ImmutableList<String> MACHINE =
      ImmutableList.of("@type", "memory", "vcpu", "os/type/@arch", "os/type/@machine");

  private final Domain domain;
  private final FoundSnapshots snapshots;
  private final HostInventory inventory;
  private final RevertRequest request;
  private final DomainStatus before;
  private final SnapshotDescription target;
  private final Unknowns unknowns = new Unknowns();

  /**
   * Reads the snapshot.
   *
   * @param inventory the domains of the host
   * @param request names it
   */
  Planner(
      FoundSnapshots snapshots, HostInventory inventory, RevertRequest request, DomainStatus before)
      throws LibvirtException {
    String name = request.snapshot().orElseThrow();
    this.domain = snapshots.domain();
    this.snapshots = snapshots;
    this.inventory = inventory;
    this.before = before;
    this.target = snapshots.description(name);
    this.request =
        request.targetState().isPresent()
            ? request
            : request.withTargetState(target.details().stateAfterRevert());
  }

  RevertPlan plan() throws LibvirtException {
    try (Connect connect = domain.getConnect()) {
      return plan(connect);
    }
  }

  /** Finds out only what a revert would bring back. */
  List<Content> contents() throws LibvirtException {
    try (Connect connect = domain.getConnect()) {
      Driver driver = Driver.of(connect);
      Surroundings surroundings =
          new Survey(connect, snapshots, inventory)
              .forContents(before, Definitions.of(domain, before, unknowns).all(), target);
      return DriverRules.of(driver.name())
          .contents(situation(driver, surroundings, Obstacles.NONE));
    }
  }

  private RevertPlan plan(Connect connect) throws LibvirtException {
    Driver driver = Driver.of(connect);
    DriverRules rules = DriverRules.of(driver.name());
    Definitions definitions = Definitions.of(domain, before, unknowns);
    Obstacles obstacles =
        new Obstacles(
            definitions.areReadOnly(domain, unknowns),
            unknowns.ask(
                "whether a job is at work on the domain",
                Optional.empty(),
                () -> rules.blocked(domain, before, definitions.now())),
            target.domain().filter(then -> !isSameMachine(definitions.now(), then)).isPresent(),
            HostNeeds.NONE);
    Surroundings surroundings =
        rules.surroundings(
            new Survey(connect, snapshots, inventory),
            before,
            definitions.all(),
            target,
            target.domain().map(GraphicsPorts::fixed).orElse(ImmutableSet.of()));
    Situation guest = situation(driver, surroundings, obstacles);
    Situation situation = guest.withHost(hostNeeds(rules, connect, guest));
    Forecast forecast = rules.forecast(situation);
    return new RevertPlan(
        request,
        driver,
        before,
        path(),
        forecast.refusal(),
        forecast.state(),
        forecast.reason(),
        target.isExternal()
            ? OverlayNames.free(situation.surroundings().images().all(), Instant.now())
            : Optional.empty(),
        Losses.of(situation, definitions.now()),
        definitions.persistent().map(this::configurationChanges).orElse(ImmutableList.of()),
        rules.contents(situation),
        rules.safety(situation),
        unknowns(rules, situation));
  }

  private Situation situation(Driver driver, Surroundings surroundings, Obstacles obstacles) {
    return new Situation(driver, before, request.flags(), target, surroundings, obstacles);
  }

  /** What can't be read is no reason not to plan: it is not known where it is, then. */
  private List<String> path() throws ConnectionLostException {
    try {
      return before.currentSnapshot().isPresent()
          ? snapshots.path(before.currentSnapshot().get(), request.snapshot().orElseThrow())
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
  private HostNeeds hostNeeds(DriverRules rules, Connect connect, Situation guest)
      throws ConnectionLostException {
    boolean starts = !guest.hasTargetState(DomainState.SHUTOFF) && !guest.keepsProcess();
    Optional<XmlNode> then = target.domain();
    return starts && then.isPresent() ? rules.hostNeeds(connect, then.get()) : HostNeeds.NONE;
  }

  private List<ConfigurationChange> configurationChanges(XmlNode now) {
    return target
        .inactiveDomain()
        .or(target::domain)
        .map(then -> ConfigurationChange.between(now, then))
        .orElse(ImmutableList.of())
        .stream()
        .filter(change -> !target.isExternal() || !change.isDiskImage())
        .toList();
  }

  private List<String> unknowns(DriverRules rules, Situation situation) {
    ImmutableList.Builder<String> all = ImmutableList.builder();
    if (!before.persistent()) {
      all.add(
          "what of its configuration would change: a transient domain keeps no definition to"
              + " compare");
    }
    return all.addAll(rules.unknowns(situation)).addAll(unknowns.all()).build();
  }
}
