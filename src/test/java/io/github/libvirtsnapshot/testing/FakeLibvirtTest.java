package io.github.libvirtsnapshot.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.DomainCreateFlag;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.flags.SnapshotListFlag;
import io.github.libvirtsnapshot.fleet.FleetReport;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.plan.RestoredPart;
import io.github.libvirtsnapshot.plan.RestoredPart.Certainty;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.snapshots.SnapshotDetails;
import io.github.libvirtsnapshot.snapshots.SnapshotTree;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What {@link FakeLibvirt} has besides the contract, and where it follows QEMU's driver. */
class FakeLibvirtTest {
  private final FakeLibvirt libvirt = new FakeLibvirt();
  private final FakeDomain web01 =
      libvirt
          .addDomain("web01", DomainState.RUNNING)
          .addSnapshot("powered-off", DomainState.SHUTOFF)
          .addSnapshot("clean-install", DomainState.RUNNING);

  private LogRecorder quiet;
  private Connect connect;
  private Domain domain;

  @BeforeEach
  void open() throws LibvirtException {
    quiet = LogRecorder.ofEverything();
    connect = libvirt.connect();
    domain = connect.domainLookupByName("web01");
  }

  @AfterEach
  void close() {
    domain.close();
    connect.close();
    quiet.close();
  }

  private SnapshotReverter reverter() {
    return SnapshotReverter.of(domain).to("clean-install");
  }

  private static void assertFails(ErrorNumber code, Executable call) {
    assertEquals(code, assertThrows(LibvirtException.class, call).getError().getCode());
  }

  @Test
  void plan_ofSnapshotWithMemory_presumesContents() throws RevertException {
    for (SnapshotReverter planned : List.of(reverter(), reverter().withTransientPools())) {
      RevertPlan plan = planned.running().plan();

      assertTrue(plan.matchesTarget());
      assertEquals(
          List.of(Certainty.PRESUMED, Certainty.PRESUMED),
          plan.contents().stream().map(RestoredPart::certainty).toList());
      assertEquals("internal", plan.safety().toString());
      assertEquals(List.of(), plan.transientPools());
      assertEquals(List.of(), web01.reverts());
    }
  }

  @Test
  void refuseReverts_leavesTheDomainUntouched() {
    web01.refuseReverts("clean-install", ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, "not supported");

    RevertException failure = assertThrows(RevertException.class, () -> reverter().revert());

    assertEquals(RevertOutcome.FAILED, failure.outcome());
    assertEquals(ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, failure.getError().getCode());
    assertEquals("not supported", failure.getError().getMessage());
    assertEquals(DomainState.RUNNING, web01.state());
    assertEquals(StateReason.RUNNING_BOOTED, failure.details().after().orElseThrow().reason());
    assertEquals(List.of("clean-install"), web01.reverts());
  }

  @Test
  void failReverts_stopsTheGuest() {
    web01.failReverts("clean-install", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "no such image");

    RevertException failure = assertThrows(RevertException.class, () -> reverter().revert());

    assertEquals(RevertOutcome.FAILED, failure.outcome());
    assertEquals(DomainState.SHUTOFF, web01.state());
    assertEquals(StateReason.SHUTOFF_FAILED, failure.details().after().orElseThrow().reason());
  }

  @Test
  void failReverts_withSafetySnapshot_isRolledBack() {
    web01.failReverts("clean-install", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "no such image");

    RevertException failure =
        assertThrows(RevertException.class, () -> reverter().withSafetySnapshot().revert());

    assertEquals(RevertOutcome.ROLLED_BACK, failure.outcome());
    assertEquals(DomainState.RUNNING, web01.state());
    assertEquals(2, web01.reverts().size());
    assertEquals(List.of("powered-off", "clean-install"), web01.snapshotNames());
  }

  @Test
  void setStateAfterReverts_isAWrongState() throws RevertException {
    web01.setStateAfterReverts("clean-install", DomainState.SHUTOFF);

    RevertException failure = assertThrows(RevertException.class, () -> reverter().revert());
    assertEquals(RevertOutcome.WRONG_STATE, failure.outcome());
    assertEquals(DomainState.SHUTOFF, web01.state());

    RevertReport corrected = reverter().running().enforcingState().revert();
    assertEquals(1, corrected.corrections().size());
    assertEquals(DomainState.RUNNING, web01.state());
  }

  @Test
  void allowReverts_endsFailuresAndWrongStates() throws RevertException {
    web01
        .refuseReverts("clean-install", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "no such image")
        .setStateAfterReverts("clean-install", DomainState.SHUTOFF)
        .allowReverts("clean-install");

    assertEquals(DomainState.RUNNING, reverter().revert().after().state());
  }

  @Test
  void revertToPoweredOffSnapshot_withAState_startsTheDomain() throws LibvirtException {
    SnapshotReverter reverter = SnapshotReverter.of(domain).to("powered-off");
    assertEquals(StateReason.RUNNING_BOOTED, reverter.running().revert().after().reason());
    assertEquals(StateReason.PAUSED_USER, reverter.paused().revert().after().reason());
    assertEquals(StateReason.SHUTOFF_FROM_SNAPSHOT, reverter.revert().after().reason());
  }

  @Test
  void revert_startsANewProcess() throws RevertException {
    RevertReport report = reverter().revert();

    assertNotEquals(report.before().id(), report.after().id());
  }

  @Test
  void powerOperations_thatDoNotFitTheState_failAsOnQemu() throws LibvirtException {
    assertFails(ErrorNumber.VIR_ERR_OPERATION_INVALID, () -> domain.create());
    assertFails(ErrorNumber.VIR_ERR_OPERATION_INVALID, () -> domain.resume());
    domain.suspend();
    domain.suspend();
    domain.destroy();
    assertFails(ErrorNumber.VIR_ERR_OPERATION_INVALID, () -> domain.suspend());
    assertFails(ErrorNumber.VIR_ERR_OPERATION_INVALID, () -> domain.resume());
    domain.create(DomainCreateFlag.PAUSED);
    assertEquals(StateReason.PAUSED_USER, domain.getState().reason());
  }

  @Test
  void snapshotOfARunningGuest_resumesIt() throws LibvirtException {
    domain.snapshotCreateXML("<domainsnapshot><name>later</name></domainsnapshot>").close();

    assertEquals(StateReason.RUNNING_UNPAUSED, domain.getState().reason());
  }

  @Test
  void snapshotWithoutAName_isNamedAfterTheTime() throws LibvirtException {
    try (DomainSnapshot snapshot = domain.snapshotCreateXML("<domainsnapshot/>")) {
      assertTrue(snapshot.getName().matches("[0-9]{10}"), snapshot.getName());
    }
  }

  @Test
  void snapshotName_isEscapedInXml() throws LibvirtException {
    web01.addSnapshot("a<b>&'\"", DomainState.RUNNING).addSnapshot("later", DomainState.PAUSED);

    assertEquals(
        Optional.of("a<b>&'\""),
        SnapshotTree.of(domain).find("later").flatMap(SnapshotDetails::parent));
    SnapshotReverter.of(domain).to("a<b>&'\"").guarded().revert();
    assertEquals(List.of("a<b>&'\""), web01.reverts());
  }

  @Test
  void flagsThatTheFakeDoesNotHave_areRefused() {
    assertFails(
        ErrorNumber.VIR_ERR_INVALID_ARG,
        () -> domain.snapshotCreateXML("<domainsnapshot/>", SnapshotCreateFlag.DISK_ONLY));
    assertFails(
        ErrorNumber.VIR_ERR_INVALID_ARG, () -> domain.create(DomainCreateFlag.BYPASS_CACHE));
    assertFails(
        ErrorNumber.VIR_ERR_INVALID_ARG, () -> domain.listAllSnapshots(SnapshotListFlag.LEAVES));
  }

  @Test
  void existingSnapshot_withoutItsState_isNotRedefined() {
    assertFails(
        ErrorNumber.VIR_ERR_XML_ERROR,
        () ->
            domain.snapshotCreateXML(
                "<domainsnapshot><name>old</name></domainsnapshot>", SnapshotCreateFlag.REDEFINE));
  }

  @Test
  void unsupportedFunction_isNamed() {
    UnsupportedOperationException failure =
        assertThrows(UnsupportedOperationException.class, () -> domain.managedSave());

    assertEquals(
        "FakeLibvirt has no virDomainManagedSave; test with libvirt's test driver,"
            + " new Connect(\"test:///default\"), or wrap FakeLibvirt.library()",
        failure.getMessage());
    assertThrows(UnsupportedOperationException.class, () -> connect.setKeepAlive(5, 2));
    assertThrows(
        UnsupportedOperationException.class, () -> libvirt.library().virEventRegisterDefaultImpl());
  }

  @Test
  void connections_shareTheDomains() throws LibvirtException {
    domain.suspend();

    try (Connect other = libvirt.connect();
        Domain same = other.domainLookupByName("web01")) {
      assertEquals(DomainState.PAUSED, same.getState().state());
    }
    assertEquals(DomainState.PAUSED, web01.state());
  }

  @Test
  void domains_areListedByTheirKind() throws LibvirtException {
    libvirt.addDomain("db01", DomainState.SHUTOFF);
    libvirt.addTransientDomain("job01", DomainState.PAUSED);

    assertEquals(List.of("web01", "job01"), names(connect.listAllDomains(1)));
    assertEquals(List.of("db01"), names(connect.listAllDomains(2)));
    assertEquals(List.of("web01", "db01"), names(connect.listAllDomains(4)));
    assertEquals(List.of("job01"), names(connect.listAllDomains(8)));
    assertEquals(List.of("web01", "db01", "job01"), names(connect.listAllDomains(0)));
    try (Domain job01 = connect.domainLookupByID(2)) {
      assertEquals("job01", job01.getName());
    }
  }

  private static List<String> names(Domain[] domains) {
    List<String> names = List.of(domains).stream().map(Domain::getName).toList();
    List.of(domains).forEach(Domain::close);
    return names;
  }

  @Test
  void transientDomain_isGoneOnceItStops() throws LibvirtException {
    FakeDomain job01 =
        libvirt
            .addTransientDomain("job01", DomainState.RUNNING)
            .addSnapshot("off", DomainState.SHUTOFF)
            .addSnapshot("clean", DomainState.RUNNING)
            .failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "no such image");
    try (Domain handle = connect.domainLookupByName("job01")) {
      assertFalse(handle.isPersistent());
      RevertException refused =
          assertThrows(RevertException.class, () -> SnapshotReverter.of(handle).to("off").revert());
      assertEquals(ErrorNumber.VIR_ERR_OPERATION_INVALID, refused.getError().getCode());
      assertTrue(job01.exists());

      assertThrows(RevertException.class, () -> SnapshotReverter.of(handle).to("clean").revert());
    }
    assertFalse(job01.exists());
    assertEquals("job01: removed, snapshots [off, clean]", job01.toString());
  }

  @Test
  void transientDomain_withSafetySnapshot_isCreatedAgain() throws LibvirtException {
    FakeDomain job01 =
        libvirt
            .addTransientDomain("job01", DomainState.RUNNING)
            .addSnapshot("clean", DomainState.RUNNING)
            .failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "no such image");
    try (Domain handle = connect.domainLookupByName("job01")) {
      RevertException failure =
          assertThrows(
              RevertException.class,
              () -> SnapshotReverter.of(handle).to("clean").withSafetySnapshot().revert());
      assertEquals(RevertOutcome.ROLLED_BACK, failure.outcome());
      assertEquals(List.of("clean"), List.of(handle.snapshotListNames()));
      assertFalse(handle.isPersistent());
    }
    assertEquals(DomainState.RUNNING, job01.state());
  }

  @Test
  void removedDomain_keepsItsSnapshotData() {
    assertTrue(web01.exists());
    web01.remove();

    assertFalse(web01.exists());
    assertEquals(DomainState.SHUTOFF, web01.state());
    assertEquals(List.of("powered-off", "clean-install"), web01.snapshotNames());
  }

  @Test
  void guestClock_isThatOfTheSnapshotUntilItIsSet() throws Exception {
    Thread.sleep(50);
    RevertReport report = reverter().awaitingGuest(Duration.ofSeconds(5)).settingClock().revert();

    ClockSetting clock = report.guest().orElseThrow().clock().orElseThrow();
    assertTrue(clock.behindBefore().compareTo(Duration.ofMillis(50)) >= 0, clock.toString());
    assertTrue(clock.behindAfter().compareTo(clock.behindBefore()) < 0, clock.toString());
  }

  @Test
  void fleet_revertsSeveralDomainsOfSeveralHosts() {
    Map<String, FakeLibvirt> hosts = Map.of("host1", new FakeLibvirt(), "host2", new FakeLibvirt());
    hosts
        .values()
        .forEach(
            host -> {
              host.addDomain("web01", DomainState.PAUSED).addSnapshot("clean", DomainState.RUNNING);
              host.addDomain("db01", DomainState.SHUTOFF).addSnapshot("clean", DomainState.RUNNING);
            });

    FleetReport report =
        FleetReverter.with(
                member -> SnapshotReverter.of(member).to("clean").withSafetySnapshot().guarded())
            .connector(uri -> hosts.get(uri).connect())
            .on("host1", FleetReverter.allDomains())
            .on("host2", "web01", "db01")
            .revert();

    assertTrue(report.isComplete(), report.toString());
    assertEquals(Map.of(RevertOutcome.REVERTED, 4), report.totals());
    assertTrue(report.undoing().revert().isComplete());
    try (Connect host1 = hosts.get("host1").connect();
        Domain web = host1.domainLookupByName("web01");
        Domain db = host1.domainLookupByName("db01")) {
      assertEquals(DomainState.PAUSED, web.getState().state());
      assertEquals(DomainState.SHUTOFF, db.getState().state());
    } catch (LibvirtException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void failedCall_leavesItsErrorToItsThread() throws Exception {
    LibvirtLibrary library = libvirt.library();
    assertNull(library.virDomainLookupByName(library.virConnectOpen("fake:///"), "db01"));

    assertNull(CompletableFuture.supplyAsync(library::virGetLastError).get());
    assertEquals(ErrorNumber.VIR_ERR_NO_DOMAIN.value(), library.virGetLastError().code);
  }

  @Test
  void library_hasTheMethodsOfAnObject() {
    Object library = libvirt.library();
    assertEquals(library, library);
    assertNotEquals(library, new FakeLibvirt().library());
    assertEquals(library.hashCode(), library.hashCode());
    assertTrue(library.toString().contains("FakeFunctions"));
  }

  @Test
  void preparation_withWrongValues_isRefused() {
    assertRefused(
        "the host has a domain \"web01\" already",
        () -> libvirt.addDomain("web01", DomainState.RUNNING));
    assertRefused(
        "the state is CRASHED; it has to be RUNNING, PAUSED or SHUTOFF",
        () -> libvirt.addDomain("db01", DomainState.CRASHED));
    assertRefused(
        "a transient domain is never shut off",
        () -> libvirt.addTransientDomain("db01", DomainState.SHUTOFF));
    assertRefused(
        "domain \"web01\" has a snapshot \"clean-install\" already",
        () -> web01.addSnapshot("clean-install", DomainState.RUNNING));
    assertRefused(
        "the state is NOSTATE; it has to be RUNNING, PAUSED or SHUTOFF",
        () -> web01.addSnapshot("later", DomainState.NOSTATE));
    assertRefused(
        "domain \"web01\" has no snapshot \"clean\"; it has [powered-off, clean-install]",
        () -> web01.failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "no such image"));
    assertEquals(
        "web01: running (booted), snapshots [powered-off, clean-install]", web01.toString());
  }

  private static void assertRefused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }

  @Test
  void revertWithFlags_ofAHandle_isRecorded() throws LibvirtException {
    try (DomainSnapshot snapshot = domain.snapshotLookupByName("clean-install")) {
      snapshot.revert(RevertFlag.PAUSED);
    }
    assertEquals(List.of("clean-install"), web01.reverts());
    assertEquals(DomainState.PAUSED, web01.state());
  }
}
