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

  @Label("UUID")
  @Description("The domain's")
  String uuid;

  @Label("Host")
  @Description("The URI of the connection, without user and password")
  String host;

  @Label("Error")
  @Description("libvirt's number of the error that it ended in, 0 for none")
  int error;

  @Label("Message")
  @Description("libvirt's message")
  String message;

  @Label("Attempts")
  int attempts;
}
