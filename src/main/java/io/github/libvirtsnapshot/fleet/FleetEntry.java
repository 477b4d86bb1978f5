package io.github.libvirtsnapshot.fleet;

import static com.google.common.base.Preconditions.checkNotNull;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableSet;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.fleet.UndoWork.Undone;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SerializedRecord;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertDetails;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * The result of one domain of a fleet.
 *
 * @param uri the host, as it was given, with its secrets; {@link #toString} leaves the secrets out
 * @param domain the name; empty where domains of the host were requested by a condition and could
 *     not be listed
 * @param report the report, if the domain was reverted as requested
 * @param failure the reason why the domain was not reverted, or why the guest is not ready; a
 *     {@link RevertException} once the domain was found on its host
 * @param resolved the resolved outcome, where the outcome was unknown and was resolved later
 * @param notStartedAgain the reason why a run that {@linkplain FleetReport#unfinished resumes} an
 *     earlier run did not start the revert again; all other components are then those of the
 *     earlier run
 * @param leftSafetySnapshots the names of safety snapshots that may still exist on the host: of
 *     attempts that changed nothing and were repeated, and of earlier runs. A safety snapshot of an
 *     earlier run may be the only copy of the domain from before that run
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
   * Returns this entry combined with the one of an earlier run. If the revert was not started
   * again, the outcome of the earlier run is kept.
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

  /** Returns the outcome of the revert; an outcome that was resolved later does not change it. */
  public RevertOutcome outcome() {
    if (report.isPresent()) {
      return report.get().outcome();
    }
    return revertFailure().map(RevertException::outcome).orElse(RevertOutcome.NOT_STARTED);
  }

  /**
   * Returns whether the domain was reverted. This is also true if that was resolved later, and if
   * only the guest is not ready or not resumed: {@link #failure} has the reason then.
   */
  public boolean isReverted() {
    return report.isPresent() || DomainResult.isReverted(failure, resolved);
  }

  /**
   * Returns whether the run certainly left the domain in the state before the run: its revert was
   * not started, libvirt refused the revert and did not touch the guest, or the domain was restored
   * from its safety snapshot. If an earlier run is resumed, the state before is the one before that
   * run, and neither run may have changed the domain. A change by another program does not count:
   * the message of the failure has the states if the run noticed the change.
   */
  public boolean isAsBefore() {
    if (!revertFailure(notStartedAgain).map(FleetEntry::isUntouched).orElse(true)) {
      return false;
    }
    if (resolved.isPresent()) {
      return resolved.get().verdict() == Verdict.UNCHANGED;
    }
    return switch (outcome()) {
      case ROLLED_BACK -> true;
      case NOT_STARTED -> revertFailure().map(FleetEntry::isUntouched).orElse(true);
      case FAILED -> revertFailure().filter(FleetEntry::hasSameGuest).isPresent();
      default -> false;
    };
  }

  /** While a safety snapshot is being created, or if that fails, the guest can be paused. */
  private static boolean isUntouched(RevertException notStarted) {
    RevertDetails details = notStarted.details();
    return details.before().isEmpty()
        || (details.after().isEmpty() && details.safetySnapshot().isEmpty())
        || details.after().filter(details.before().get()::isSameStateAs).isPresent();
  }

  private static boolean hasSameGuest(RevertException failed) {
    RevertDetails details = failed.details();
    return details
        .before()
        .filter(
            before ->
                details
                    .after()
                    .filter(after -> after.isSameProcessAs(before) && after.isSameStateAs(before))
                    .isPresent())
        .isPresent();
  }

  /**
   * Returns the name of the safety snapshot, if there is one. If the revert has failed, the message
   * says whether the safety snapshot exists.
   */
  public Optional<String> safetySnapshot() {
    return report
        .flatMap(RevertReport::safetySnapshot)
        .or(() -> revertFailure().flatMap(known -> known.details().safetySnapshot()));
  }

  private Optional<RevertException> revertFailure() {
    return revertFailure(failure);
  }

  /** Returns a failure that has the details of a revert. */
  static Optional<RevertException> revertFailure(Optional<LibvirtException> failure) {
    return failure.filter(RevertException.class::isInstance).map(RevertException.class::cast);
  }

  /**
   * Returns the snapshot of a failed revert that was started. That revert can have changed the
   * current snapshot, so {@code toParent()} could select another one now.
   */
  Optional<String> startedSnapshot() {
    return revertFailure()
        .filter(known -> known.outcome() != RevertOutcome.NOT_STARTED)
        .flatMap(known -> known.details().request().snapshot());
  }

  /**
   * Returns whether a run that reverts the domains together undoes this revert if another one
   * fails. Another program's changes are kept, and so is a domain that libvirt still reverts, or
   * that only an earlier run has touched.
   */
  boolean isUndoneWithOthers() {
    return safetySnapshot().isPresent()
        && !isAsBefore()
        && notStartedAgain.isEmpty()
        && switch (outcome()) {
          case REVERTED,
              LINKS_NOT_SET,
              NOT_RESUMED,
              GUEST_SILENT,
              CLOCK_NOT_SET,
              UNKNOWN,
              ROLLBACK_FAILED ->
              true;
          case IN_PROGRESS -> isReverted();
          case NOT_STARTED, FAILED, WRONG_STATE, ROLLED_BACK -> false;
        };
  }

  /**
   * Returns whether another program has made another snapshot the current one since the revert. If
   * the result of the revert is not known, the current snapshot can also be the one before.
   */
  boolean isChangedSince(DomainStatus now) {
    RevertDetails details = details().orElseThrow();
    List<Optional<String>> possible =
        details.after().isPresent()
            ? List.of(details.after().get().currentSnapshot())
            : List.of(
                details.request().snapshot(),
                details.before().flatMap(DomainStatus::currentSnapshot));
    return now.currentSnapshot().isPresent()
        && !possible.contains(now.currentSnapshot())
        && !safetySnapshot().equals(now.currentSnapshot());
  }

  /** Returns the details of the revert, if the domain was found on its host. */
  Optional<RevertDetails> details() {
    return report
        .map(RevertReport::details)
        .or(() -> revertFailure().map(RevertException::details));
  }

  /**
   * Returns this entry after the undo of its revert.
   *
   * @param why why the revert was undone
   */
  FleetEntry afterUndo(DomainResult<Undone> undo, String why) {
    RevertException undone = new UndoneRevert(details().orElseThrow(), failure, why).after(undo);
    return new FleetEntry(
        uri,
        domain,
        Optional.empty(),
        Optional.of(undone),
        undo.resolved().filter(found -> found.verdict() == Verdict.INDETERMINATE),
        Optional.empty(),
        union(leftSafetySnapshots, undo.leftSafetySnapshots(), Optional.empty()));
  }

  /** Returns whether the revert is done and can be undone. */
  boolean isUndoable() {
    return doneReport().flatMap(RevertReport::safetySnapshot).isPresent();
  }

  /** Returns the report of a revert that is done, also if the guest is not ready. */
  Optional<RevertReport> doneReport() {
    return report.or(() -> revertFailure().flatMap(RevertException::report));
  }

  /** Returns one line, escaped, without the secrets of the URI. */
  @Override
  public String toString() {
    return LogEscaper.escape(LogEscaper.uriWithoutSecrets(uri))
        + " "
        + domain.map(LogEscaper::quote).orElse("(domains not listed)")
        + ": "
        + outcome()
        + failure.map(e -> ": " + e.getMessage()).orElse("")
        + resolved.map(found -> "; resolved outcome: " + found.verdict()).orElse("")
        + notStartedAgain.map(e -> "; not started again: " + e.getMessage()).orElse("")
        + (leftSafetySnapshots.isEmpty()
            ? ""
            : "; safety snapshots that may still exist: "
                + leftSafetySnapshots.stream().map(LogEscaper::escape).collect(joining(", ")));
  }

  private Object writeReplace() {
    return SerializedRecord.of(this);
  }
}
