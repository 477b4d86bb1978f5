import io.github.libvirtsnapshot.revert.RevertDetails;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Measures reverts with Micrometer: how many had which outcome, how long each call of libvirt's
 * revert function took, and how long the program waited for guests. Any number of reverters can
 * have the same listener.
 */
final class RevertMetrics implements RevertListener {
  private final MeterRegistry registry;

  RevertMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void reverted(RevertReport report) {
    record(report.details());
  }

  @Override
  public void failed(RevertException failure) {
    record(failure.details());
  }

  private void record(RevertDetails details) {
    registry.counter("libvirt.reverts", "outcome", details.outcome().name()).increment();
    details
        .attempts()
        .forEach(attempt -> registry.timer("libvirt.revert.calls").record(attempt.elapsed()));
    details
        .guest()
        .ifPresent(guest -> registry.timer("libvirt.revert.guests").record(guest.waited()));
  }
}
