package io.github.libvirtsnapshot.definition;

import io.github.libvirtsnapshot.xml.XmlNode;

/** The channel that a guest agent answers on. */
public final class AgentChannel {
  private static final String NAME = "org.qemu.guest_agent.0";

  private AgentChannel() {}

  /** Returns whether the definition of a domain has the channel. */
  public static boolean isIn(XmlNode domain) {
    return domain.all("devices/channel/target").stream()
        .anyMatch(target -> target.text("@name").equals(NAME));
  }
}
