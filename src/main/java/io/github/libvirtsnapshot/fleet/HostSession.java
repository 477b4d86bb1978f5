package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The connections to a host, as many as are used at once. Each is for one user at a time: libvirt
 * before 10.4 can crash the process when a connection is lost that several threads use.
 */
final class HostConnections {
  private final String uri;
  private final HostConnector connector;
  private final Deque<Connect> idle = new ArrayDeque<>();
  private boolean closed;

  HostConnections(String uri, HostConnector connector) {
    this.uri = uri;
    this.connector = connector;
  }

  /** Lends one out, which has to be given back or closed; opens it if need be. */
  Connect borrow() throws LibvirtException {
    synchronized (this) {
      if (!idle.isEmpty()) {
        return idle.remove();
      }
    }
    return connector.open(uri);
  }

  /** Takes one back; where nobody needs it any more, it is closed. */
  void giveBack(Connect connect) {
    synchronized (this) {
      if (!closed) {
        idle.add(connect);
        return;
      }
    }
    connect.close();
  }

  /** Closes those that nobody uses, and the others when they are given back. */
  void close() {
    List<Connect> unused;
    synchronized (this) {
      closed = true;
      unused = List.copyOf(idle);
      idle.clear();
    }
    unused.forEach(Connect::close);
  }
}
