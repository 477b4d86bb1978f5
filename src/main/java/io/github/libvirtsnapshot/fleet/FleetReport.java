package io.github.libvirtsnapshot.fleet;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Maps;
import io.github.libvirtsnapshot.fleet.FleetSettings.Unity;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The results of a fleet run: one for each domain, in the order in which they were requested. */
public final class FleetReport {
  private final FleetSettings settings;
  private final List<FleetEntry> entries;
  private final Optional<Duration> resumeSpread;
  private final RunTimes times;

  FleetReport(
      FleetSettings settings,
      List<FleetEntry> entries,
      Optional<Duration> resumeSpread,
      RunTimes times) {
    this.settings = settings;
    this.entries = List.copyOf(entries);
    this.resumeSpread = resumeSpread;
    this.times = times;
  }

  /** Returns one entry for each domain, and one for each host whose domains could not be listed. */
  public List<FleetEntry> entries() {
    return entries;
  }

  /** Returns the number of entries for each outcome; an outcome of no entry is left out. */
  public Map<RevertOutcome, Integer> totals() {
    return totals(entries);
  }

  private static Map<RevertOutcome, Integer> totals(List<FleetEntry> entries) {
    Map<RevertOutcome, Integer> totals = new EnumMap<>(RevertOutcome.class);
    entries.forEach(entry -> totals.merge(entry.outcome(), 1, Integer::sum));
    return Maps.immutableEnumMap(totals);
  }

  /** Returns whether {@linkplain FleetEntry#isReverted each domain was reverted}. */
  public boolean isComplete() {
    return entries.stream().allMatch(FleetEntry::isReverted);
  }

  /**
   * Returns the entries of the domains that are neither reverted nor certainly {@linkplain
   * FleetEntry#isAsBefore as before}. The message of each has its state, as far as it is known, and
   * the way out.
   */
  public List<FleetEntry> uncertain() {
    return entries.stream().filter(entry -> !entry.isReverted() && !entry.isAsBefore()).toList();
  }

  /**
   * Returns the time from the first guest that was resumed to the last one, in a run with {@link
   * FleetReverter#resumingTogether}. A guest is resumed when libvirt has reported it. Empty if no
   * guest was resumed.
   */
  public Optional<Duration> resumeSpread() {
    return resumeSpread;
  }

  /**
   * Returns a reverter for exactly the domains that were not reverted, with the settings of this
   * run. If all were reverted, that reverter has no domains, and its run does nothing. A domain
   * whose revert was started is reverted to the same snapshot, also if {@link
   * SnapshotReverter#toNewest} or a similar method would select another one now.
   */
  public FleetReverter unfinished() {
    return FleetReverter.of(settings)
        .resuming(entries.stream().filter(entry -> !entry.isReverted()).toList());
  }

  /**
   * Returns a reverter that undoes the reverts of this run that have a safety snapshot, as {@link
   * SnapshotReverter#undo} does, with the settings of this run, except that each domain is undone
   * independent of the others. The other domains are not changed.
   */
  public FleetReverter undoing() {
    ImmutableTable.Builder<String, String, RevertReport> reports = ImmutableTable.builder();
    List<FleetEntry> undoable = entries.stream().filter(FleetEntry::isUndoable).toList();
    for (FleetEntry entry : undoable) {
      reports.put(entry.uri(), entry.domain().orElseThrow(), entry.doneReport().orElseThrow());
    }
    return FleetReverter.of(settings.united(Unity.NONE)).only(undoable).undoing(reports.build());
  }

  /**
   * Returns the report as an HTML page, which needs no other file and has no script: the totals,
   * the domains that were not reverted as requested with their messages, and for each host a
   * timeline and a table of its domains. All names and messages are escaped, and the secrets of
   * URIs are left out. The page is readable in light and dark colors, and where the server of an
   * archived page forbids style sheets.
   */
  public String toHtml() {
    return new ReportPage(this, times).toString();
  }

  /**
   * Returns the totals on one line, as in {@code 4 domains: 3 reverted, 1 failed}, and a line for
   * each domain that was not reverted, or was reverted but not left as requested.
   */
  @Override
  public String toString() {
    return entries.stream()
        .filter(entry -> entry.outcome() != RevertOutcome.REVERTED)
        .map(entry -> "\n" + entry)
        .collect(Collectors.joining("", totalsText(entries), ""));
  }

  /** Returns the totals of entries on one line. */
  static String totalsText(List<FleetEntry> entries) {
    String domains = LogEscaper.count(entries.size(), "domain");
    return entries.isEmpty()
        ? domains
        : totals(entries).entrySet().stream()
            .map(total -> total.getValue() + " " + words(total.getKey()))
            .collect(Collectors.joining(", ", domains + ": ", ""));
  }

  /** Returns an outcome as a part of a sentence, as in {@code not started}. */
  static String words(RevertOutcome outcome) {
    return Ascii.toLowerCase(outcome.name()).replace('_', ' ');
  }
}
