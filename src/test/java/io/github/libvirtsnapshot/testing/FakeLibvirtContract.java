package io.github.libvirtsnapshot.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.StateAndReason;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.flags.SnapshotCreateFlag;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@link FakeLibvirt} has in common with a driver of libvirt: the same calls lead to the same
 * states, reasons, current snapshots and error codes.
 */
abstract class FakeLibvirtContract {
  static final String DOMAIN = "web01";

  private Connect connect;
  private Domain domain;

  /** Opens a connection to a host whose only domain, {@link #DOMAIN}, is running. */
  abstract Connect connect() throws LibvirtException;

  /** Destroys and undefines the domain. */
  abstract void remove(Domain removed) throws LibvirtException;

  @BeforeEach
  final void open() throws LibvirtException {
    connect = connect();
    domain = connect.domainLookupByName(DOMAIN);
  }

  @AfterEach
  final void close() {
    domain.close();
    connect.close();
  }

  private void take(String name) throws LibvirtException {
    domain.snapshotCreateXML("<domainsnapshot><name>" + name + "</name></domainsnapshot>").close();
  }

  private void revert(String name, RevertFlag... flags) throws LibvirtException {
    try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
      domain.revertToSnapshot(snapshot, flags);
    }
  }

  private void assertState(StateReason reason) throws LibvirtException {
    assertEquals(StateAndReason.of(reason), domain.getState());
    boolean active = reason.state() != DomainState.SHUTOFF;
    assertEquals(active, domain.isActive());
    assertEquals(active, DomainStatus.of(domain).isActive());
  }

  private static void assertFails(ErrorNumber code, Executable call) {
    LibvirtException failure = assertThrows(LibvirtException.class, call);
    assertEquals(code, failure.getError().getCode(), failure.getMessage());
  }

  @Test
  void domain_atFirst_isRunningAndPersistentWithoutSnapshots() throws LibvirtException {
    assertEquals(DomainState.RUNNING, domain.getState().state());
    assertTrue(domain.isActive());
    assertTrue(domain.isPersistent());
    assertFalse(domain.hasManagedSaveImage());
    assertFalse(domain.hasCurrentSnapshot());
    assertEquals(Optional.empty(), domain.snapshotCurrentName());
    assertEquals(0, domain.snapshotNum());
    assertEquals(List.of(DOMAIN), names(connect.listAllDomains()));
  }

  private static List<String> names(List<Domain> domains) {
    List<String> names = domains.stream().map(Domain::getName).toList();
    domains.forEach(Domain::close);
    return names;
  }

  @Test
  void lookup_ofUnknownName_fails() {
    assertFails(ErrorNumber.VIR_ERR_NO_DOMAIN, () -> connect.domainLookupByName("db01"));
    assertFails(
        ErrorNumber.VIR_ERR_NO_DOMAIN,
        () -> connect.domainLookupByUUIDString("6695eb01-f6a4-8304-79aa-000000000000"));
    assertFails(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, () -> domain.snapshotLookupByName("clean"));
  }

  @Test
  void powerOperations_changeStateAndReason() throws LibvirtException {
    domain.suspend();
    assertState(StateReason.PAUSED_USER);
    domain.resume();
    assertState(StateReason.RUNNING_UNPAUSED);
    domain.destroy();
    assertState(StateReason.SHUTOFF_DESTROYED);
    assertFails(ErrorNumber.VIR_ERR_OPERATION_INVALID, () -> domain.destroy());
    domain.create();
    assertState(StateReason.RUNNING_BOOTED);
    domain.shutdown();
    assertState(StateReason.SHUTOFF_SHUTDOWN);
  }

  @Test
  void snapshot_whenTaken_becomesTheCurrentOneOnTopOfTheLast() throws LibvirtException {
    take("base");
    assertEquals(DomainState.RUNNING, domain.getState().state());
    domain.destroy();
    take("clean");

    assertState(StateReason.SHUTOFF_DESTROYED);
    assertEquals(Optional.of("clean"), domain.snapshotCurrentName());
    assertEquals(List.of("base", "clean"), snapshotNames());
    try (DomainSnapshot clean = domain.snapshotLookupByName("clean");
        DomainSnapshot base = domain.snapshotLookupByName("base")) {
      assertEquals(Optional.of("base"), clean.getParentName());
      assertEquals(Optional.empty(), base.getParentName());
      assertTrue(clean.isCurrent());
      assertFalse(base.isCurrent());
      assertTrue(base.hasMetadata());
    }
    assertFails(ErrorNumber.VIR_ERR_OPERATION_FAILED, () -> take("clean"));
    assertFails(ErrorNumber.VIR_ERR_XML_DETAIL, () -> domain.snapshotCreateXML("no XML"));
  }

  private List<String> snapshotNames() throws LibvirtException {
    return Stream.of(domain.snapshotListNames()).sorted().toList();
  }

  static Stream<Arguments> reverts() {
    return Stream.of(
        arguments(DomainState.RUNNING, List.of(), StateReason.RUNNING_FROM_SNAPSHOT),
        arguments(
            DomainState.RUNNING, List.of(RevertFlag.RUNNING), StateReason.RUNNING_FROM_SNAPSHOT),
        arguments(
            DomainState.RUNNING, List.of(RevertFlag.PAUSED), StateReason.PAUSED_FROM_SNAPSHOT),
        arguments(DomainState.PAUSED, List.of(), StateReason.PAUSED_FROM_SNAPSHOT),
        arguments(
            DomainState.PAUSED,
            List.of(RevertFlag.RUNNING, RevertFlag.FORCE),
            StateReason.RUNNING_FROM_SNAPSHOT),
        arguments(DomainState.PAUSED, List.of(RevertFlag.PAUSED), StateReason.PAUSED_FROM_SNAPSHOT),
        arguments(DomainState.SHUTOFF, List.of(), StateReason.SHUTOFF_FROM_SNAPSHOT));
  }

  /** The test driver of libvirt 7.0 leaves an active domain paused. */
  @ParameterizedTest
  @MethodSource("reverts")
  @Tag("another-process")
  void revert_leavesTheRequestedStateAndTheSnapshotAsCurrent(
      DomainState takenIn, List<RevertFlag> flags, StateReason expected) throws LibvirtException {
    switch (takenIn) {
      case PAUSED -> domain.suspend();
      case SHUTOFF -> domain.destroy();
      default -> {}
    }
    take("clean");
    if (takenIn == DomainState.SHUTOFF) {
      domain.create();
    }
    take("later");
    revert("clean", flags.toArray(RevertFlag[]::new));

    assertState(expected);
    assertEquals(Optional.of("clean"), domain.snapshotCurrentName());
    assertEquals(List.of("clean", "later"), snapshotNames());
  }

  @Test
  void revert_withFlagsThatTheDriverDoesNotHave_fails() throws LibvirtException {
    take("clean");
    assertFails(
        ErrorNumber.VIR_ERR_INVALID_ARG,
        () -> revert("clean", RevertFlag.RUNNING, RevertFlag.PAUSED));
    assertFails(ErrorNumber.VIR_ERR_INVALID_ARG, () -> revert("clean", RevertFlag.RESET_NVRAM));
  }

  @Test
  void snapshot_whenDeleted_leavesItsParentToItsChildren() throws LibvirtException {
    for (String name : List.of("base", "clean", "later")) {
      take(name);
    }
    try (DomainSnapshot clean = domain.snapshotLookupByName("clean");
        DomainSnapshot later = domain.snapshotLookupByName("later")) {
      clean.delete();
      assertEquals(Optional.of("base"), later.getParentName());
      assertEquals(Optional.of("later"), domain.snapshotCurrentName());
      later.delete();
      assertEquals(Optional.of("base"), domain.snapshotCurrentName());

      assertEquals("clean", clean.getName());
      for (Executable call :
          List.<Executable>of(
              clean::getXMLDesc, clean::delete, clean::isCurrent, () -> clean.revert())) {
        assertFails(ErrorNumber.VIR_ERR_NO_DOMAIN_SNAPSHOT, call);
      }
    }
  }

  @Test
  void domain_whenRemoved_failsEachCall() throws LibvirtException {
    take("clean");
    try (DomainSnapshot clean = domain.snapshotLookupByName("clean")) {
      remove(domain);

      for (Executable call :
          List.<Executable>of(
              domain::getState,
              domain::isActive,
              domain::isPersistent,
              domain::hasManagedSaveImage,
              domain::create,
              domain::destroy,
              domain::suspend,
              domain::resume,
              domain::getXMLDesc,
              domain::listAllSnapshots,
              domain::snapshotCurrentName,
              domain::hasCurrentSnapshot,
              () -> domain.snapshotLookupByName("clean"),
              () -> take("later"),
              clean::getXMLDesc,
              clean::delete,
              clean::revert,
              () -> connect.domainLookupByName(DOMAIN),
              () -> connect.domainLookupByUUIDString(domain.getUUIDString()))) {
        assertEquals(
            ErrorNumber.VIR_ERR_NO_DOMAIN,
            assertThrows(NoSuchDomainException.class, call).getError().getCode());
      }
      assertEquals(DOMAIN, domain.getName());
      assertEquals("clean", clean.getName());
      assertEquals(List.of(), names(connect.listAllDomains()));
    }
  }

  /** See {@link #revert_leavesTheRequestedStateAndTheSnapshotAsCurrent}. */
  @Test
  @Tag("another-process")
  void reverter_plansRevertsAndUndoes() throws LibvirtException {
    take("clean");
    domain.suspend();
    SnapshotReverter reverter = SnapshotReverter.of(domain).to("clean").withSafetySnapshot();
    assertTrue(reverter.plan().matchesTarget());

    RevertReport report = reverter.revert();
    assertEquals(RevertOutcome.REVERTED, report.outcome());
    assertEquals(StateReason.PAUSED_USER, report.before().reason());
    assertEquals(StateReason.RUNNING_FROM_SNAPSHOT, report.after().reason());
    assertEquals(Optional.of("clean"), report.after().currentSnapshot());
    assertEquals(
        List.of(report.safetySnapshot().orElseThrow(), "clean"),
        Arrays.stream(domain.snapshotListNames()).sorted().toList());

    SnapshotReverter.of(domain).undo(report);
    assertState(StateReason.PAUSED_FROM_SNAPSHOT);
    reverter.deleteSafetySnapshot(report);
    assertEquals(List.of("clean"), snapshotNames());
  }

  @Test
  final void snapshotIsRedefinedOnlyAfterItsParent() throws LibvirtException {
    take("parent");
    take("child");
    Map<String, String> xml = new HashMap<>();
    for (String name : List.of("child", "parent")) {
      try (DomainSnapshot snapshot = domain.snapshotLookupByName(name)) {
        xml.put(name, snapshot.getXMLDesc());
        snapshot.delete();
      }
    }

    LibvirtException refused =
        assertThrows(LibvirtException.class, () -> redefine(xml.get("child")));
    assertEquals(ErrorNumber.VIR_ERR_INVALID_ARG, refused.getError().getCode());
    redefine(xml.get("parent"));
    redefine(xml.get("child"), SnapshotCreateFlag.CURRENT);

    assertEquals(Optional.of("child"), domain.snapshotCurrentName());
  }

  private void redefine(String xml, SnapshotCreateFlag... flags) throws LibvirtException {
    List<SnapshotCreateFlag> all = new ArrayList<>(List.of(flags));
    all.add(SnapshotCreateFlag.REDEFINE);
    domain.snapshotCreateXML(xml, all.toArray(SnapshotCreateFlag[]::new)).close();
  }
}
