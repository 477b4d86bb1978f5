package io.github.libvirtsnapshot.revert;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One revert in a recording of the JDK's flight recorder. */
@Name("io.github.libvirtsnapshot.Revert")
@Label("Snapshot Revert")
@Category("libvirt")
@Description("A revert of a libvirt domain to a snapshot")
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
  @Description("The name of the RevertOutcome")
  String outcome;

  @Label("UUID")
  @Description("The UUID of the domain")
  String uuid;

  @Label("Host")
  @Description("The URI of the connection, without user and password")
  String host;

  @Label("Error")
  @Description("The number of libvirt's error, 0 if there was none")
  int error;

  @Label("Message")
  @Description("libvirt's message")
  String message;

  @Label("Attempts")
  int attempts;
}
