package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;
import java.util.Set;

/** The queries that one of libvirt's drivers supports before a revert. */
interface DriverQuestions {
  /** Returns the queries for the driver of this name. */
  static DriverQuestions of(String driver) {
    return driver.equals("QEMU") ? new QemuQuestions() : new DriverQuestions() {};
  }

  /**
   * Queries whether an operation on the domain, such as a job, prevents a revert.
   *
   * @param definition the present definition of the domain
   */
  default Optional<Refusal> blocked(Domain domain, DomainStatus before, XmlNode definition)
      throws LibvirtException {
    return Optional.empty();
  }

  /**
   * Queries whether the host has the resources that the revert and its undo require.
   *
   * @param facts the facts about the domain itself
   */
  default HostRequirements hostRequirements(Connect connect, Facts facts)
      throws ConnectionLostException {
    return HostRequirements.NONE;
  }

  /**
   * Queries whether the host has the resources that a revert requires.
   *
   * @param facts the facts about the domain itself
   */
  default HostRequirements startRequirements(Connect connect, Facts facts)
      throws ConnectionLostException {
    return HostRequirements.NONE;
  }

  /**
   * Queries the domain's other snapshots and the host, as far as the rules depend on them.
   *
   * @param collector queries libvirt
   * @param definitions the definitions of the domain
   * @param target the snapshot to revert to
   * @param ports the fixed ports that the snapshot's guest listens on
   */
  default DomainFacts domainFacts(
      DomainFactsCollector collector,
      DomainStatus before,
      Definitions definitions,
      SnapshotDescription target,
      Set<String> ports)
      throws ConnectionLostException {
    return DomainFacts.of(definitions.disks());
  }
}
