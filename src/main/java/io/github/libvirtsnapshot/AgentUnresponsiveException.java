package io.github.libvirtsnapshot;

import io.github.libvirtsnapshot.errors.LibvirtError;

/**
 * Thrown if the guest agent is not connected or does not respond in time ({@code
 * VIR_ERR_AGENT_UNRESPONSIVE}, {@code VIR_ERR_AGENT_COMMAND_TIMEOUT}).
 */
public final class AgentUnresponsiveException extends LibvirtException {
  private static final long serialVersionUID = 1;

  /** Creates the exception from the error that libvirt reported. */
  public AgentUnresponsiveException(LibvirtError error) {
    super(error);
  }
}
