import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Tests {@link RevertMetrics} with libvirt's test driver. */
class RevertMetricsIT {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private double count(String outcome) {
    return registry.get("libvirt.reverts").tag("outcome", outcome).counter().count();
  }

  @Test
  void revertsAreCountedByOutcome_andTheirStepsAreTimed() throws LibvirtException {
    try (Connect connect = new Connect("test:///default");
        Domain domain = connect.domainLookupByName("test")) {
      domain
          .snapshotCreateXML("<domainsnapshot><name>clean-install</name></domainsnapshot>")
          .close();
      // Before 8.0, the test driver leaves the domain paused.
      SnapshotReverter reverter =
          SnapshotReverter.of(domain).enforcingState().listener(new RevertMetrics(registry));
      GuestProbe ready = GuestProbe.of("ready", guest -> true);

      reverter.to("clean-install").awaitingGuest(ready, Duration.ofSeconds(10)).revert();
      reverter.to("clean-install").revert();
      assertThrows(RevertException.class, reverter.to("gone")::revert);

      assertEquals(2, count("REVERTED"));
      assertEquals(1, count("NOT_STARTED"));
      assertEquals(2, registry.get("libvirt.revert.calls").timer().count());
      assertTrue(registry.get("libvirt.revert.calls").timer().totalTime(TimeUnit.NANOSECONDS) > 0);
      assertEquals(1, registry.get("libvirt.revert.guests").timer().count());
    }
  }
}
