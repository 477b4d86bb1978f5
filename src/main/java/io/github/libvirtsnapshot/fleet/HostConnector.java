package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;

/** Opens the connections of a fleet. */
@FunctionalInterface
public interface HostConnector {
  /**
   * Opens connections that are closed after 15 seconds without a response, if the driver supports
   * keepalive.
   *
   * @see io.github.libvirtsnapshot.Connect#startEventLoop
   * @see Connect#setKeepAlive
   */
  HostConnector KEPT_ALIVE = Connect::openKeptAlive;

  /**
   * Opens a connection, which the fleet closes.
   *
   * @param uri as it was given to {@link FleetReverter#on}
   */
  Connect open(String uri) throws LibvirtException;
}
