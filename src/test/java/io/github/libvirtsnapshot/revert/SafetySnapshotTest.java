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
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.DomainSnapshotPointer;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.plan.Certainty;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetySnapshotTest extends MockedRevert {
  private static final String MODES = "<disks><disk name='vda' snapshot='internal'/></disks>";

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

  private void snapshotOf(String disks, String image) {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(
            new OwnedString(
                "<domainsnapshot><name>clean</name><state>running</state>"
                    + disks
                    + "<domain type='qemu'>"
                    + devices(image, image.endsWith(".raw") ? "raw" : "qcow2")
                    + "</domain></domainsnapshot>"));
  }

  private void domainHas(String image, String format) {
    when(libvirt.library.virDomainGetXMLDesc(any(), anyInt()))
        .thenReturn(domainWith(image, format));
  }

  private void onLibvirt(long version) {
    libvirt.setLibvirtVersion(version);
    when(libvirt.library.virDomainSnapshotCreateXML(any(), any(), anyInt()))
        .thenReturn(new DomainSnapshotPointer(new Pointer(0x4000)));
  }

  private RevertReport keptSafe() throws RevertException {
    domainHas("/images/i.qcow2", "qcow2");
    snapshotOf(MODES, "/images/i.qcow2");
    return reverter.withSafetySnapshot().revert();
  }

  @Test
  void oneThatIsNotToBeUndoneIsDeleted() throws Exception {
    reverter.deleteSafetySnapshot(keptSafe());

    verify(libvirt.library, times(1)).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void oneThatIsGoneIsNoConcern() throws Exception {
    RevertReport report = keptSafe();
    libvirt.setError(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, "gone");
    when(libvirt.library.virDomainSnapshotLookupByName(any(), any(), anyInt())).thenReturn(null);

    reverter.deleteSafetySnapshot(report);

    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void oneThatLibvirtDoesNotDeleteIsToldOf() throws Exception {
    RevertReport report = keptSafe();
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, "no");
    when(libvirt.library.virDomainSnapshotDelete(any(), anyInt())).thenReturn(-1);

    LibvirtException failure =
        assertThrows(LibvirtException.class, () -> reverter.deleteSafetySnapshot(report));
    assertEquals(ErrorNumber.VIR_ERR_OPERATION_UNSUPPORTED, failure.getError().getCode());
  }

  @Test
  void libvirtdIsNotKilledByDeletingOne() throws Exception {
    RevertReport report = keptSafe();
    when(libvirt.library.virDomainIsActive(any())).thenReturn(1);
    domainHas("/images/another.qcow2", "qcow2");

    LibvirtException failure =
        assertThrows(LibvirtException.class, () -> reverter.deleteSafetySnapshot(report));
    assertTrue(failure.getMessage().contains("\"/images/i.qcow2\""), failure.getMessage());
    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());

    when(libvirt.library.virDomainIsActive(any())).thenReturn(0);
    reverter.deleteSafetySnapshot(report);
    verify(libvirt.library, times(1)).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void aRevertWithoutOneHasNoneToDelete() throws Exception {
    RevertReport report = reverter.revert();
    assertThrows(IllegalStateException.class, () -> reverter.deleteSafetySnapshot(report));
  }

  /** A raw disk, which has no internal snapshots, and an external snapshot to go to. */
  private void onlyExternalIsPossible() {
    onLibvirt(11_003_000);
    domainHas("/images/o.raw", "raw");
    snapshotOf(
        "<disks><disk name='vda' snapshot='external'><source"
            + " file='/images/i.clean'/></disk></disks>",
        "/images/i.raw");
  }

  @Test
  void anExternalOneOfARunningGuestHasItsMemoryBesideTheDisk() throws Exception {
    onlyExternalIsPossible();

    RevertReport report = reverter.withSafetySnapshot().revert();

    String name = report.safetySnapshot().orElseThrow();
    verify(libvirt.library)
        .virDomainSnapshotCreateXML(
            any(),
            contains("<memory snapshot='external' file='/images/" + name + ".memory'/>"),
            eq(0));
  }

  @Test
  void anExternalOneOfAGuestThatIsOffIsOfItsDisks() throws Exception {
    onlyExternalIsPossible();
    libvirt.setState(SHUTOFF, 1);
    when(libvirt.library.virDomainGetID(any())).thenReturn(-1);
    revertLeaves(RUNNING, 4);

    RevertReport report = reverter.running().withSafetySnapshot().revert();

    assertTrue(report.safetySnapshot().isPresent());
    verify(libvirt.library)
        .virDomainSnapshotCreateXML(any(), contains("</description></domainsnapshot>"), eq(16));
  }

  @Test
  void anUndoMergesAnExternalOne() throws Exception {
    onlyExternalIsPossible();
    RevertReport report = reverter.withSafetySnapshot().revert();
    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());

    RevertReport undone = SnapshotReverter.of(domain).undo(report);

    verify(libvirt.library, times(1)).virDomainSnapshotDelete(any(), anyInt());
    assertTrue(undone.safetySnapshot().isEmpty());
  }

  @Test
  void anUndoCanBeKeptSafeToo() throws Exception {
    RevertReport report = keptSafe();
    RevertReport undone = SnapshotReverter.of(domain).withSafetySnapshot().undo(report);
    assertTrue(undone.safetySnapshot().isPresent());

    domainHas("/images/i.qcow2", "raw");
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
  void anUndoThatMergesOneNamesTheOneThatItTook() throws Exception {
    onlyExternalIsPossible();
    RevertReport report = reverter.withSafetySnapshot().revert();

    RevertReport undone = SnapshotReverter.of(domain).withSafetySnapshot().undo(report);

    verify(libvirt.library, times(1)).virDomainSnapshotDelete(any(), anyInt());
    assertTrue(undone.safetySnapshot().isPresent());
    assertNotEquals(report.safetySnapshot(), undone.safetySnapshot());
  }

  @Test
  void anUndoKeepsAnInternalOne() throws Exception {
    RevertReport unused = SnapshotReverter.of(domain).undo(keptSafe());

    verify(libvirt.library, never()).virDomainSnapshotDelete(any(), anyInt());
  }

  @Test
  void anUndoThatCanNotBePromisedIsNotStarted() throws Exception {
    RevertReport report = keptSafe();
    snapshotOf("<disks><disk name='vda' snapshot='no'/></disks>", "/images/i.qcow2");

    RevertException refused =
        assertThrows(RevertException.class, () -> SnapshotReverter.of(domain).undo(report));

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertTrue(
        refused.getMessage().contains("disk vda: not in the snapshot"), refused.getMessage());
  }

  @Test
  void aSecondUndoWithinASecondWaitsForTheNext() throws Exception {
    onlyExternalIsPossible();
    RevertReport report = reverter.withSafetySnapshot().revert();
    libvirt.setError(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, "/o already exists and is not a block device");
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt())).thenReturn(-1, 0);

    RevertReport undone = SnapshotReverter.of(domain).undo(report);

    assertEquals(2, undone.attempts().size());
  }

  @Test
  void aRollBackWithinASecondWaitsForTheNext() throws Exception {
    onlyExternalIsPossible();
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
  void aGuardedRevertWaitsForTheNextSecond() throws Exception {
    onlyExternalIsPossible();
    long second = Instant.now().getEpochSecond();
    domainHas("/images/i." + second, "raw");
    AtomicLong asked = new AtomicLong();
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              asked.set(Instant.now().getEpochSecond());
              return 0;
            });

    RevertReport unused = reverter.guarded().revert();

    assertTrue(asked.get() > second);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/images/i.99999999999999999", "/images/i.4102444800", "/images/i"})
  void aNumberThatIsNoTimeOfTodayIsNotWaitedFor(String image) throws Exception {
    onlyExternalIsPossible();
    domainHas(image, "raw");
    RevertReport report =
        assertTimeoutPreemptively(Duration.ofMinutes(1), () -> reverter.guarded().revert());
    assertEquals(1, report.attempts().size());
  }

  @Test
  void aReportIsAsDoubtfulAsAPlanWhereNoOtherDomainCouldBeAsked() throws Exception {
    domainHas("/images/i.qcow2", "qcow2");
    snapshotOf(MODES, "/images/i.qcow2");
    assertEquals("[disk vda: certain, memory: certain]", reverter.revert().contents().toString());
    when(libvirt.library.virConnectListAllDomains(any(), any(), anyInt())).thenReturn(-1);

    RevertReport plain = reverter.revert();

    assertEquals(Certainty.AT_RISK, plain.contents().get(0).certainty());
    assertEquals(reverter.guarded().revert().contents(), plain.contents());
    assertEquals(reverter.plan().contents(), plain.contents());
  }

  @Test
  void aSpoiledSnapshotIsNotRevertedToByAGuardedRevert() throws Exception {
    libvirt.setLibvirtVersion(11_003_000);
    domainHas("/images/i.qcow2", "qcow2");
    snapshotOf(
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
