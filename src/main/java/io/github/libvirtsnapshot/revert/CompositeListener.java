package io.github.libvirtsnapshot.revert;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Tells the log, the flight recorder and the listener what one run does. Whatever they throw, also
 * an error or a checked exception, ends here: it is logged, and the run goes on.
 */
final class CompositeListener implements RevertListener {
  /** Tells nobody. */
  static final CompositeListener SILENT = new CompositeListener();

  private final List<RevertListener> listeners = new ArrayList<>();
  private boolean interrupted;

  private CompositeListener() {}

  /** Makes a reporter, and begins to measure the run's time for the flight recorder. */
  static CompositeListener of(Domain domain, RevertListener listener) {
    return of(
        List.of(LoggingListener::new, () -> new FlightRecorderListener(domain), () -> listener));
  }

  /** Makes a reporter that calls these; one that can't be made is left out. */
  static CompositeListener of(List<Supplier<RevertListener>> listeners) {
    CompositeListener reporter = new CompositeListener();
    listeners.forEach(listener -> reporter.guarded(() -> reporter.listeners.add(listener.get())));
    return reporter;
  }

  /** An interrupt that a listener turned into an exception counts again once the run is over. */
  void close() {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void planned(RevertPlan plan) {
    tell(listener -> listener.planned(plan));
  }

  @Override
  public void safetySnapshotTaken(RevertRequest request, String safetySnapshot) {
    tell(listener -> listener.safetySnapshotTaken(request, safetySnapshot));
  }

  @Override
  public void reverting(RevertRequest request, DomainStatus before) {
    tell(listener -> listener.reverting(request, before));
  }

  @Override
  public void retrying(RevertRequest request, RevertAttempt failed) {
    tell(listener -> listener.retrying(request, failed));
  }

  @Override
  public void awaitingGuest(RevertRequest request, DomainStatus after) {
    tell(listener -> listener.awaitingGuest(request, after));
  }

  @Override
  public void reverted(RevertReport report) {
    tell(listener -> listener.reverted(report));
  }

  @Override
  public void failed(RevertException failure) {
    tell(listener -> listener.failed(failure));
  }

  private void tell(Consumer<RevertListener> moment) {
    listeners.forEach(listener -> guarded(() -> moment.accept(listener)));
  }

  private void guarded(Runnable outside) {
    try {
      outside.run();
    } catch (Throwable e) {
      interrupted |= e instanceof InterruptedException;
      SafeLogger.log(
          LoggingListener.LOG, Level.WARNING, "a listener failed, and the revert goes on", e);
    }
  }
}
