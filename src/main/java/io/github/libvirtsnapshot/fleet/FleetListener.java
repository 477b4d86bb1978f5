package io.github.libvirtsnapshot.fleet;

/**
 * Receives the progress of a run over a fleet, one call after the other, on a thread of its own.
 * What it throws is logged; if it hangs, the run goes on without it.
 */
public interface FleetListener {
  /** Does nothing. */
  FleetListener NONE = new FleetListener() {};

  /**
   * A domain's turn has come. It may come again, if its connection is lost before libvirt is asked.
   */
  default void started(String uri, String domain) {}

  /** A domain has its result, or a host whose domains could not be listed. */
  default void finished(FleetEntry entry, FleetProgress progress) {}
}
