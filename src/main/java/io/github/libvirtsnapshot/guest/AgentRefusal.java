package io.github.libvirtsnapshot.guest;

import com.google.common.base.Strings;
import io.github.libvirtsnapshot.LibvirtException;

/**
 * Recognizes errors that the guest agent itself reported. libvirt before 11.2 has no separate code
 * for them, so this class searches libvirt's message for the name of the agent's command and the
 * agent's text; both are always in English.
 */
final class AgentRefusal {
  private static final String COMMAND = "'guest-";
  private static final String DISABLED = "has been disabled";

  private AgentRefusal() {}

  /** Returns whether the agent reported this error. */
  static boolean is(LibvirtException e) {
    return message(e).contains(COMMAND);
  }

  /**
   * Returns whether the agent refused because the file systems of the guest are frozen, or because
   * the guest's administrator disabled the command. Newer agents use the same message for both.
   */
  static boolean isOfFrozen(LibvirtException e) {
    return message(e).contains(DISABLED);
  }

  private static String message(LibvirtException e) {
    return Strings.nullToEmpty(e.getError().getMessage());
  }
}
