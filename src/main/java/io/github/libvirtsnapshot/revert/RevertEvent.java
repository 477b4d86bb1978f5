package io.github.libvirtsnapshot.revert;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One revert in a recording of the JDK's flight recorder; its duration is the event's own. */
@Name("io.github.libvirtsnapshot.Revert")
@Label("Snapshot Revert")
@Category("libvirt")
@Description("A libvirt domain was reverted to a snapshot, or that failed")
@StackTrace(false)
final class RevertEvent extends Event {
  @Label("Domain")
  String domain;

  @Label("Snapshot")
  String snapshot;

  @Label("Flags")
  String flags;

  @Label("State Before")
  String before;

  @Label("State After")
  String after;

  @Label("Outcome")
  @Description("REVERTED, or how far it got")
  String outcome;

  @Label("Attempts")
  int attempts;
}
