package io.github.libvirtsnapshot.fleet;

import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Maps;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What became of each domain of a fleet, in the order in which they were asked for. */
public final class FleetReport {
  private final FleetSettings settings;
  private final List<FleetEntry> entries;

  FleetReport(FleetSettings settings, List<FleetEntry> entries) {
    this.settings = settings;
    this.entries = List.copyOf(entries);
  }

  /**
   * Returns one entry for each domain, and one for each host whose domains were to be chosen and
   * could not be listed.
   */
  public List<FleetEntry> entries() {
    return entries;
  }

  /** Returns how many ended how; an outcome that none has is not in it. */
  public Map<RevertOutcome, Integer> totals() {
    Map<RevertOutcome, Integer> totals = new EnumMap<>(RevertOutcome.class);
    entries.forEach(entry -> totals.merge(entry.outcome(), 1, Integer::sum));
    return Maps.immutableEnumMap(totals);
  }

  /** Returns whether each domain {@linkplain FleetEntry#isReverted was reverted}. */
  public boolean isComplete() {
    return entries.stream().allMatch(FleetEntry::isReverted);
  }

  /**
   * Returns a reverter for exactly those that were not reverted, with the settings of this run. It
   * may have none, and does nothing then.
   */
  public FleetReverter unfinished() {
    return FleetReverter.of(settings)
        .resuming(entries.stream().filter(entry -> !entry.isReverted()).toList());
  }

  /**
   * Returns a reverter that takes those back that have a safety snapshot, as {@link
   * SnapshotReverter#undo} does, with the settings of this run. The others are left as they are.
   */
  public FleetReverter undoing() {
    ImmutableTable.Builder<String, String, RevertReport> reports = ImmutableTable.builder();
    List<FleetEntry> kept = entries.stream().filter(FleetEntry::isUndoable).toList();
    for (FleetEntry entry : kept) {
      reports.put(entry.uri(), entry.domain().orElseThrow(), entry.doneReport().orElseThrow());
    }
    return FleetReverter.of(settings).only(kept).undoing(reports.build());
  }

  /** Returns the totals on one line, and a line for each that was not reverted. */
  @Override
  public String toString() {
    return entries.stream()
        .filter(entry -> !entry.isReverted())
        .map(entry -> "\n" + entry)
        .collect(
            Collectors.joining(
                "",
                entries.size() + (entries.size() == 1 ? " domain: " : " domains: ") + totals(),
                ""));
  }
}
