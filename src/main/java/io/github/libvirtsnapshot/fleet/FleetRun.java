package io.github.libvirtsnapshot.fleet;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableTable;
import io.github.libvirtsnapshot.fleet.UndoWork.Undone;
import io.github.libvirtsnapshot.plan.facts.OverlayTurns;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import io.github.libvirtsnapshot.scheduling.ListenerThread;
import java.lang.System.Logger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A fleet run that is in progress; {@link FleetReverter#start} starts it. */
public final class FleetRun {
  private static final Logger LOG = System.getLogger(FleetReverter.class.getName());

  /** A listener that hangs delays the report by this time at most. */
  private static final long LISTENER_MILLIS = 1_000;

  private final FleetSettings settings;
  private final ProgressCounter counter;
  private final RunTimes.Recorder times;
  private final CompletableFuture<FleetReport> report = new CompletableFuture<>();

  private final ListenerThread listening =
      new ListenerThread("libvirt-fleet-listener", LOG, "a fleet listener");

  private final JobThreads threads;
  private final FleetBarrier barrier;
  private final FleetExecution<RevertReport> execution;

  FleetRun(FleetSettings settings) {
    this.settings = settings;
    this.threads = settings.threads().get();
    this.barrier =
        settings.isTogether()
            ? new TogetherBarrier(threads, settings.resumesGuests())
            : FleetBarrier.NONE;
    this.counter = new ProgressCounter(threads::nanoTime, settings.limits().deadline());
    this.times = new RunTimes.Recorder(threads::nanoTime);
    this.execution =
        new FleetExecution<>(
            settings,
            threads,
            settings.isTogether() ? DomainWork.REVERT_TOGETHER : DomainWork.REVERT,
            barrier,
            new Reporter());
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
      times.started(uri, domain);
      listening.call(() -> settings.listener().started(uri, domain));
    }

    /** Synchronized, so that the listener receives the results in the order of their counts. */
    @Override
    public synchronized void finished(DomainResult<RevertReport> result) {
      FleetEntry entry = entry(result);
      times.finished(entry);
      counter.finished(entry.uri(), entry.isReverted());
      FleetProgress progress = counter.progress();
      listening.call(() -> settings.listener().finished(entry, progress));
    }

    @Override
    public void over(List<DomainResult<RevertReport>> results) {
      List<FleetEntry> entries = results.stream().map(this::entry).toList();
      Optional<String> failure = barrier.failure().filter(why -> isToUndo(results));
      if (failure.isPresent() && entries.stream().anyMatch(FleetEntry::isUndoneWithOthers)) {
        new Undoing(entries, failure.get()).start();
      } else {
        end(entries);
      }
    }

    private boolean isToUndo(List<DomainResult<RevertReport>> results) {
      return barrier.resumesGuests()
          ? barrier.isBeforeResumption()
          : !results.stream().allMatch(DomainResult::isReverted);
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

  private void end(List<FleetEntry> entries) {
    threads.shutdown();
    FleetReport all = new FleetReport(settings, entries, barrier.resumeSpread(), times.times());
    listening.call(() -> report.complete(all));
    listening.shutdown();
    report.completeOnTimeout(all, LISTENER_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Undoes the reverts of a run that reverts all domains or none. */
  private final class Undoing implements FleetExecution.Observer<Undone> {
    private final List<FleetEntry> entries;
    private final String why;
    private final ImmutableTable<String, String, FleetEntry> toUndo;

    Undoing(List<FleetEntry> entries, String why) {
      this.entries = entries;
      this.why = why;
      ImmutableTable.Builder<String, String, FleetEntry> builder = ImmutableTable.builder();
      entries.stream()
          .filter(FleetEntry::isUndoneWithOthers)
          .forEach(entry -> builder.put(entry.uri(), entry.domain().orElseThrow(), entry));
      this.toUndo = builder.build();
    }

    /**
     * The undo gets other names for its overlays than the reverts, as libvirt names them by time.
     */
    void start() {
      FleetExecution<Undone> undo =
          new FleetExecution<>(
              FleetReverter.of(settings).undoingTogether(toUndo),
              threads,
              new UndoWork(toUndo),
              FleetBarrier.NONE,
              this);
      threads.schedule(OverlayTurns.UNTIL_NEXT_NAME, undo::start);
      toUndo
          .values()
          .forEach(
              entry ->
                  listening.call(
                      () ->
                          settings.listener().started(entry.uri(), entry.domain().orElseThrow())));
    }

    @Override
    public synchronized void finished(DomainResult<Undone> result) {
      FleetEntry reverted = entryBefore(result);
      FleetEntry entry = reverted.afterUndo(result, why);
      times.finished(entry);
      if (reverted.isReverted()) {
        counter.undone();
      }
      FleetProgress progress = counter.progress();
      listening.call(() -> settings.listener().finished(entry, progress));
    }

    private FleetEntry entryBefore(DomainResult<Undone> result) {
      return requireNonNull(toUndo.get(result.uri(), result.domain().orElseThrow()));
    }

    @Override
    public void over(List<DomainResult<Undone>> results) {
      Map<FleetEntry, FleetEntry> undone = new HashMap<>();
      for (DomainResult<Undone> result : results) {
        FleetEntry before = entryBefore(result);
        undone.put(before, before.afterUndo(result, why));
      }
      end(entries.stream().map(entry -> undone.getOrDefault(entry, entry)).toList());
    }
  }
}
