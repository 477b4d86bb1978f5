package io.github.libvirtsnapshot.fleet;

import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import io.github.libvirtsnapshot.scheduling.ListenerThread;
import java.lang.System.Logger;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A fleet run that is in progress; {@link FleetReverter#start} starts it. */
public final class FleetRun {
  private static final Logger LOG = System.getLogger(FleetReverter.class.getName());

  /** A listener that hangs delays the report by this time at most. */
  private static final long LISTENER_MILLIS = 1_000;

  private final FleetSettings settings;
  private final ProgressCounter counter;
  private final CompletableFuture<FleetReport> report = new CompletableFuture<>();

  private final ListenerThread listening =
      new ListenerThread("libvirt-fleet-listener", LOG, "a fleet listener");

  private final FleetExecution<RevertReport> execution;

  FleetRun(FleetSettings settings) {
    this.settings = settings;
    JobThreads threads = settings.threads().get();
    this.counter = new ProgressCounter(threads::nanoTime, settings.limits().deadline());
    this.execution = new FleetExecution<>(settings, threads, DomainWork.REVERT, new Reporter());
  }

  FleetRun start() {
    execution.start();
    return this;
  }

  /**
   * Stops the run: no further revert is started. A running revert continues to its end. All other
   * domains are reported immediately, as not started or with their unknown outcome.
   */
  public void stop() {
    execution.stop(FleetReverter.STOPPED);
  }

  /** Returns a future of the report. Completing or cancelling it does not stop the run. */
  public CompletableFuture<FleetReport> report() {
    return report.copy();
  }

  /** Returns the progress so far. */
  public FleetProgress progress() {
    return counter.progress();
  }

  /** Calls the listener and, after its last call, completes the report. */
  private final class Reporter implements FleetExecution.Observer<RevertReport> {
    @Override
    public void expected(String uri, int more) {
      counter.expected(uri, more);
    }

    @Override
    public void started(String uri, String domain) {
      counter.started(uri);
      listening.call(() -> settings.listener().started(uri, domain));
    }

    /** Synchronized, so that the listener receives the results in the order of their counts. */
    @Override
    public synchronized void finished(DomainResult<RevertReport> result) {
      FleetEntry entry = entry(result);
      counter.finished(entry.uri(), entry.isReverted());
      FleetProgress progress = counter.progress();
      listening.call(() -> settings.listener().finished(entry, progress));
    }

    @Override
    public void over(List<DomainResult<RevertReport>> results) {
      FleetReport all = new FleetReport(settings, results.stream().map(this::entry).toList());
      listening.call(() -> report.complete(all));
      listening.shutdown();
      report.completeOnTimeout(all, LISTENER_MILLIS, TimeUnit.MILLISECONDS);
    }

    private FleetEntry entry(DomainResult<RevertReport> result) {
      FleetEntry entry = FleetEntry.of(result);
      return result
          .domain()
          .map(domain -> settings.earlier().get(result.uri(), domain))
          .map(entry::after)
          .orElse(entry);
    }
  }
}
