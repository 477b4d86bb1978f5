package io.github.libvirtsnapshot.plan;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.snapshots.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How one of libvirt's drivers reverts, and what it can be asked beforehand. */
interface DriverRules {
  /** Returns the rules of the driver of this name. */
  static DriverRules of(String driver) {
    return switch (driver) {
      case "TEST" -> new TestDriverRules();
      case "QEMU" -> new QemuRules();
      default -> new DocumentedRules();
    };
  }

  /**
   * The rules, of which the first whose condition holds says how a revert ends; the condition of
   * the last one always holds.
   */
  List<Rule> rules();

  /** Returns how a revert ends in this situation. */
  default Forecast forecast(Situation situation) {
    return rules().stream()
        .filter(rule -> rule.condition().test(situation))
        .findFirst()
        .orElseThrow()
        .ending()
        .apply(situation);
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
  default HostNeeds hostNeeds(Connect connect, XmlNode then) throws ConnectionLostException {
    return HostNeeds.NONE;
  }

  /**
   * Asks about the domain's other snapshots and the host, as far as the rules need it.
   *
   * @param survey asks
   * @param definitions the definitions of the domain
   * @param target the snapshot to revert to
   * @param ports the ports that its guest has to get
   */
  default Surroundings surroundings(
      Survey survey,
      DomainStatus before,
      List<XmlNode> definitions,
      SnapshotDescription target,
      Set<String> ports)
      throws ConnectionLostException {
    return Surroundings.of(
        definitions.stream().flatMap(definition -> Disk.of(definition).stream()).toList());
  }

  /** Returns whether it is known which images a revert reads and writes. */
  default boolean knowsContents() {
    return false;
  }

  /** Says of each part of the snapshot whether a revert brings it back, if that is known. */
  default List<Content> contents(Situation situation) {
    return ImmutableList.of();
  }

  /** Returns which kind of safety snapshot leads back from a revert. */
  default Safety safety(Situation situation) {
    return Safety.with(Safety.Kind.INTERNAL);
  }

  /** Returns what can't be found out, and may make the revert end differently. */
  List<String> unknowns(Situation situation);
}
