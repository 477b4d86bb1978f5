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
 * @param earlier the entries of an earlier run that is resumed, by host and domain
 */
record FleetSettings(
    ReverterFactory reverters,
    List<HostSelection> selections,
    HostConnector connector,
    Limits limits,
    FleetListener listener,
    Supplier<JobThreads> threads,
    ImmutableTable<String, String, FleetEntry> earlier) {

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
        ImmutableTable.of());
  }

  FleetSettings reverting(ReverterFactory other) {
    return new FleetSettings(other, selections, connector, limits, listener, threads, earlier);
  }

  FleetSettings on(List<HostSelection> hosts) {
    return new FleetSettings(reverters, hosts, connector, limits, listener, threads, earlier);
  }

  FleetSettings connector(HostConnector other) {
    return new FleetSettings(reverters, selections, other, limits, listener, threads, earlier);
  }

  FleetSettings within(Limits other) {
    return new FleetSettings(reverters, selections, connector, other, listener, threads, earlier);
  }

  FleetSettings telling(FleetListener other) {
    return new FleetSettings(reverters, selections, connector, limits, other, threads, earlier);
  }

  FleetSettings using(Supplier<JobThreads> other) {
    return new FleetSettings(reverters, selections, connector, limits, listener, other, earlier);
  }

  FleetSettings resuming(ImmutableTable<String, String, FleetEntry> entries) {
    return new FleetSettings(reverters, selections, connector, limits, listener, threads, entries);
  }
}
