package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;

/** Finds out what a revert would do, by asking libvirt only what changes nothing. */
final class Planner {
  private final Domain domain;
  private final RevertRequest request;
  private final DomainStatus before;
  private final XmlNode snapshot;
  private final SnapshotDetails details;

  Planner(Domain domain, RevertRequest request, DomainStatus before, String snapshotXml) {
    this.domain = domain;
    this.before = before;
    this.snapshot = XmlNode.parse(snapshotXml);
    this.details = SnapshotDetails.of(snapshot);
    this.request =
        request.targetState().isPresent()
            ? request
            : request.withTargetState(details.stateAfterRevert());
  }

  RevertPlan plan() throws LibvirtException {
    try (Connect connect = domain.getConnect()) {
      return plan(connect);
    }
  }

  private RevertPlan plan(Connect connect) throws LibvirtException {
    Driver driver = Driver.of(connect);
    DriverRules rules = DriverRules.of(driver);
    Optional<XmlNode> inactive =
        before.persistent() ? Optional.of(definition(DomainXmlFlag.INACTIVE)) : Optional.empty();
    XmlNode now = before.isActive() || inactive.isEmpty() ? definition() : inactive.get();
    Situation situation =
        new Situation(
            driver,
            before,
            details,
            request.flags(),
            rules.blocked(domain, before, now),
            unstartable(rules, connect));
    Forecast forecast = rules.forecast(situation);
    return new RevertPlan(
        request,
        driver,
        before,
        forecast.refusal(),
        forecast.state(),
        forecast.reason(),
        Losses.of(now, before, details),
        inactive.map(this::configurationChanges).orElse(ImmutableList.of()),
        unknowns(rules));
  }

  private XmlNode definition(DomainXmlFlag... flags) throws LibvirtException {
    return XmlNode.parse(domain.getXMLDesc(flags));
  }

  private Optional<XmlNode> domainOfSnapshot() {
    return snapshot.first("domain");
  }

  private Optional<Refusal> unstartable(DriverRules rules, Connect connect)
      throws LibvirtException {
    boolean starts = !request.targetState().equals(Optional.of(DomainState.SHUTOFF));
    Optional<XmlNode> then = domainOfSnapshot();
    return starts && then.isPresent() ? rules.unstartable(connect, then.get()) : Optional.empty();
  }

  private List<ConfigurationChange> configurationChanges(XmlNode now) {
    return snapshot
        .first("inactiveDomain")
        .or(this::domainOfSnapshot)
        .map(then -> ConfigurationChange.between(now, then))
        .orElse(ImmutableList.of())
        .stream()
        .filter(change -> !details.external() || !change.isDiskImage())
        .toList();
  }

  private List<String> unknowns(DriverRules rules) {
    ImmutableList.Builder<String> unknowns = ImmutableList.builder();
    if (!before.persistent()) {
      unknowns.add(
          "what of its configuration would change: a transient domain keeps no definition to"
              + " compare");
    }
    return unknowns.addAll(rules.unknowns(before, domainOfSnapshot())).build();
  }
}
