package io.github.libvirtsnapshot.fleet;

import com.google.common.collect.HashBasedTable;
import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The times of a run.
 *
 * @param begun when the run began
 * @param elapsed the time until the end of the run
 * @param spans by host and domain, when the work on the domain was in progress; a domain whose work
 *     was never started has none
 */
record RunTimes(Instant begun, Duration elapsed, ImmutableTable<String, String, Span> spans) {
  /** The first start and the last end of the work on a domain, since the start of the run. */
  record Span(Duration from, Duration to) {}

  /** Returns when the work on a domain was in progress; empty if it was never started. */
  Optional<Span> of(FleetEntry entry) {
    return entry.domain().map(domain -> spans.get(entry.uri(), domain));
  }

  /** Records the times while the run is in progress. */
  static final class Recorder {
    private final LongSupplier nanoTime;
    private final Instant begun = Instant.now();
    private final long begunNanos;
    private final Table<String, String, Duration> starts = HashBasedTable.create();
    private final Table<String, String, Span> spans = HashBasedTable.create();

    /**
     * Creates a recorder for a run that begins now.
     *
     * @param nanoTime the time, as {@link System#nanoTime} returns it
     */
    Recorder(LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
      this.begunNanos = nanoTime.getAsLong();
    }

    private Duration elapsed() {
      return Duration.ofNanos(nanoTime.getAsLong() - begunNanos);
    }

    synchronized void started(String uri, String domain) {
      if (!starts.contains(uri, domain)) {
        starts.put(uri, domain, elapsed());
      }
    }

    synchronized void finished(FleetEntry entry) {
      entry
          .domain()
          .flatMap(domain -> Optional.ofNullable(starts.get(entry.uri(), domain)))
          .ifPresent(
              start ->
                  spans.put(entry.uri(), entry.domain().orElseThrow(), new Span(start, elapsed())));
    }

    synchronized RunTimes times() {
      return new RunTimes(begun, elapsed(), ImmutableTable.copyOf(spans));
    }
  }
}
