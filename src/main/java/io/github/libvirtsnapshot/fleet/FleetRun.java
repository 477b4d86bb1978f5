package io.github.libvirtsnapshot.fleet;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.github.libvirtsnapshot.SafeLog;
import io.github.libvirtsnapshot.revert.RevertReport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A run over a fleet that is under way; {@link FleetReverter#start} makes it. */
public final class FleetRun {
  private static final Logger LOG = System.getLogger(FleetReverter.class.getName());

  /** A listener that hangs does not keep the report from anyone for longer. */
  private static final long LISTENER_MILLIS = 1_000;

  private final FleetSettings settings;
  private final Tally tally = new Tally();
  private final CompletableFuture<FleetReport> report = new CompletableFuture<>();

  /** What comes after the end is not told any more. */
  private final ExecutorService listening =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          new ThreadFactoryBuilder()
              .setNameFormat("libvirt-fleet-listener")
              .setDaemon(true)
              .build(),
          new ThreadPoolExecutor.DiscardPolicy());

  private final Run<RevertReport> run;

  FleetRun(FleetSettings settings) {
    this.settings = settings;
    this.run =
        new Run<>(
            settings,
            (reverter, threads, left) ->
                left.isPresent()
                    ? reverter.revertAsync(threads, left.get())
                    : reverter.revertAsync(threads),
            new Reporter());
  }

  FleetRun start() {
    run.start();
    return this;
  }

  /**
   * Begins nothing more: what libvirt was asked for goes on to its end, and all else is told not to
   * have been started.
   */
  public void stop() {
    run.stop(new NotStartedException("the run was stopped before its turn", null));
  }

  /** Returns what is told in the end; whoever completes it themselves does not stop the run. */
  public CompletableFuture<FleetReport> report() {
    return report.copy();
  }

  /** Returns how far it is. */
  public FleetProgress progress() {
    return tally.progress();
  }

  /** Tells the listener and, after all that, completes the report. */
  private final class Reporter implements Run.Observer<RevertReport> {
    @Override
    public void expected(String uri, int more) {
      tally.expected(uri, more);
    }

    @Override
    public void started(String uri, String domain) {
      tally.started(uri);
      listen(() -> settings.listener.started(uri, domain));
    }

    /** One at a time, so that the listener is told in the order in which they are counted. */
    @Override
    public synchronized void told(Told<RevertReport> told) {
      FleetEntry entry = FleetEntry.of(told);
      tally.told(entry.uri(), entry.isReverted());
      FleetProgress progress = tally.progress();
      listen(() -> settings.listener.finished(entry, progress));
    }

    @Override
    public void over(List<Told<RevertReport>> all) {
      FleetReport told = new FleetReport(settings, all.stream().map(FleetEntry::of).toList());
      listen(() -> report.complete(told));
      listening.shutdown();
      report.completeOnTimeout(told, LISTENER_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void listen(Runnable call) {
      listening.execute(
          () -> {
            try {
              call.run();
            } catch (Throwable e) {
              SafeLog.log(LOG, Level.WARNING, "a fleet listener failed", e);
            }
          });
    }
  }
}
