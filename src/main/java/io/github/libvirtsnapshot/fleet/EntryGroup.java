package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.revert.RevertOutcome;

/** What a domain is after a run; the groups that need attention first come first. */
enum EntryGroup {
  UNCERTAIN(
      "Neither reverted nor certainly as before",
      "Look at each domain before you use it: its message says what is known, and what to do.",
      "#cf4055"),
  AS_BEFORE(
      "Not reverted, as before the run",
      "Remove the cause, then revert these domains: unfinished() of the report, or:"
          + " revert-fleet --resume FILE",
      "#7d8590"),
  INCOMPLETE(
      "Reverted, but not as requested",
      "These domains were reverted. Their messages say what is missing, and what to do.",
      "#c77700"),
  REVERTED("Reverted", "", "#3b82c4");

  private final String heading;
  private final String advice;
  private final String color;

  EntryGroup(String heading, String advice, String color) {
    this.heading = heading;
    this.advice = advice;
    this.color = color;
  }

  static EntryGroup of(FleetEntry entry) {
    if (!entry.isReverted()) {
      return entry.isAsBefore() ? AS_BEFORE : UNCERTAIN;
    }
    return entry.outcome() == RevertOutcome.REVERTED ? REVERTED : INCOMPLETE;
  }

  String heading() {
    return heading;
  }

  /** Returns what to do about the domains; empty if nothing is to be done. */
  String advice() {
    return advice;
  }

  /** Returns a color that differs from a light and from a dark background. */
  String color() {
    return color;
  }
}
