package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;

/** Opens the connections of a fleet or of a pool. */
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
   * Opens a connection.
   *
   * @param uri as it was given to {@link FleetReverter#on}, or to the settings of the pool
   * @return a new connection, which only the fleet or the pool uses and closes: plans of domains on
   *     it use facts about the host that were collected before
   */
  Connect open(String uri) throws LibvirtException;
}
