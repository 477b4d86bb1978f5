package io.github.libvirtsnapshot.integration;

import static io.github.libvirtsnapshot.DomainState.PAUSED;
import static io.github.libvirtsnapshot.DomainState.RUNNING;
import static io.github.libvirtsnapshot.DomainState.SHUTOFF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Joiner;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Reverts on real QEMU from each state, to each snapshot, with each set of flags. libvirt-python
 * does the same reverts on an identical domain, and each result must be the same.
 */
@Tag("qemu")
class QemuRevertTableIT {
  private static final Path ORACLE = Path.of("src/test/python/revert_table.py");

  @Test
  void revertsMatchLibvirtPython() throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started();
        Connect connect = new Connect(libvirtd.qemu());
        Domain domain = Guests.defineWithSnapshots(libvirtd, connect, "library");
        Domain oracleDomain = Guests.defineWithSnapshots(libvirtd, connect, "oracle")) {
      Process oracle =
          new ProcessBuilder(
                  "/usr/bin/python3", ORACLE.toString(), libvirtd.qemu(), oracleDomain.getName())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (BufferedReader answers =
          new BufferedReader(
              new InputStreamReader(oracle.getInputStream(), StandardCharsets.UTF_8))) {
        int cells = 0;
        for (DomainState before : List.of(RUNNING, PAUSED, SHUTOFF)) {
          for (String snapshot : Guests.SNAPSHOTS) {
            for (int flags : IntStream.concat(IntStream.range(0, 16), IntStream.of(99)).toArray()) {
              assertEquals(answers.readLine(), revert(domain, before, snapshot, flags));
              cells++;
            }
          }
        }
        assertEquals(null, answers.readLine());
        assertEquals(0, oracle.waitFor());
        System.out.println(cells + " of " + cells + " reverts on QEMU agree with libvirt-python");
      } finally {
        oracle.destroyForcibly();
      }
    }
  }

  /** Reverts, and returns the result in the format of revert_table.py. */
  private static String revert(Domain domain, DomainState before, String snapshot, int flags)
      throws LibvirtException {
    Guests.bringTo(domain, before);
    int code;
    StateAndReason after;
    try {
      RevertReport report = SnapshotReverter.of(domain).to(snapshot).flags(flags).revert();
      assertEquals(before, report.before().state());
      assertTrue(report.after().persistent());
      code = 0;
      after = report.after().stateAndReason();
    } catch (RevertException e) {
      assertEquals(before, e.details().before().orElseThrow().state());
      code = e.getError().getRawCode();
      after = e.details().after().orElseThrow().stateAndReason();
    }
    return Joiner.on(' ')
        .join(before.value(), snapshot, flags, code, after.rawState(), after.rawReason());
  }
}
