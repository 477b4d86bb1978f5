package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ErrorNumber;
import io.github.libvirtsnapshot.EventLoop;
import io.github.libvirtsnapshot.LibvirtException;

/** Opens the connections of a fleet. */
@FunctionalInterface
public interface HostConnector {
  /**
   * Opens connections that are given up after 15 seconds without an answer, where the driver has
   * such a thing.
   *
   * @see EventLoop#start
   * @see Connect#setKeepAlive
   */
  HostConnector KEPT_ALIVE =
      uri -> {
        EventLoop.start();
        Connect connect = new Connect(uri);
        try {
          boolean unused = connect.setKeepAlive(5, 2);
        } catch (LibvirtException e) {
          if (e.getError().getCode() != ErrorNumber.VIR_ERR_NO_SUPPORT) {
            connect.close();
            throw e;
          }
        }
        return connect;
      };

  /**
   * Opens a connection, which the fleet closes.
   *
   * @param uri as it was given to {@link FleetReverter#on}
   */
  Connect open(String uri) throws LibvirtException;
}
