package io.github.libvirtsnapshot.fleet;

import com.google.common.collect.ImmutableTable;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * How to revert a fleet: the value behind a {@link FleetReverter}. Nothing changes it once it was
 * made: {@link #with} changes a copy before anyone else sees it.
 */
final class FleetSettings implements Cloneable {
  /** Says how a domain is reverted. */
  interface How {
    /**
     * Returns its reverter.
     *
     * @param uri the host, as it was given
     * @param name the domain, as it was given
     */
    SnapshotReverter reverter(String uri, String name, Domain domain);
  }

  How how;
  List<HostSelection> selections = List.of();
  HostConnector connector = HostConnector.KEPT_ALIVE;
  int atOncePerHost = 4;
  int atOnce = 64;
  Duration hostTimeout = Duration.ofSeconds(30);
  Duration surveyLifetime = Duration.ofSeconds(5);
  Optional<Duration> deadline = Optional.empty();
  FleetListener listener = FleetListener.NONE;
  Supplier<FleetThreads> threads = DaemonThreads::new;

  /** What an earlier run left of the domains that are resumed, by host and name. */
  ImmutableTable<String, String, FleetEntry> earlier = ImmutableTable.of();

  FleetSettings(How how) {
    this.how = how;
  }

  /** Returns a copy with this change. */
  FleetSettings with(Consumer<FleetSettings> change) {
    try {
      FleetSettings copy = (FleetSettings) clone();
      change.accept(copy);
      return copy;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }
}
