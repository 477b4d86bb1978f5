package io.github.libvirtsnapshot.revert;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** One revert in a recording of the JDK's flight recorder. */
@Name("io.github.libvirtsnapshot.Revert")
@Label("Snapshot Revert")
@Category("libvirt")
@Description("A revert of a libvirt domain to a snapshot")
@StackTrace(false)
final class RevertEvent extends Event {
  @Label("Domain")
  @Nullable String domain;

  @Label("Snapshot")
  @Nullable String snapshot;

  @Label("Flags")
  @Nullable String flags;

  @Label("State Before")
  @Nullable String before;

  @Label("State After")
  @Nullable String after;

  @Label("Outcome")
  @Description("The name of the RevertOutcome")
  @Nullable String outcome;

  @Label("UUID")
  @Description("The UUID of the domain")
  @Nullable String uuid;

  @Label("Host")
  @Description("The URI of the connection, without user and password")
  @Nullable String host;

  @Label("Error")
  @Description("The number of libvirt's error, 0 if there was none")
  int error;

  @Label("Message")
  @Description("libvirt's message")
  @Nullable String message;

  @Label("Attempts")
  int attempts;

  @Label("Guest")
  @Description("The status of the guest, if the revert waited for it")
  @Nullable String guest;
}
