package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainXmlFlag;
import io.github.libvirtsnapshot.ErrorDomain;
import io.github.libvirtsnapshot.ErrorNumber;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds out what a revert would do, by asking libvirt only what changes nothing. */
final class Planner {
  private final Domain domain;
  private final Hypervisor hypervisor;
  private final RevertRequest request;
  private final DomainStatus before;
  private final SnapshotXml snapshot;
  private final XmlNode live;
  private final DriverRules rules;

  private Planner(
      Domain domain,
      Hypervisor hypervisor,
      RevertRequest request,
      DomainStatus before,
      SnapshotXml snapshot)
      throws LibvirtException {
    this.domain = domain;
    this.hypervisor = hypervisor;
    this.request = request;
    this.before = before;
    this.snapshot = snapshot;
    this.live = XmlNode.parse(domain.getXMLDesc());
    this.rules = DriverRules.of(hypervisor);
  }

  static RevertPlan plan(
      Domain domain, DomainSnapshot snapshot, RevertRequest request, DomainStatus before)
      throws LibvirtException {
    try (Connect connect = domain.getConnect()) {
      SnapshotXml xml = SnapshotXml.parse(snapshot.getXMLDesc());
      return new Planner(domain, Hypervisor.of(connect), request, before, xml).plan(connect);
    }
  }

  private RevertPlan plan(Connect connect) throws LibvirtException {
    Situation situation =
        new Situation(
            hypervisor, before, snapshot, request.flags(), blocked(), unstartable(connect));
    Forecast forecast = rules.forecast(situation);
    return new RevertPlan(
        request,
        hypervisor,
        before,
        forecast.refusal(),
        forecast.state(),
        forecast.reason(),
        Losses.of(live, before, snapshot),
        configurationChanges(),
        unknowns());
  }

  private List<ConfigurationChange> configurationChanges() throws LibvirtException {
    if (!before.persistent() || snapshot.definition().isEmpty()) {
      return ImmutableList.of();
    }
    XmlNode now = XmlNode.parse(domain.getXMLDesc(DomainXmlFlag.INACTIVE));
    return ConfigurationChange.between(now, snapshot.definition().get()).stream()
        .filter(change -> !snapshot.external() || !change.isDiskImage())
        .collect(ImmutableList.toImmutableList());
  }

  /** Only QEMU's driver has block jobs, and only an active domain can have one. */
  private Optional<Refusal> blocked() throws LibvirtException {
    if (rules != DriverRules.QEMU || before.id().isEmpty()) {
      return Optional.empty();
    }
    try {
      for (String disk : Losses.disks(live)) {
        if (domain.hasBlockJob(disk)) {
          return Optional.of(
              Refusal.untouched(
                  ErrorNumber.VIR_ERR_OPERATION_INVALID,
                  "a block job is at work on disk " + LogText.escape(disk),
                  "wait for its end, or abort it with: virsh blockjob DOMAIN "
                      + LogText.escape(disk)
                      + " --abort"));
        }
      }
      return Optional.empty();
    } catch (LibvirtException e) {
      if (e.getError().getCode() != ErrorNumber.VIR_ERR_OPERATION_TIMEOUT) {
        throw e;
      }
      return Optional.of(
          Refusal.untouched(
              e.getError().getCode(),
              LogText.escape(e.getMessage()),
              "wait until the domain is no longer busy, or let it be tried again: retrying(...)"));
    }
  }

  /** A revert to an active state starts a new process, with the emulator of the snapshot. */
  private Optional<Refusal> unstartable(Connect connect) throws LibvirtException {
    boolean starts = !request.asked().equals(Optional.of(DomainState.SHUTOFF));
    if (rules != DriverRules.QEMU || !starts || snapshot.domain().isEmpty()) {
      return Optional.empty();
    }
    XmlNode then = snapshot.domain().get();
    try {
      String unused =
          connect.getDomainCapabilities(
              orNull(then.text("devices/emulator")),
              orNull(then.text("os/type/@arch")),
              orNull(then.text("os/type/@machine")),
              orNull(then.text("@type")));
      return Optional.empty();
    } catch (LibvirtException e) {
      if (e.getError().getDomain() != ErrorDomain.VIR_FROM_QEMU) {
        throw e;
      }
      return Optional.of(
          new Refusal(
              e.getError().getCode(),
              true,
              "the host can't start the guest of the snapshot: " + LogText.escape(e.getMessage()),
              "put back on the host what is missing there"));
    }
  }

  private static String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  private List<String> unknowns() {
    List<String> unknowns = new ArrayList<>();
    if (!rules.isVerified()) {
      unknowns.add(
          "whether this driver keeps to libvirt's documentation, which is all that this plan goes"
              + " by");
      return unknowns;
    }
    if (!before.persistent()) {
      unknowns.add(
          "what of its configuration would change: a transient domain keeps no definition to"
              + " compare");
    }
    if (rules == DriverRules.QEMU) {
      if (before.id().isPresent()) {
        unknowns.add("whether anyone is connected to the guest's screen or serial console");
      }
      unknowns.add(
          "whether the disk images can be read and still hold the snapshot: libvirt looks only when"
              + " the guest has been stopped");
      snapshot
          .domain()
          .map(then -> then.text("os/loader"))
          .filter(loader -> !loader.isEmpty())
          .ifPresent(
              loader -> unknowns.add("whether the firmware is there: " + LogText.escape(loader)));
    }
    return unknowns;
  }
}
