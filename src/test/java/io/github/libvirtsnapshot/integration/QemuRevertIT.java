package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.RevertRiskyException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainXmlFlag;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reverts of a real QEMU guest that {@link QemuRevertTableIT} does not cover. */
@Timeout(300)
@Tag("qemu")
class QemuRevertIT {
  private PrivateLibvirtd libvirtd;
  private Connect connect;
  private Domain domain;

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.startedWithDefaultSettings();
    connect = new Connect(libvirtd.qemu());
    domain = Guests.defineWithSnapshots(libvirtd, connect, "web01");
  }

  @AfterEach
  void stop() throws IOException {
    domain.close();
    connect.close();
    libvirtd.close();
  }

  @Test
  void revertWithManagedSaveImageNeedsForce() throws LibvirtException {
    Guests.bringTo(domain, DomainState.RUNNING);
    domain.managedSave();
    SnapshotReverter reverter = SnapshotReverter.of(domain).to("shutoff");

    RevertException refused = assertThrows(RevertException.class, reverter::revert);

    assertEquals(RevertOutcome.FAILED, refused.outcome());
    assertEquals(ErrorNumber.VIR_ERR_SNAPSHOT_REVERT_RISKY, refused.getError().getCode());
    assertInstanceOf(RevertRiskyException.class, refused.getCause());
    assertTrue(
        refused
            .getMessage()
            .contains("to accept the risk, revert with force: force(), or: revert-domain --force"),
        refused.getMessage());
    assertTrue(refused.details().after().orElseThrow().managedSave());

    RevertReport report = reverter.force().revert();

    assertTrue(report.before().managedSave());
    assertTrue(report.after().managedSave(), "libvirt must keep the managed save image");
    assertEquals(DomainState.SHUTOFF, report.after().state());
    domain.managedSaveRemove();
    assertFalse(reverter.revert().after().managedSave());
  }

  @Test
  void revertWithoutTargetStateRestoresStateOfSnapshot() throws LibvirtException {
    Guests.bringTo(domain, DomainState.RUNNING);
    RevertReport report = SnapshotReverter.of(domain).to("paused").revert();

    assertTrue(report.before().persistent());
    assertTrue(report.after().persistent());
    assertEquals("running (booted)", report.before().stateAndReason().toString());
    assertEquals("paused (from snapshot)", report.after().stateAndReason().toString());
    assertEquals(Optional.of("shutoff"), report.before().currentSnapshot());
    assertEquals(Optional.of("paused"), report.after().currentSnapshot());
  }

  @Test
  void renamedDomainKeepsItsName() throws Exception {
    PrivateLibvirtd.run("virsh", "-q", "-c", libvirtd.qemu(), "domrename", "web01", "web02");
    try (Domain renamed = connect.domainLookupByName("web02")) {
      SnapshotReverter reverter = SnapshotReverter.of(renamed).to("running");

      assertEquals(List.of(), reverter.plan().configurationChanges());
      reverter.revert();
      assertTrue(renamed.getXMLDesc(DomainXmlFlag.INACTIVE).contains("<name>web02</name>"));
    }
  }

  @Test
  void planOnReadOnlyConnectionNamesRefusalAndUnknowns() throws LibvirtException {
    try (Connect readOnly = new Connect(libvirtd.qemu(), true);
        Domain readOnlyDomain = readOnly.domainLookupByName("web01")) {
      for (String snapshot : Guests.SNAPSHOTS) {
        RevertPlan plan = SnapshotReverter.of(readOnlyDomain).to(snapshot).running().plan();

        assertEquals(
            ErrorNumber.VIR_ERR_OPERATION_DENIED, plan.refusal().orElseThrow().code(), snapshot);
        assertEquals(
            1,
            plan.unknowns().stream()
                .filter(unknown -> unknown.startsWith("whether libvirt can prepare the start"))
                .count(),
            plan::toString);
      }
    }
  }

  @Test
  void transientDomainCannotBeRevertedToInactiveState() throws LibvirtException {
    Guests.bringTo(domain, DomainState.RUNNING);
    domain.undefine();
    SnapshotReverter toInactive = SnapshotReverter.of(domain).to("shutoff");

    for (SnapshotReverter reverter : List.of(toInactive, toInactive.force())) {
      RevertException refused = assertThrows(RevertException.class, reverter::revert);
      assertEquals(ErrorNumber.VIR_ERR_OPERATION_INVALID, refused.getError().getCode());
      assertEquals(
          "running (booted)", refused.details().after().orElseThrow().stateAndReason().toString());
    }
    RevertReport report = toInactive.paused().force().revert();
    assertFalse(report.before().persistent());
    assertFalse(report.after().persistent());
    assertEquals(DomainState.PAUSED, report.after().state());
    assertEquals(
        DomainState.RUNNING, SnapshotReverter.of(domain).to("running").revert().after().state());
  }

  @Test
  void revertOfDestroyedTransientDomainIsNotStarted() throws LibvirtException {
    Guests.bringTo(domain, DomainState.RUNNING);
    domain.undefine();
    domain.destroy();

    RevertException failed =
        assertThrows(
            RevertException.class, () -> SnapshotReverter.of(domain).to("running").revert());

    assertEquals(RevertOutcome.NOT_STARTED, failed.outcome());
    assertInstanceOf(NoSuchDomainException.class, failed.getCause());
  }

  @Test
  @Tag("another-process")
  void outcomeIsUnknownWhenDaemonIsKilledDuringCall() throws Exception {
    Guests.bringTo(domain, DomainState.RUNNING);
    CountDownLatch calling = new CountDownLatch(1);
    RevertListener listener =
        new RevertListener() {
          @Override
          public void reverting(RevertRequest request, DomainStatus before) {
            calling.countDown();
          }
        };
    CompletableFuture<RevertReport> revert =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return SnapshotReverter.of(domain).to("running").listener(listener).revert();
              } catch (RevertException e) {
                throw new CompletionException(e);
              }
            });
    calling.await();
    Thread.sleep(300);
    libvirtd.kill();

    CompletionException failed = assertThrows(CompletionException.class, revert::join);
    RevertException unknown = assertInstanceOf(RevertException.class, failed.getCause());
    assertEquals(RevertOutcome.UNKNOWN, unknown.outcome());
    assertEquals(ErrorNumber.VIR_ERR_SYSTEM_ERROR, unknown.getError().getCode());
    assertEquals(DomainState.RUNNING, unknown.details().before().orElseThrow().state());
    assertEquals(Optional.empty(), unknown.details().after());
    assertEquals(1, unknown.getSuppressed().length);
    assertFalse(connect.isAlive());

    libvirtd.start(Map.of());
    try (Connect newConnect = new Connect(libvirtd.qemu());
        Domain found = newConnect.domainLookupByName("web01")) {
      assertTrue(unknown.resolveOutcome(newConnect).now().isPresent());

      RevertReport report = SnapshotReverter.of(found).to("running").revert();

      assertEquals(DomainState.RUNNING, report.after().state());
      assertTrue(found.isActive());
    }
  }
}
