import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import io.github.libvirtsnapshot.testing.RevertPlanBuilder;
import io.github.libvirtsnapshot.testing.RevertResultBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests {@link NightlyReset} without libvirt. docs/testing-your-code.md explains the tests. */
class NightlyResetTest {
  private final FakeLibvirt libvirt = new FakeLibvirt();
  private final FakeDomain web01 =
      libvirt
          .addDomain("web01", DomainState.PAUSED)
          .addSnapshot("clean-install", DomainState.RUNNING);

  private String reset() throws LibvirtException {
    try (Connect connect = libvirt.connect();
        Domain domain = connect.domainLookupByName("web01")) {
      return NightlyReset.of(domain).run();
    }
  }

  @Test
  void domain_isResetAndRunning() throws LibvirtException {
    assertEquals("reset to clean-install", reset());
    assertEquals(DomainState.RUNNING, web01.state());
    assertEquals(List.of("clean-install"), web01.reverts());
  }

  @Test
  void domain_whoseRevertFails_isRolledBack() throws LibvirtException {
    web01.failReverts("clean-install", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "no such image");

    assertEquals("broken: VIR_ERR_INTERNAL_ERROR", reset());
    assertEquals(DomainState.PAUSED, web01.state());
  }

  @Test
  void report_namesTheSnapshot() {
    RevertReport report = RevertResultBuilder.of("web01", "clean-install").report();

    assertEquals("reset to clean-install", new NightlyReset(() -> report).run());
  }

  @Test
  void unknownOutcome_namesTheDomain() {
    RevertException failure =
        RevertResultBuilder.of("web01", "clean-install")
            .failed(RevertOutcome.UNKNOWN, ErrorNumber.VIR_ERR_SYSTEM_ERROR, "End of file")
            .exception();
    NightlyReset reset =
        new NightlyReset(
            () -> {
              throw failure;
            });

    assertEquals("look at web01", reset.run());
  }

  @Test
  void plan_thatLosesASnapshot_needsApproval() {
    RevertPlan plan =
        RevertPlanBuilder.of("web01", "clean-install")
            .losses(new Loss(Loss.Kind.SNAPSHOTS, "snapshot before-upgrade"))
            .plan();

    assertTrue(NightlyReset.needsApproval(plan));
  }
}
