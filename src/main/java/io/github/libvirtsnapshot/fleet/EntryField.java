package io.github.libvirtsnapshot.fleet;

import static java.util.stream.Collectors.joining;

import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.guest.ProbeResult;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.RevertDetails;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A value that a page shows of an entry.
 *
 * @param text returns the value of an entry as escaped text on one line; empty if it has none
 */
record EntryField(String heading, Function<FleetEntry, Optional<String>> text) {
  static final EntryField SNAPSHOT =
      ofDetails("Snapshot", details -> details.request().snapshot().map(LogEscaper::escape));

  static final EntryField RESOLVED =
      new EntryField("Resolved later", entry -> entry.resolved().map(ResolvedOutcome::toString));

  static final EntryField NOT_STARTED_AGAIN =
      new EntryField(
          "Not started again", entry -> entry.notStartedAgain().map(LibvirtException::getMessage));

  static final EntryField BEFORE =
      ofDetails("Before", details -> details.before().map(EntryField::state));

  static final EntryField AFTER =
      ofDetails("After", details -> details.after().map(EntryField::state));

  static final EntryField GUEST =
      ofDetails("Guest", details -> details.guest().map(EntryField::readiness));

  static final EntryField CLOCK =
      ofDetails(
          "Clock of the guest",
          details -> details.guest().flatMap(GuestStatus::clock).map(Object::toString));

  static final EntryField CORRECTIONS =
      ofDetails(
          "Corrections of the state",
          details -> joined(details.corrections().stream().map(Object::toString)));

  static final EntryField DOUBTS =
      ofDetails(
          "Content that may differ from the snapshot",
          details ->
              joined(
                  details.contents().stream()
                      .filter(part -> !part.isKept())
                      .map(RestoredPart::toString)));

  static final EntryField SAFETY_SNAPSHOT =
      new EntryField("Safety snapshot", entry -> entry.safetySnapshot().map(LogEscaper::escape));

  static final EntryField LEFT_SAFETY_SNAPSHOTS =
      new EntryField(
          "Safety snapshots that may still exist",
          entry -> joined(entry.leftSafetySnapshots().stream().map(LogEscaper::escape)));

  private static EntryField ofDetails(
      String heading, Function<RevertDetails, Optional<String>> text) {
    return new EntryField(heading, entry -> entry.details().flatMap(text));
  }

  private static Optional<String> joined(Stream<String> texts) {
    return Optional.of(texts.collect(joining("; "))).filter(all -> !all.isEmpty());
  }

  private static String state(DomainStatus status) {
    return status.stateAndReason()
        + (status.persistent() ? "" : ", transient")
        + (status.managedSave() ? ", with a managed save image" : "");
  }

  private static String readiness(GuestStatus guest) {
    return (guest.responded() ? "ready after " : "not ready after ")
        + TimelineBars.words(guest.waited())
        + (guest.frozen() ? ", its file systems are frozen" : "")
        + guest.probes().stream()
            .filter(probe -> probe.outcome() != ProbeResult.Outcome.READY)
            .map(probe -> "; " + probe)
            .collect(joining());
  }

  /** Returns the value of an entry; empty if it has none. */
  Optional<String> of(FleetEntry entry) {
    return text.apply(entry);
  }
}
