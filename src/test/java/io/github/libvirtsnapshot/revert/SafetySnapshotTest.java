package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.contains;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.after;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetySnapshotTest extends MockedRevert {
  private static final String INTERNAL_DISK =
      "<disks><disk name='vda' snapshot='internal'/></disks>";

  private static OwnedString domainWith(String image, String format) {
    return new OwnedString("<domain type='qemu'>" + devices(image, format) + "</domain>");
  }

  private static String devices(String image, String format) {
    return "<devices><disk type='file'><driver type='"
        + format
        + "'/><source file='"
        + image
        + "'/><target dev='vda'/></disk></devices>";
  }

  private void setSnapshotXml(String disks, String image) {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                "<domainsnapshot><name>clean</name><state>running</state>"
                    + disks
                    + "<domain type='qemu'>"
                    + devices(image, image.endsWith(".raw") ? "raw" : "qcow2")
                    + "</domain></domainsnapshot>"));
  }

  private void setDomainDisk(String image, String format) {
    when(libvirt.library.virDomainGetXMLDesc(any(), anyInt()))
        .thenReturn(domainWith(image, format));
  }

  private void useLibvirt(long version) {
    libvirt.setLibvirtVersion(version);
    when(libvirt.library.virDomainSnapshotCreateXML(any(), any(), anyInt()))
        .thenReturn(new DomainSnapshotPointer(new Pointer(0x4000)));
  }

  private RevertReport revertWithSafetySnapshot() throws RevertException {
    setDomainDisk("/images/i.qcow2", "qcow2");
    setSnapshotXml(INTERNAL_DISK, "/images/i.qcow2");
    return reverter.withSafetySnapshot().revert();
  }

  @Test
  void safetySnapshotIsDeletedOnRequest() throws Exception {
    reverter.deleteSafetySnapshot(revertWithSafetySnapshot());

    verify(libvirt.library, times(1)).virDomainSnapshotDelete(any(), anyInt());
  }

  /** A rollback would replace the state that the other program wanted. */
  @Test
  void revertThatAnotherProgramReplacedIsNotRolledBack() throws Exception {
    setDomainDisk("/images/i.qcow2", "qcow2");
    setSnapshotXml(INTERNAL_DISK, "/images/i.qcow2");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setSnapshotName("nightly");
              return 0;
            });

    RevertException replaced = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.WRONG_STATE, replaced.outcome());
    assertTrue(
        replaced
            .getMessage()
            .contains(
                "was done, but another program has changed the domain since: the current snapshot is"
                    + " \"nightly\"; the domain was running (booted) and is now running"),
        replaced.getMessage());
    assertTrue(replaced.details().safetySnapshot().isPresent());
    verify(libvirt.library, times(1)).virDomainRevertToSnapshot(any(), anyInt());
  }

  @Test
  void deletionOfMissingSafetySnapshotDoesNothing() throws Exception {
    RevertReport report = revertWithSafetySnapshot();
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "gone");
    when(libvirt.library.virDomainSnapshotLookupByName(any(), any(), anyInt())).thenReturn(null);

    reverter.deleteSafetySnapshot(report);

    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void failedDeletionThrows() throws Exception {
    RevertReport report = revertWithSafetySnapshot();
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, "no");
    when(libvirt.library.virDomainSnapshotDelete(any(), anyInt())).thenReturn(-1);

    LibvirtException failure =
        assertThrows(LibvirtException.class, () -> reverter.deleteSafetySnapshot(report));
    assertEquals(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, failure.getError().getCode());
  }

  @Test
  void deletionThatCouldCrashLibvirtdIsRefused() throws Exception {
    RevertReport report = revertWithSafetySnapshot();
    when(libvirt.library.virDomainIsActive(any())).thenReturn(1);
    setDomainDisk("/images/another.qcow2", "qcow2");

    LibvirtException failure =
        assertThrows(LibvirtException.class, () -> reverter.deleteSafetySnapshot(report));
    assertTrue(failure.getMessage().contains("\"/images/i.qcow2\""), failure.getMessage());
    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());

    when(libvirt.library.virDomainIsActive(any())).thenReturn(0);
    reverter.deleteSafetySnapshot(report);
    verify(libvirt.library, times(1)).virDomainSnapshotDelete(any(), anyInt());
  }

  /** libvirtd 9.0 looks each disk of the snapshot up by its target, also an empty drive. */
  @Test
  void deletionOfSnapshotWithAnotherDriveIsRefused() throws Exception {
    RevertReport report = revertWithSafetySnapshot();
    when(libvirt.library.virDomainIsActive(any())).thenReturn(1);
    setSnapshotXml(
        "<disks><disk name='vda' snapshot='internal'/><disk name='hdc' snapshot='no'/></disks>",
        "/images/i.qcow2");

    LibvirtException failure =
        assertThrows(LibvirtException.class, () -> reverter.deleteSafetySnapshot(report));

    assertTrue(failure.getMessage().contains("\"hdc\""), failure.getMessage());
    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void deletionRequiresSafetySnapshot() throws Exception {
    RevertReport report = reverter.revert();
    assertThrows(IllegalStateException.class, () -> reverter.deleteSafetySnapshot(report));
  }

  /** Sets up a raw disk, which cannot contain internal snapshots, and an external target. */
  private void allowOnlyExternalSafetySnapshot() {
    useLibvirt(11_003_000);
    setDomainDisk("/images/o.raw", "raw");
    setSnapshotXml(
        "<disks><disk name='vda' snapshot='external'><source"
            + " file='/images/i.clean'/></disk></disks>",
        "/images/i.raw");
  }

  /**
   * Starts a revert while another one could create this overlay.
   *
   * @param calls how often libvirt is called to revert before the other one ends
   */
  private CompletableFuture<RevertReport> startDuringTurnOf(
      String overlay, SnapshotReverter started, int calls) throws Exception {
    HostInventory inventory = HostInventory.once();
    try (Connect connect = domain.getConnect()) {
      inventory.shareOn(connect);
      return inventory
          .overlayTurns()
          .run(
              Set.of(overlay),
              () -> {
                CompletableFuture<RevertReport> revert =
                    started.revertAsync(task -> new Thread(task).start());
                verify(libvirt.library, timeout(30_000).times(calls))
                    .virDomainRevertToSnapshot(any(), anyInt());
                verify(libvirt.library, after(500).times(calls))
                    .virDomainRevertToSnapshot(any(), anyInt());
                return revert;
              });
    }
  }

  @Test
  void revertWaitsWhileAnotherOneCanCreateAnOverlayOfTheSameName() throws Exception {
    allowOnlyExternalSafetySnapshot();
    CompletableFuture<RevertReport> revert = startDuringTurnOf("/images/i", reverter.running(), 0);
    assertEquals(RUNNING, revert.get().after().state().value());
  }

  /** The revert goes to images named i, and the rollback to an image named o. */
  @Test
  void rollbackWaitsWhileAnotherRevertCanCreateAnOverlayOfTheSameName() throws Exception {
    allowOnlyExternalSafetySnapshot();
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setState(SHUTOFF, 6);
              setSnapshotXml(INTERNAL_DISK.replace("internal", "external"), "/images/o.raw");
              return -1;
            })
        .then(
            call -> {
              libvirt.setState(RUNNING, 4);
              return 0;
            });
    CompletableFuture<RevertReport> revert =
        startDuringTurnOf("/images/o", reverter.withSafetySnapshot(), 1);
    ExecutionException failed = assertThrows(ExecutionException.class, revert::get);
    assertEquals(RevertOutcome.ROLLED_BACK, ((RevertException) failed.getCause()).outcome());
    verify(libvirt.library, times(2)).virDomainRevertToSnapshot(any(), anyInt());
  }

  @Test
  void externalSnapshotOfRunningGuestStoresMemoryNextToDisk() throws Exception {
    allowOnlyExternalSafetySnapshot();

    RevertReport report = reverter.withSafetySnapshot().revert();

    String name = report.safetySnapshot().orElseThrow();
    verify(libvirt.library)
        .virDomainSnapshotCreateXML(
            any(),
            contains("<memory snapshot='external' file='/images/o." + name + ".memory'/>"),
            eq(0));
  }

  @Test
  void externalSnapshotOfShutOffGuestHasOnlyDisks() throws Exception {
    allowOnlyExternalSafetySnapshot();
    libvirt.setState(SHUTOFF, 1);
    when(libvirt.library.virDomainGetID(any())).thenReturn(-1);
    revertLeaves(RUNNING, 4);

    RevertReport report = reverter.running().withSafetySnapshot().revert();

    assertTrue(report.safetySnapshot().isPresent());
    verify(libvirt.library)
        .virDomainSnapshotCreateXML(any(), contains("</description></domainsnapshot>"), eq(16));
  }

  @Test
  void undoMergesExternalSafetySnapshot() throws Exception {
    allowOnlyExternalSafetySnapshot();
    RevertReport report = reverter.withSafetySnapshot().revert();
    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());

    RevertReport undone = undo(SnapshotReverter.of(domain), report);

    verify(libvirt.library, times(1)).virDomainSnapshotDelete(any(), anyInt());
    assertTrue(undone.safetySnapshot().isEmpty());
  }

  @Test
  void undoMayTakeSafetySnapshot() throws Exception {
    RevertReport report = revertWithSafetySnapshot();
    RevertReport undone = undo(SnapshotReverter.of(domain).withSafetySnapshot(), report);
    assertTrue(undone.safetySnapshot().isPresent());

    setDomainDisk("/images/i.qcow2", "raw");
    RevertException refused =
        assertThrows(
            RevertException.class,
            () -> SnapshotReverter.of(domain).withSafetySnapshot().undo(report));
    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(
        refused.getMessage().contains("no safety snapshot could restore the present state exactly"),
        refused.getMessage());
  }

  @Test
  void undoReportsTheSafetySnapshotThatItCreated() throws Exception {
    allowOnlyExternalSafetySnapshot();
    RevertReport report = reverter.withSafetySnapshot().revert();

    RevertReport undone = undo(SnapshotReverter.of(domain).withSafetySnapshot(), report);

    verify(libvirt.library, times(1)).virDomainSnapshotDelete(any(), anyInt());
    assertTrue(undone.safetySnapshot().isPresent());
    assertNotEquals(report.safetySnapshot(), undone.safetySnapshot());
  }

  @Test
  void undoKeepsInternalSafetySnapshot() throws Exception {
    RevertReport unused = undo(SnapshotReverter.of(domain), revertWithSafetySnapshot());

    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void inexactUndoIsNotStarted() throws Exception {
    RevertReport report = revertWithSafetySnapshot();
    setSnapshotXml("<disks><disk name='vda' snapshot='no'/></disks>", "/images/i.qcow2");

    RevertException refused =
        assertThrows(RevertException.class, () -> SnapshotReverter.of(domain).undo(report));

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(
        refused.getMessage().contains("disk vda: not in the snapshot"), refused.getMessage());
  }

  @Test
  void undoIsRetriedInTheNextSecond() throws Exception {
    allowOnlyExternalSafetySnapshot();
    RevertReport report = reverter.withSafetySnapshot().revert();
    libvirt.setError(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, "/o already exists and is not a block device");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt())).thenReturn(-1, 0);

    RevertReport undone = undo(SnapshotReverter.of(domain), report);

    assertEquals(2, undone.attempts().size());
  }

  @Test
  void rollbackIsRetriedInTheNextSecond() throws Exception {
    allowOnlyExternalSafetySnapshot();
    libvirt.setError(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, "/o already exists and is not a block device");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              libvirt.setState(SHUTOFF, 6);
              return -1;
            })
        .thenReturn(-1)
        .then(
            call -> {
              libvirt.setState(RUNNING, 4);
              return 0;
            });

    RevertException failure = failure(reverter.withSafetySnapshot());

    assertEquals(RevertOutcome.ROLLED_BACK, failure.outcome());
    verify(libvirt.library, times(1)).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void guardedRevertWaitsForTheNextSecond() throws Exception {
    allowOnlyExternalSafetySnapshot();
    long second = Instant.now().getEpochSecond();
    setDomainDisk("/images/i." + second, "raw");
    AtomicLong revertedAt = new AtomicLong();
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              revertedAt.set(Instant.now().getEpochSecond());
              return 0;
            });

    RevertReport unused = reverter.guarded().revert();

    assertTrue(revertedAt.get() > second);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/images/i.99999999999999999", "/images/i.4102444800", "/images/i"})
  void imageNumberThatIsNotTheCurrentTimeCausesNoWait(String image) throws Exception {
    allowOnlyExternalSafetySnapshot();
    setDomainDisk(image, "raw");
    RevertReport report =
        assertTimeoutPreemptively(Duration.ofMinutes(1), () -> reverter.guarded().revert());
    assertEquals(1, report.attempts().size());
  }

  @Test
  void reportAndPlanAgreeIfOtherDomainsCannotBeListed() throws Exception {
    setDomainDisk("/images/i.qcow2", "qcow2");
    setSnapshotXml(INTERNAL_DISK, "/images/i.qcow2");
    assertEquals(
        List.of(Certainty.PRESUMED, Certainty.PRESUMED),
        reverter.revert().contents().stream().map(RestoredPart::certainty).toList());
    when(libvirt.library.virConnectListAllDomains(any(), any(), anyInt())).thenReturn(-1);

    RevertReport plain = reverter.revert();

    assertEquals(Certainty.AT_RISK, plain.contents().get(0).certainty());
    assertEquals(reverter.guarded().revert().contents(), plain.contents());
    assertEquals(reverter.plan().contents(), plain.contents());
  }

  @Test
  void guardedRevertRefusesChangedSnapshot() throws Exception {
    libvirt.setLibvirtVersion(11_003_000);
    setDomainDisk("/images/i.qcow2", "qcow2");
    setSnapshotXml(
        "<disks><disk name='vda' snapshot='external'><source"
            + " file='/images/i.clean'/></disk></disks>",
        "/images/i.qcow2");

    RevertException refused = failure(reverter.guarded());

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(refused.getMessage().contains("the domain uses it again"), refused.getMessage());
    verifyNotReverted();
    RevertReport plain = reverter.revert();
    assertTrue(plain.contents().get(0).toString().contains(": changed: "), plain::toString);
    assertTrue(
        log.lines().stream()
            .anyMatch(
                message ->
                    message.contains("content that may differ from the snapshot: disk vda")));
  }
}
