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
 * Guests in states that no snapshot goes back to: a safety snapshot is refused, and any other
 * revert does what its plan says.
 */
@Tag("qemu")
@Tag("another-process")
class OddStatesIT {
  private static PrivateLibvirtd libvirtd;
  private static IndependentGuestDriver world;

  @BeforeAll
  static void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    Path linux = TestLinux.copyTo(libvirtd);
    world = new IndependentGuestDriver(libvirtd, linux);
  }

  @AfterAll
  static void stop() throws Exception {
    world.close();
    libvirtd.close();
  }

  private static void make(String... words) {
    assertEquals(null, world.ask((Object[]) words).get("refused"));
  }

  @ParameterizedTest
  @CsvSource({
    "bios, crash, CRASHED_PANICKED",
    "linux, doze, PMSUSPENDED_UNKNOWN",
    "linux, fail, PAUSED_IOERROR",
  })
  void aStateThatNoSnapshotGoesBackTo(String firmware, String move, StateReason reason)
      throws Exception {
    String name = world.ask("make", "qcow2", firmware, "none", false).get("name");
    make("start");
    // A Linux has booted once its memory can be seen.
    Map<String, String> unused = look();
    make("take", "s", "default");
    make(move);
    Map<String, String> before = look();

    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(name)) {
      SnapshotReverter reverter = SnapshotReverter.of(domain).to("s");
      RevertPlan plan = reverter.plan();
      assertEquals(reason, plan.before().reason());
      assertEquals(Optional.empty(), plan.safety().kind(), plan::toString);

      RevertException refused =
          assertThrows(RevertException.class, reverter.withSafetySnapshot()::revert);
      assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
      assertTrue(
          refused.getMessage().contains("no snapshot can restore the present state of the guest"),
          refused.getMessage());
      assertEquals(before, look());

      RevertReport report = reverter.guarded().revert();
      assertEquals(plan.reasonAfter(), Optional.of(report.after().reason()), plan::toString);
      assertEquals(before.get("disk vda"), look().get("disk vda"));
    } finally {
      world.ask("end");
    }
  }

  /** What does not change by itself. */
  private static Map<String, String> look() {
    Map<String, String> seen = new HashMap<>(world.ask("look"));
    seen.remove("time");
    return seen;
  }
}
