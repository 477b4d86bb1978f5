package io.github.libvirtsnapshot.fleet;

import com.google.common.collect.ImmutableTable;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.DaemonThreads;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The settings of a {@link FleetReverter}.
 *
 * @param reverters returns the reverter of a domain
 * @param connector opens the connections
 * @param threads makes the threads of a run
 * @param unity whether the domains are reverted together
 * @param earlier the entries of an earlier run that is resumed, by host and domain
 */
record FleetSettings(
    ReverterFactory reverters,
    List<HostSelection> selections,
    HostConnector connector,
    Limits limits,
    FleetListener listener,
    Supplier<JobThreads> threads,
    Unity unity,
    ImmutableTable<String, String, FleetEntry> earlier) {

  /** Whether the domains are reverted together. */
  enum Unity {
    /** Each domain is reverted, or not, independent of the others. */
    NONE,
    /** All domains are reverted, or none. */
    TOGETHER,
    /** All domains are reverted, or none, and their guests are resumed at the end. */
    RESUMED_TOGETHER
  }

  /** Creates the reverter of a domain. */
  interface ReverterFactory {
    /**
     * Returns the reverter of a domain.
     *
     * @param uri the host, as it was given
     * @param name the domain, as it was given
     */
    SnapshotReverter create(String uri, String name, Domain domain);
  }

  /**
   * The limits of concurrency and of time.
   *
   * @param hostTimeout how long a host may take to respond
   * @param hostFactsMaxAge how long facts about the other domains of a host are reused
   * @param deadline how long the whole run may take
   */
  record Limits(
      int maxConcurrentPerHost,
      int maxConcurrent,
      Duration hostTimeout,
      Duration hostFactsMaxAge,
      Optional<Duration> deadline) {
    static final Limits DEFAULT =
        new Limits(4, 64, Duration.ofSeconds(30), Duration.ofSeconds(5), Optional.empty());

    Limits maxConcurrentPerHost(int domains) {
      return new Limits(domains, maxConcurrent, hostTimeout, hostFactsMaxAge, deadline);
    }

    Limits maxConcurrent(int domains) {
      return new Limits(maxConcurrentPerHost, domains, hostTimeout, hostFactsMaxAge, deadline);
    }

    Limits hostTimeout(Duration timeout) {
      return new Limits(maxConcurrentPerHost, maxConcurrent, timeout, hostFactsMaxAge, deadline);
    }

    Limits hostFactsMaxAge(Duration lifetime) {
      return new Limits(maxConcurrentPerHost, maxConcurrent, hostTimeout, lifetime, deadline);
    }

    Limits deadline(Duration whole) {
      return new Limits(
          maxConcurrentPerHost, maxConcurrent, hostTimeout, hostFactsMaxAge, Optional.of(whole));
    }
  }

  static FleetSettings of(ReverterFactory reverters) {
    return new FleetSettings(
        reverters,
        List.of(),
        HostConnector.KEPT_ALIVE,
        Limits.DEFAULT,
        FleetListener.NONE,
        () -> new DaemonThreads("libvirt-fleet"),
        Unity.NONE,
        ImmutableTable.of());
  }

  FleetSettings reverting(ReverterFactory other) {
    return new FleetSettings(
        other, selections, connector, limits, listener, threads, unity, earlier);
  }

  FleetSettings on(List<HostSelection> hosts) {
    return new FleetSettings(
        reverters, hosts, connector, limits, listener, threads, unity, earlier);
  }

  FleetSettings connector(HostConnector other) {
    return new FleetSettings(
        reverters, selections, other, limits, listener, threads, unity, earlier);
  }

  FleetSettings within(Limits other) {
    return new FleetSettings(
        reverters, selections, connector, other, listener, threads, unity, earlier);
  }

  FleetSettings telling(FleetListener other) {
    return new FleetSettings(
        reverters, selections, connector, limits, other, threads, unity, earlier);
  }

  FleetSettings using(Supplier<JobThreads> other) {
    return new FleetSettings(
        reverters, selections, connector, limits, listener, other, unity, earlier);
  }

  FleetSettings resuming(ImmutableTable<String, String, FleetEntry> entries) {
    return new FleetSettings(
        reverters, selections, connector, limits, listener, threads, unity, entries);
  }

  FleetSettings united(Unity other) {
    return new FleetSettings(
        reverters, selections, connector, limits, listener, threads, other, earlier);
  }

  boolean isTogether() {
    return unity != Unity.NONE;
  }

  boolean resumesGuests() {
    return unity == Unity.RESUMED_TOGETHER;
  }

  /** Returns the reverter of a domain; a run that can be undone needs safety snapshots. */
  SnapshotReverter reverter(String uri, String name, Domain domain) {
    SnapshotReverter reverter = reverters.create(uri, name, domain);
    return isTogether() ? reverter.withSafetySnapshot() : reverter;
  }
}
