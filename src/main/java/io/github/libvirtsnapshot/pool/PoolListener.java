package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.revert.RevertReport;
import java.time.Duration;

/**
 * Receives the events of a pool, in sequential calls on a dedicated thread. Exceptions of a
 * listener are logged. A listener that hangs does not stop the pool.
 */
public interface PoolListener {
  /** A listener that does nothing. */
  PoolListener NONE = new PoolListener() {};

  /**
   * A domain was reverted, its guest is ready, and the pool can hand it out.
   *
   * @param uri the host, as it was given
   */
  default void ready(String uri, RevertReport report) {}

  /**
   * A domain was handed out.
   *
   * @param uri the host, as it was given
   * @param waited how long the caller waited for the domain
   */
  default void acquired(String uri, String domain, Duration waited) {}

  /** A domain was taken out of the pool. */
  default void withdrawn(WithdrawnDomain domain) {}
}
