package io.github.libvirtsnapshot.fleet;

import static com.google.common.base.Preconditions.checkNotNull;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * What became of one domain of a fleet.
 *
 * @param uri the host, as it was given, with its secrets; {@link #toString} leaves those out
 * @param domain the name; empty where the domains of the host were to be chosen, and could not be
 *     listed
 * @param report the revert, if it was done as requested
 * @param failure why it was not, or that the guest is not ready; a {@link RevertException} once
 *     libvirt could be asked about the domain
 * @param resolved what became of the domain, where the outcome was not known and was found out
 *     afterwards
 * @param notStartedAgain why a run that {@linkplain FleetReport#unfinished resumes} an earlier one
 *     did not start the revert again: all else is what the earlier run has found
 * @param leftSafetySnapshots the names of safety snapshots that may still be on the host: of
 *     attempts that changed nothing and were repeated, and of earlier runs, which may be the only
 *     ones that keep what the domain was
 */
public record FleetEntry(
    String uri,
    Optional<String> domain,
    Optional<RevertReport> report,
    Optional<LibvirtException> failure,
    Optional<ResolvedOutcome> resolved,
    Optional<LibvirtException> notStartedAgain,
    List<String> leftSafetySnapshots)
    implements Serializable {

  /** Copies the list. No component may be null. */
  public FleetEntry {
    checkNotNull(uri, "uri is null");
    checkNotNull(domain, "domain is null");
    checkNotNull(report, "report is null");
    checkNotNull(failure, "failure is null");
    checkNotNull(resolved, "resolved is null");
    checkNotNull(notStartedAgain, "notStartedAgain is null");
    checkNotNull(leftSafetySnapshots, "leftSafetySnapshots is null");
    leftSafetySnapshots = List.copyOf(leftSafetySnapshots);
  }

  static FleetEntry of(DomainResult<RevertReport> result) {
    return new FleetEntry(
        result.uri(),
        result.domain(),
        result.value(),
        result.failure(),
        result.resolved(),
        Optional.empty(),
        result.leftSafetySnapshots());
  }

  /**
   * Returns the entry for a domain of which an earlier run has left this. A revert that was not
   * started again leaves the outcome of the earlier one.
   */
  FleetEntry after(FleetEntry earlier) {
    return outcome() == RevertOutcome.NOT_STARTED && earlier.outcome() != RevertOutcome.NOT_STARTED
        ? new FleetEntry(
            uri,
            domain,
            earlier.report,
            earlier.failure,
            earlier.resolved,
            failure,
            union(earlier.leftSafetySnapshots, leftSafetySnapshots, safetySnapshot()))
        : new FleetEntry(
            uri,
            domain,
            report,
            failure,
            resolved,
            Optional.empty(),
            union(earlier.leftSafetySnapshots, leftSafetySnapshots, earlier.safetySnapshot()));
  }

  private static List<String> union(
      List<String> some, List<String> more, Optional<String> another) {
    return ImmutableSet.<String>builder()
        .addAll(some)
        .addAll(more)
        .addAll(another.stream().toList())
        .build()
        .asList();
  }

  /** Returns how it ended. What was found out afterwards does not change that. */
  public RevertOutcome outcome() {
    if (report.isPresent()) {
      return report.get().outcome();
    }
    return revertFailure().map(RevertException::outcome).orElse(RevertOutcome.NOT_STARTED);
  }

  /**
   * Returns whether the domain was reverted and left in the requested state: also where that was
   * found out afterwards, and where the guest is not ready.
   */
  public boolean isReverted() {
    return outcome().isReverted()
        || resolved.filter(found -> found.verdict() == Verdict.REVERTED).isPresent();
  }

  /**
   * Returns the name of the snapshot that keeps what the domain was before, if there is one; where
   * the revert has failed, the message says whether it may or may not exist.
   */
  public Optional<String> safetySnapshot() {
    return report
        .flatMap(RevertReport::safetySnapshot)
        .or(() -> revertFailure().flatMap(known -> known.details().safetySnapshot()));
  }

  private Optional<RevertException> revertFailure() {
    return failure.filter(RevertException.class::isInstance).map(RevertException.class::cast);
  }

  /** Returns whether the revert was done, and can be undone. */
  boolean isUndoable() {
    return doneReport().flatMap(RevertReport::safetySnapshot).isPresent();
  }

  /** Returns the report of a revert that was done, also where the guest is not ready. */
  Optional<RevertReport> doneReport() {
    return report.or(() -> revertFailure().flatMap(RevertException::report));
  }

  /** Returns one line, escaped, without the secrets of the URI. */
  @Override
  public String toString() {
    return LogEscaper.escape(LogEscaper.uriWithoutSecrets(uri))
        + " "
        + domain.map(LogEscaper::quote).orElse("(its domains)")
        + ": "
        + outcome()
        + failure.map(e -> ": " + e.getMessage()).orElse("")
        + resolved.map(found -> "; found out: " + found.verdict()).orElse("")
        + notStartedAgain.map(e -> "; not reverted again: " + e.getMessage()).orElse("")
        + (leftSafetySnapshots.isEmpty()
            ? ""
            : "; may still be on the host: "
                + leftSafetySnapshots.stream().map(LogEscaper::escape).collect(joining(", ")));
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
