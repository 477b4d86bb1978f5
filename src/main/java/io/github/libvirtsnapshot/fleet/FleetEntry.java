package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.SerializedRecord;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertFinding;
import io.github.libvirtsnapshot.revert.RevertFinding.Verdict;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import java.io.Serializable;
import java.util.Optional;

/**
 * What became of one domain of a fleet.
 *
 * @param uri the host, as it was given
 * @param domain the name; empty where the domains of the host were to be chosen, and could not be
 *     listed
 * @param report the revert, if it was done as requested
 * @param failure why it was not, or that the guest is not ready; a {@link RevertException} once
 *     libvirt could be asked about the domain
 * @param finding what became of the domain, where the outcome was not known and was found out
 *     afterwards
 */
public record FleetEntry(
    String uri,
    Optional<String> domain,
    Optional<RevertReport> report,
    Optional<LibvirtException> failure,
    Optional<RevertFinding> finding)
    implements Serializable {

  static FleetEntry of(Told<RevertReport> told) {
    return new FleetEntry(told.uri(), told.domain(), told.value(), told.failure(), told.finding());
  }

  /** Returns how it ended. What was found out afterwards does not change that. */
  public RevertOutcome outcome() {
    if (report.isPresent()) {
      return report.get().outcome();
    }
    return failure.orElseThrow() instanceof RevertException e
        ? e.outcome()
        : RevertOutcome.NOT_STARTED;
  }

  /**
   * Returns whether the domain was certainly reverted, and was left in the state that was
   * requested: also where that was found out afterwards, or the guest is not ready.
   */
  public boolean isReverted() {
    return outcome().isReverted()
        || finding.filter(found -> found.verdict() == Verdict.REVERTED).isPresent();
  }

  /** Returns the name of the snapshot that keeps what the domain was before, if there is one. */
  public Optional<String> safetySnapshot() {
    return doneReport().flatMap(RevertReport::safetySnapshot);
  }

  /** Returns the report of a revert that was done, also where the guest is not ready. */
  Optional<RevertReport> doneReport() {
    return report.or(
        () ->
            failure
                .filter(RevertException.class::isInstance)
                .flatMap(e -> ((RevertException) e).report()));
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return LogText.escape(uri)
        + " "
        + domain.map(LogText::quote).orElse("(its domains)")
        + ": "
        + outcome()
        + failure.map(e -> ": " + e.getMessage()).orElse("")
        + finding.map(found -> "; found out: " + found.verdict()).orElse("");
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
