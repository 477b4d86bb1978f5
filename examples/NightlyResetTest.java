import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.jna.ConnectPointer;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.virError;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertAttempt;
import io.github.libvirtsnapshot.revert.RevertDetails;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/**
 * Tests of a program that uses this library, without libvirt. docs/testing-your-code.md explains
 * them.
 */
class NightlyResetTest {
  /** The program: resets a machine, and says in one word what came of it. */
  static final class NightlyReset {
    private final Reverts reverts;

    NightlyReset(Reverts reverts) {
      this.reverts = reverts;
    }

    /** What the program needs of this library; {@link #of} is the real one. */
    interface Reverts {
      RevertReport revert() throws RevertException;

      static Reverts of(Domain domain) {
        return SnapshotReverter.of(domain).to("clean").running()::revert;
      }
    }

    String run() {
      try {
        return "reset to " + reverts.revert().snapshot();
      } catch (RevertException e) {
        return switch (e.outcome()) {
          case NOT_STARTED -> "skipped";
          case UNKNOWN, IN_PROGRESS -> "look at " + e.details().request().domain();
          default -> "broken: " + e.getError().getCode();
        };
      }
    }
  }

  private static final DomainStatus STOPPED =
      new DomainStatus(
          StateAndReason.of(StateReason.SHUTOFF_FAILED),
          OptionalInt.empty(),
          Optional.of("clean"),
          true,
          false);

  private static final DomainStatus RUNNING =
      new DomainStatus(
          StateAndReason.of(StateReason.RUNNING_FROM_SNAPSHOT),
          OptionalInt.of(7),
          Optional.of("clean"),
          true,
          false);

  private static RevertDetails details(RevertOutcome outcome, DomainStatus after) {
    RevertRequest request =
        new RevertRequest(
            "web01",
            "6695eb01-f6a4-8304-79aa-97f2502e193f",
            Optional.of("clean"),
            1,
            Optional.of(DomainState.RUNNING));
    return new RevertDetails(
        outcome,
        request,
        Optional.of(STOPPED),
        Optional.of(after),
        Optional.of(Instant.now()),
        List.of(new RevertAttempt(1, Optional.empty(), Duration.ofSeconds(1))),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void aReportIsReported() {
    RevertReport report = new RevertReport(details(RevertOutcome.REVERTED, RUNNING));

    assertEquals("reset to clean", new NightlyReset(() -> report).run());
  }

  @Test
  void aFailureIsReported() {
    LibvirtException libvirts =
        new LibvirtException(
            LibvirtError.of(
                ErrorNumber.VIR_ERR_INTERNAL_ERROR, ErrorDomain.VIR_FROM_QEMU, "no such image"));
    RevertException failure =
        new RevertException("it failed", details(RevertOutcome.FAILED, STOPPED), libvirts);

    assertEquals("broken: VIR_ERR_INTERNAL_ERROR", resetThat(failure));
    assertEquals(
        "look at web01",
        resetThat(new RevertException("?", details(RevertOutcome.UNKNOWN, STOPPED), null)));
    assertEquals(
        "skipped",
        resetThat(new RevertException("no", details(RevertOutcome.NOT_STARTED, STOPPED), null)));
  }

  private static String resetThat(RevertException fails) {
    return new NightlyReset(
            () -> {
              throw fails;
            })
        .run();
  }

  private static LibvirtLibrary libvirtWithOneDomain() {
    LibvirtLibrary libvirt = mock(LibvirtLibrary.class);
    ConnectPointer connect = new ConnectPointer(new Pointer(1));
    DomainPointer domain = new DomainPointer(new Pointer(2));
    DomainSnapshotPointer snapshot = new DomainSnapshotPointer(new Pointer(3));
    when(libvirt.virConnectOpen(any())).thenReturn(connect);
    when(libvirt.virDomainLookupByName(any(), any())).thenReturn(domain);
    when(libvirt.virDomainLookupByUUIDString(any(), any())).thenReturn(domain);
    when(libvirt.virDomainGetConnect(any())).thenReturn(connect);
    when(libvirt.virDomainGetName(any())).thenReturn("web01");
    when(libvirt.virDomainSnapshotLookupByName(any(), any(), anyInt())).thenReturn(snapshot);
    when(libvirt.virDomainSnapshotCurrent(any(), anyInt())).thenReturn(snapshot);
    when(libvirt.virDomainSnapshotGetName(any())).thenReturn("clean");
    when(libvirt.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(new OwnedString("<domainsnapshot><state>running</state></domainsnapshot>"));
    when(libvirt.virDomainGetState(any(), any(), any(), anyInt()))
        .then(
            call -> {
              call.<int[]>getArgument(1)[0] = DomainState.RUNNING.value();
              return 0;
            });
    return libvirt;
  }

  @Test
  void theWholeWayOverAMockedLibvirt() throws LibvirtException {
    LibvirtLibrary libvirt = libvirtWithOneDomain();
    try (Connect connect = new Connect(libvirt, "mock:///");
        Domain domain = connect.domainLookupByName("web01")) {
      NightlyReset reset = new NightlyReset(NightlyReset.Reverts.of(domain));
      assertEquals("reset to clean", reset.run());

      virError error = new virError();
      error.code = ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY.value();
      error.message = "revert requires force";
      when(libvirt.virGetLastError()).thenReturn(error);
      when(libvirt.virDomainRevertToSnapshot(any(), anyInt())).thenReturn(-1);
      assertEquals("broken: VIR_ERR_SNAPSHOT_REVERT_RISKY", reset.run());
    }
  }
}
