package io.github.libvirtsnapshot.guest;

import com.google.common.base.Strings;
import io.github.libvirtsnapshot.LibvirtException;

/**
 * An agent that is there, and says that it will not or can't do what it was asked. libvirt has no
 * number of its own for that before 11.2, so it is read from the message: the name of the agent's
 * command and the agent's own words are in no language but English.
 */
final class AgentRefusal {
  private static final String COMMAND = "'guest-";
  private static final String DISABLED = "has been disabled";

  private AgentRefusal() {}

  /** Returns whether the agent has answered at all. */
  static boolean is(LibvirtException e) {
    return message(e).contains(COMMAND);
  }

  /**
   * Returns whether it refused because the file systems of the guest are frozen, or its
   * administrator forbids what it was asked: newer agents have the same words for both.
   */
  static boolean isOfFrozen(LibvirtException e) {
    return message(e).contains(DISABLED);
  }

  private static String message(LibvirtException e) {
    return Strings.nullToEmpty(e.getError().getMessage());
  }
}
