package io.github.libvirtsnapshot.fleet;

/**
 * Receives the progress of a fleet run, in sequential calls on a dedicated thread. Exceptions of a
 * listener are logged. A listener that hangs does not stop the run.
 */
public interface FleetListener {
  /** A listener that does nothing. */
  FleetListener NONE = new FleetListener() {};

  /**
   * The work on a domain has started. This is called again for the same domain if its connection is
   * lost before libvirt is called to revert.
   */
  default void started(String uri, String domain) {}

  /**
   * A domain has its result, or the domains of a host could not be listed. In a run with {@link
   * FleetReverter#together}, this is called again for a domain whose revert was undone.
   */
  default void finished(FleetEntry entry, FleetProgress progress) {}
}
