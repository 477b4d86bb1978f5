package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Guests in states that no snapshot can restore: a revert with a safety snapshot is refused, and
 * any other revert does what its plan predicts.
 */
@Tag("qemu")
@Tag("another-process")
class UnrestorableStatesIT {
  private static PrivateLibvirtd libvirtd;
  private static IndependentGuestDriver driver;

  @BeforeAll
  static void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    Path linux = TestLinux.copyTo(libvirtd);
    driver = new IndependentGuestDriver(libvirtd, linux);
  }

  @AfterAll
  static void stop() throws Exception {
    driver.close();
    libvirtd.close();
  }

  private static void perform(String... words) {
    assertEquals(null, driver.perform((Object[]) words).get("error"));
  }

  @ParameterizedTest
  @CsvSource({
    "bios, crash, CRASHED_PANICKED",
    "linux, suspend_to_memory, PMSUSPENDED_UNKNOWN",
    "linux, fail_storage, PAUSED_IOERROR",
  })
  void safetySnapshotIsRefusedAndRevertMatchesPlan(
      String firmware, String action, StateReason reason) throws Exception {
    String name = driver.perform("create", "qcow2", firmware, "none", false).get("name");
    perform("start");
    // The observation waits until a Linux has booted.
    Map<String, String> unused = observe();
    perform("create_snapshot", "clean-install", "internal");
    perform(action);
    Map<String, String> before = observe();

    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(name)) {
      SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean-install");
      RevertPlan plan = reverter.plan();
      assertEquals(reason, plan.before().reason());
      assertEquals(Optional.empty(), plan.safety().kind(), plan::toString);

      RevertException refused =
          assertThrows(RevertException.class, reverter.withSafetySnapshot()::revert);
      assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
      assertTrue(
          refused.getMessage().contains("no snapshot can restore the present state of the guest"),
          refused.getMessage());
      assertEquals(before, observe());

      RevertReport report = reverter.guarded().revert();
      assertEquals(plan.reasonAfter(), Optional.of(report.after().reason()), plan::toString);
      assertEquals(before.get("disk vda"), observe().get("disk vda"));
    } finally {
      driver.perform("remove_guest");
    }
  }

  /** Returns the entries that change only through an action. */
  private static Map<String, String> observe() {
    Map<String, String> observed = new HashMap<>(driver.perform("observe"));
    observed.remove("time");
    return observed;
  }
}
