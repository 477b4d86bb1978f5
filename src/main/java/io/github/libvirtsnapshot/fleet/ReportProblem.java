package io.github.libvirtsnapshot.fleet;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The same problem of one or more domains. */
record ReportProblem(Cause cause, List<FleetEntry> entries) {
  /**
   * What the domains have in common.
   *
   * @param message the message of the failure
   * @param fields what else is known of each of the domains
   */
  record Cause(RevertOutcome outcome, String message, Map<EntryField, String> fields) {
    private static final List<EntryField> FIELDS =
        List.of(
            EntryField.RESOLVED,
            EntryField.NOT_STARTED_AGAIN,
            EntryField.BEFORE,
            EntryField.AFTER,
            EntryField.GUEST,
            EntryField.DOUBTS,
            EntryField.SAFETY_SNAPSHOT,
            EntryField.LEFT_SAFETY_SNAPSHOTS);

    private static Cause of(FleetEntry entry) {
      Map<EntryField, String> fields = new LinkedHashMap<>();
      FIELDS.forEach(field -> field.of(entry).ifPresent(text -> fields.put(field, text)));
      return new Cause(
          entry.outcome(), entry.failure().map(LibvirtException::getMessage).orElse(""), fields);
    }
  }

  /** Returns the problems of entries; the one of the most domains comes first. */
  static List<ReportProblem> of(List<FleetEntry> entries) {
    return entries.stream()
        .collect(groupingBy(Cause::of, LinkedHashMap::new, toList()))
        .entrySet()
        .stream()
        .map(problem -> new ReportProblem(problem.getKey(), problem.getValue()))
        .sorted(Comparator.comparing((ReportProblem problem) -> -problem.entries().size()))
        .toList();
  }
}
