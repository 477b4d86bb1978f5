package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/**
 * The guest agent does not answer: it is not connected, or not in time ({@code
 * VIR_ERR_AGENT_UNRESPONSIVE}, {@code VIR_ERR_AGENT_COMMAND_TIMEOUT}).
 */
public final class AgentUnresponsiveException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** An error as libvirt reported it. */
  public AgentUnresponsiveException(LibvirtError error) {
    super(error);
  }
}
