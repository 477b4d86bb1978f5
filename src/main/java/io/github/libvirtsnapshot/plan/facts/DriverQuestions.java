package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What one of libvirt's drivers can be asked before a revert. */
interface DriverQuestions {
  /** Returns the questions to the driver of this name. */
  static DriverQuestions of(String driver) {
    return driver.equals("QEMU") ? new QemuQuestions() : new DriverQuestions() {};
  }

  /**
   * Asks whether something that is going on in the domain prevents a revert.
   *
   * @param definition the domain as it is
   */
  default Optional<Refusal> blocked(Domain domain, DomainStatus before, XmlNode definition)
      throws LibvirtException {
    return Optional.empty();
  }

  /**
   * Asks whether the host has what a guest needs to be started.
   *
   * @param then the domain as the snapshot describes it
   */
  default HostRequirements hostRequirements(Connect connect, XmlNode then)
      throws ConnectionLostException {
    return HostRequirements.NONE;
  }

  /**
   * Asks about the domain's other snapshots and the host, as far as the rules need it.
   *
   * @param collector asks libvirt
   * @param definitions the definitions of the domain
   * @param target the snapshot to revert to
   * @param ports the ports that its guest has to get
   */
  default DomainFacts domainFacts(
      DomainFactsCollector collector,
      DomainStatus before,
      List<XmlNode> definitions,
      SnapshotDescription target,
      Set<String> ports)
      throws ConnectionLostException {
    return DomainFacts.of(
        definitions.stream().flatMap(definition -> Disk.of(definition).stream()).toList());
  }
}
