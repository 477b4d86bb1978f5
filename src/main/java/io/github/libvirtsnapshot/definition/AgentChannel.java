package io.github.libvirtsnapshot.definition;

import io.github.libvirtsnapshot.xml.XmlNode;

/** The channel of the guest agent. */
public final class AgentChannel {
  private static final String NAME = "org.qemu.guest_agent.0";

  private AgentChannel() {}

  /** Returns whether a domain's definition contains the channel of the guest agent. */
  public static boolean isIn(XmlNode domain) {
    return domain.all("devices/channel/target").stream()
        .anyMatch(target -> target.text("@name").equals(NAME));
  }
}
