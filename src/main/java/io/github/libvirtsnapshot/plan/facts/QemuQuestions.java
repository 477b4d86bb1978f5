package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.definition.Disk;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.ShellText;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotDescription;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.util.Optional;
import java.util.Set;

/** The queries that the QEMU driver supports. */
final class QemuQuestions implements DriverQuestions {
  private static final Refusal JOB =
      Refusal.duringJob(
          ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
          "a job (such as a save, a dump, a backup or a migration) is in progress on the domain",
          "wait until the job ends, or abort it: virsh domjobabort DOMAIN");

  @Override
  public DomainFacts domainFacts(
      DomainFactsCollector collector,
      DomainStatus before,
      Definitions definitions,
      SnapshotDescription target,
      Set<String> ports)
      throws ConnectionLostException {
    return collector.domainFacts(before, definitions, target, ports);
  }

  /** Only an active domain can have a job. */
  @Override
  public Optional<Refusal> blocked(Domain domain, DomainStatus before, XmlNode definition)
      throws LibvirtException {
    if (!before.isActive()) {
      return Optional.empty();
    }
    try {
      DomainQueries queries = new DomainQueries(domain);
      for (Disk disk : Disk.of(definition)) {
        if (disk.isWritable() && queries.hasBlockJob(disk.target())) {
          return Optional.of(blockJob(disk.target()));
        }
      }
      return queries.hasJob() ? Optional.of(JOB) : Optional.empty();
    } catch (LibvirtException e) {
      return switch (e.getError().getCode()) {
        case VIR_ERR_OPERATION_INVALID -> Optional.empty(); // The guest has ended since.
        case VIR_ERR_OPERATION_TIMEOUT ->
            Optional.of(
                Refusal.duringJob(
                    ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
                    e.getMessage(),
                    "wait until the domain is no longer busy"));
        default -> throw e;
      };
    }
  }

  private static Refusal blockJob(String disk) {
    return Refusal.duringJob(
        ErrorNumber.VIR_ERR_OPERATION_INVALID,
        "a block job is in progress on disk " + LogEscaper.escape(disk),
        "wait until the block job ends, or abort it: virsh blockjob DOMAIN "
            + ShellText.word(disk, "DISK")
            + " --abort");
  }

  /**
   * From 8.0 on, a revert to an active state starts a new process with the definition of the
   * snapshot. The undo of a revert of an active guest starts a process with the present definition.
   */
  @Override
  public HostRequirements hostRequirements(Connect connect, Facts facts)
      throws ConnectionLostException {
    Optional<XmlNode> then = facts.target().domain();
    return then.isEmpty() || facts.keepsProcess()
        ? HostRequirements.NONE
        : new HostCheck(connect).requirements(facts, then.get());
  }

  @Override
  public HostRequirements startRequirements(Connect connect, Facts facts)
      throws ConnectionLostException {
    Optional<XmlNode> then = facts.target().domain();
    return then.isEmpty() || facts.keepsProcess()
        ? HostRequirements.NONE
        : new HostCheck(connect).ofRevert(facts, then.get());
  }
}
