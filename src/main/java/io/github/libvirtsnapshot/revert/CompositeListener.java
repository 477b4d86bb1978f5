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
 * Calls the log, the flight recorder and the listener of the user. Whatever they throw, also an
 * error or a checked exception, is logged, and the run continues.
 */
final class CompositeListener implements RevertListener {
  /** A listener that calls no other. */
  static final CompositeListener SILENT = new CompositeListener();

  private final List<RevertListener> listeners = new ArrayList<>();
  private boolean interrupted;

  private CompositeListener() {}

  /** Starts the event of the flight recorder, whose duration is that of the run. */
  static CompositeListener of(Domain domain, RevertListener listener) {
    return of(
        List.of(LoggingListener::new, () -> new FlightRecorderListener(domain), () -> listener));
  }

  /** Returns a listener that calls these; one whose creation fails is left out. */
  static CompositeListener of(List<Supplier<RevertListener>> listeners) {
    CompositeListener reporter = new CompositeListener();
    listeners.forEach(listener -> reporter.guarded(() -> reporter.listeners.add(listener.get())));
    return reporter;
  }

  /** Interrupts the thread again if a listener threw an InterruptedException. */
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
  public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
    tell(listener -> listener.safetySnapshotCreated(request, safetySnapshot));
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
          LoggingListener.LOG, Level.WARNING, "a listener failed; the revert continues", e);
    }
  }
}
