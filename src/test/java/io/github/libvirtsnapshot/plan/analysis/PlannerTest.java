package io.github.libvirtsnapshot.plan.analysis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.contains;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.collect.ImmutableMap;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.StateReason;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.PoolCreation;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.virDomainJobInfo;
import io.github.libvirtsnapshot.jna.virError;
import io.github.libvirtsnapshot.plan.Loss;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.snapshots.descriptions.SnapshotCache;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests which calls a plan makes, and the plan that results from their answers. */
class PlannerTest {
  /** The flags for the active definition with its secrets. */
  private static final int LIVE = 1;

  private static final int RUNNING = 1;
  private static final int WITHOUT_SECRETS = 0;
  private static final int INACTIVE = 2;
  private static final String SNAPSHOT =
      """
      <domainsnapshot><name>clean</name><state>running</state>
        <domain type='kvm'>
          <title>then</title>
          <os><type arch='x86_64' machine='pc'>hvm</type><loader>/fw\u202e.bin</loader></os>
          <devices>
            <emulator>/usr/bin/qemu</emulator>
            <disk type='file'><source file='/then'/><target dev='vda'/></disk>
          </devices>
        </domain>
      </domainsnapshot>
      """;

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private Domain domain;

  @BeforeEach
  void open() throws LibvirtException {
    domain = libvirt.open();
    when(libvirt.library.virDomainGetXMLDesc(any(), eq(LIVE)))
        .thenReturn(new OwnedString(definition("live")));
    when(libvirt.library.virDomainGetXMLDesc(any(), eq(INACTIVE)))
        .thenReturn(new OwnedString(definition("now")));
  }

  @AfterEach
  void close() {
    domain.close();
    libvirt.references.assertBalanced();
  }

  private static String definition(String title) {
    return "<domain type='kvm'><title>"
        + title
        + "</title><os><type arch='x86_64'"
        + " machine='pc'>hvm</type><loader>/fw\u202e.bin</loader></os><devices><emulator>/usr/bin/qemu</emulator><disk type='file'><source file='/now'/><target dev='vda'/></disk></devices></domain>";
  }

  private void shutOff() {
    libvirt.setState(5, 2);
    when(libvirt.library.virDomainGetID(any())).thenReturn(-1);
  }

  private RevertPlan plan(int flags, String snapshot) throws LibvirtException {
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(new OwnedString(snapshot));
    return plan(RevertRequest.of(domain, Optional.of("clean"), flags));
  }

  private RevertPlan plan(RevertRequest request) throws LibvirtException {
    try (SnapshotCache snapshots = new SnapshotCache(domain)) {
      return Planner.plan(
          snapshots,
          HostInventory.once(),
          request,
          DomainStatus.of(domain),
          PoolCreation.IN_FOLDERS_OF_POOLS);
    }
  }

  private RevertPlan plan() throws LibvirtException {
    return plan(0, SNAPSHOT);
  }

  @Test
  void eachDefinitionIsReadOnce() throws LibvirtException {
    RevertPlan plan = plan();

    assertEquals(
        "[devices/disk[vda]/source/@file: /now -> /then, title: now -> then]",
        plan.configurationChanges().toString());
    assertEquals(Optional.of(DomainState.RUNNING), plan.request().targetState());
    assertEquals("QEMU", plan.driver());
    assertEquals(9_000_000, plan.libvirtVersion());
    verify(libvirt.library, times(1)).virDomainGetXMLDesc(any(), eq(LIVE));
    verify(libvirt.library, times(1)).virDomainGetXMLDesc(any(), eq(INACTIVE));
  }

  private void verifyLookups(String file, int times) {
    verify(libvirt.library, times(times)).virStorageVolLookupByPath(any(), eq(file));
  }

  /** The snapshot and both definitions name the same firmware. */
  @Test
  void eachFileIsLookedForOnce() throws LibvirtException {
    libvirt.setError(ErrorNumber.VIR_ERR_NO_SUPPORT, "no");

    RevertPlan unused = plan();

    verifyLookups("/fw\u202e.bin", 1);
    verifyLookups("/now", 1);
  }

  @Test
  void predictedChanges_lookForNoFirmware() throws LibvirtException {
    libvirt.setError(ErrorNumber.VIR_ERR_NO_SUPPORT, "no");
    when(libvirt.library.virDomainSnapshotGetXMLDesc(any(), anyInt()))
        .thenReturn(new OwnedString(SNAPSHOT));

    try (SnapshotCache snapshots = new SnapshotCache(domain)) {
      PredictedChanges unused =
          Planner.predictedChanges(
              snapshots,
              HostInventory.once(),
              RevertRequest.of(domain, Optional.of("clean"), 0),
              DomainStatus.of(domain));
    }

    verifyLookups("/fw\u202e.bin", 0);
    verifyLookups("/now", 1);
  }

  @Test
  void shutOffDomainHasOneDefinition() throws LibvirtException {
    shutOff();

    assertEquals(List.of(Loss.Kind.DISKS), plan().losses().stream().map(Loss::kind).toList());
    verify(libvirt.library, never()).virDomainGetXMLDesc(any(), eq(WITHOUT_SECRETS));
    verify(libvirt.library, never()).virDomainGetBlockJobInfo(any(), anyString(), any(), anyInt());
  }

  private static final String WITH_PORT =
      SNAPSHOT.replace("<emulator>", "<graphics type='vnc' port='5901'/><emulator>");

  /** Returns the definition of a domain with the same image and port as the reverted domain. */
  private static String otherDomain(String metadata) {
    return "<domain id='3'>"
        + metadata
        + "<devices><disk type='file'><source file='/now'/><target dev='vda'/></disk><graphics"
        + " type='vnc' port='5901'/></devices></domain>";
  }

  @Test
  void unreadableOtherDomainIsUnknownAndTheOthersAreRead() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of("broken\n", otherDomain("<&>"), "web02", otherDomain("<m:\u0220/>")));

    RevertPlan plan = plan(0, WITH_PORT);

    List<String> unread =
        plan.unknowns().stream().filter(unknown -> unknown.contains("broken")).toList();
    assertEquals(1, unread.size(), plan.unknowns()::toString);
    assertTrue(
        unread
            .get(0)
            .startsWith(
                "which images and ports domain \"broken\\n\" uses: libvirt's XML cannot be read"),
        unread.get(0));
    assertTrue(plan.refusal().orElseThrow().reason().contains("\"web02\""), plan::toString);
  }

  @Test
  void refusedDefinitionOfOtherDomainIsUnknown() throws LibvirtException {
    libvirt.addOthers(
        ImmutableMap.of(
            "denied", otherDomain(""), "gone", otherDomain(""), "web02", otherDomain("")));
    when(libvirt.library.virDomainGetXMLDesc(eq(MockedLibvirt.other(1)), anyInt()))
        .then(call -> fail(ErrorNumber.VIR_ERR_ACCESS_DENIED));
    when(libvirt.library.virDomainGetXMLDesc(eq(MockedLibvirt.other(2)), anyInt()))
        .then(call -> fail(ErrorNumber.VIR_ERR_NO_DOMAIN));

    RevertPlan plan = plan(0, WITH_PORT);

    assertTrue(plan.unknowns().contains("which images and ports domain \"denied\" uses: no"));
    assertFalse(plan.unknowns().toString().contains("gone"), plan.unknowns()::toString);
    assertTrue(plan.refusal().orElseThrow().reason().contains("\"web02\""), plan::toString);
  }

  private Object fail(ErrorNumber code) {
    libvirt.setError(code, "no");
    return null;
  }

  @Test
  void transientDomain_configurationChangesAreUnknown() throws LibvirtException {
    when(libvirt.library.virDomainIsPersistent(any())).thenReturn(0);

    RevertPlan plan = plan();

    assertEquals(List.of(), plan.configurationChanges());
    assertTrue(plan.unknowns().get(0).startsWith("which configuration changes the revert makes"));
    verify(libvirt.library, never()).virDomainGetXMLDesc(any(), eq(INACTIVE));
  }

  @Test
  void configurationChangesUseTheDefinitionForTheNextStart() throws LibvirtException {
    String snapshot =
        SNAPSHOT.replace(
            "</domainsnapshot>",
            "<inactiveDomain type='kvm'><title>next</title></inactiveDomain></domainsnapshot>");
    assertTrue(plan(0, snapshot).configurationChanges().toString().contains("title: now -> next"));
  }

  @Test
  void externalSnapshot_imageChangesAreNotListed() throws LibvirtException {
    libvirt.setLibvirtVersion(11_003_000);
    String snapshot =
        SNAPSHOT.replace("<domain ", "<memory snapshot='external' file='/m'/><domain ");

    assertEquals("[title: now -> then]", plan(0, snapshot).configurationChanges().toString());
  }

  @Test
  void snapshotWithoutDefinition_hasNoConfigurationChanges() throws LibvirtException {
    RevertPlan plan = plan(4, "<domainsnapshot><state>running</state></domainsnapshot>");

    assertEquals(List.of(), plan.configurationChanges());
    assertEquals(Optional.empty(), plan.refusal());
    verify(libvirt.library, never()).virConnectDomainXMLToNative(any(), any(), any(), anyInt());
  }

  @Test
  void blockJob_inProgress_isRefused() throws LibvirtException {
    when(libvirt.library.virDomainGetBlockJobInfo(any(), eq("vda"), any(), anyInt())).thenReturn(1);

    assertEquals(
        Refusal.duringJob(
            ErrorNumber.VIR_ERR_OPERATION_INVALID,
            "a block job is in progress on disk vda",
            "wait until the block job ends, or abort it: virsh blockjob web01 vda --abort; to let the"
                + " revert wait, use retrying(...), or: revert-domain --retry"),
        plan().refusal().orElseThrow());
    assertEquals(Optional.of(StateReason.RUNNING_BOOTED), plan().reasonAfter());
  }

  /** libvirt takes the name of a device from the definition as it is. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {"vda; reboot, 'vda; reboot'", "$(reboot), '$(reboot)'", "--abort, DISK"})
  void blockJobOfDiskWithAnUnusualName_isAbortedByACommandThatIsSafe(String disk, String word)
      throws LibvirtException {
    when(libvirt.library.virDomainGetXMLDesc(any(), eq(LIVE)))
        .thenReturn(new OwnedString(definition("live").replace("'vda'", "'" + disk + "'")));
    when(libvirt.library.virDomainGetBlockJobInfo(any(), any(), any(), anyInt())).thenReturn(1);

    String wayOut = plan().refusal().orElseThrow().wayOut();

    assertTrue(wayOut.contains("virsh blockjob web01 " + word + " --abort; "), wayOut);
  }

  @Test
  void busyDomain_isRefused() throws LibvirtException {
    when(libvirt.library.virDomainGetBlockJobInfo(any(), any(), any(), anyInt())).thenReturn(-1);
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, "lock\n");

    assertEquals(
        Refusal.duringJob(
            ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
            "lock\\n",
            "wait until the domain is no longer busy; to let the revert wait, use retrying(...),"
                + " or: revert-domain --retry"),
        plan().refusal().orElseThrow());

    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    assertEquals(Optional.empty(), plan().refusal());
    assertTrue(plan().unknowns().contains("whether a job is in progress on the domain: boom"));
  }

  /** All queries of a plan except those for the domain and the snapshot themselves. */
  static Stream<Arguments> queries() {
    return Stream.of(
        query(
            "capabilities",
            mock ->
                mock.virConnectGetDomainCapabilities(any(), any(), any(), any(), any(), anyInt())),
        query(
            "preparation", mock -> mock.virConnectDomainXMLToNative(any(), any(), any(), anyInt())),
        query("memory", mock -> mock.virNodeGetInfo(any(), any())),
        query("pinned", mock -> mock.virNodeGetCPUMap(any(), any(), any(), anyInt())),
        query(
            "cpu",
            mock ->
                mock.virConnectCompareHypervisorCPU(
                    any(), any(), any(), any(), any(), any(), anyInt())),
        query("network", mock -> mock.virNetworkLookupByName(any(), any())),
        query("pool", mock -> mock.virStoragePoolLookupByName(any(), any())),
        query("volume", mock -> mock.virStorageVolLookupByPath(any(), any())),
        query("device", mock -> mock.virNodeDeviceLookupByName(any(), any())),
        query("job", mock -> mock.virDomainGetJobInfo(any(), any())),
        query("block job", mock -> mock.virDomainGetBlockJobInfo(any(), any(), any(), anyInt())),
        query("secrets", mock -> mock.virDomainGetXMLDesc(any(), eq(LIVE))),
        query("checkpoints", mock -> mock.virDomainListAllCheckpoints(any(), any(), anyInt())),
        query("snapshots", mock -> mock.virDomainListAllSnapshots(any(), any(), anyInt())),
        query("others", mock -> mock.virConnectListAllDomains(any(), any(), anyInt())));
  }

  private static Arguments query(String name, Function<LibvirtLibrary, Object> call) {
    return arguments(name, call);
  }

  private void refuse(Function<LibvirtLibrary, Object> call, ErrorNumber code, ErrorDomain from) {
    AtomicReference<virError> error = new AtomicReference<>();
    when(libvirt.library.virGetLastError()).then(asked -> error.getAndSet(null));
    when(call.apply(libvirt.library))
        .then(
            refused -> {
              error.set(FaultInjection.error(code.value(), from.value(), "refused"));
              return refused.getMethod().getReturnType() == int.class ? -1 : null;
            });
  }

  private static final String WITH_REQUIREMENTS =
      SNAPSHOT
          .replace("<state>", "<disks><disk name='vda' snapshot='internal'/></disks><state>")
          .replace("<emulator>", "<interface><source network='n'/></interface><emulator>")
          .replace(
              "<emulator>", "<hostdev type='pci'><source><address/></source></hostdev><emulator>")
          .replace("<emulator>", "<disk><source pool='p' volume='v'/></disk><emulator>")
          .replace(
              "<devices>",
              "<memory>65536</memory><vcpu cpuset='0'>1</vcpu><cpu check='full'>"
                  + "<model>qemu64</model></cpu><devices>")
          .replace("running", "shutoff");

  /** Both the image of the disk and the volume that the guest requires are in the pool. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("queries")
  void refusedQueryIsUnknown(String what, Function<LibvirtLibrary, Object> call)
      throws LibvirtException {
    refuse(call, ErrorNumber.VIR_ERR_ACCESS_DENIED, ErrorDomain.VIR_FROM_ACCESS);

    RevertPlan plan = plan(RUNNING, WITH_REQUIREMENTS);

    assertEquals(Optional.empty(), plan.refusal());
    assertEquals(
        what.equals("pool") ? 2 : 1,
        plan.unknowns().stream().filter(unknown -> unknown.endsWith(": refused")).count(),
        plan::toString);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("queries")
  void lostConnectionFailsThePlan(String what, Function<LibvirtLibrary, Object> call) {
    refuse(call, ErrorNumber.VIR_ERR_SYSTEM_ERROR, ErrorDomain.VIR_FROM_RPC);

    assertThrows(ConnectionLostException.class, () -> plan(RUNNING, WITH_REQUIREMENTS));
  }

  /** A save is of this type while libvirt waits for the file. */
  @Test
  void jobWhoseMemoryIsSent_isRefused() throws LibvirtException {
    int completed = 3;
    when(libvirt.library.virDomainGetJobInfo(any(), any()))
        .then(
            call -> {
              call.<virDomainJobInfo>getArgument(1).getPointer().setInt(0, completed);
              return 0;
            });

    assertEquals(ErrorNumber.VIR_ERR_OPERATION_TIMEOUT, plan().refusal().orElseThrow().code());
  }

  @Test
  void guestThatEndsDuringTheQueryHasNoJob() throws LibvirtException {
    when(libvirt.library.virDomainGetJobInfo(any(), any())).thenReturn(-1);
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_INVALID, "domain is not running");

    assertEquals(Optional.empty(), plan().refusal());
  }

  @Test
  void inactiveDomain_unreadableImageIsRefused() throws LibvirtException {
    String snapshot =
        SNAPSHOT
            .replace("/then", "/now")
            .replace("<domain ", "<disks><disk name='vda' snapshot='internal'/></disks><domain ");
    when(libvirt.library.virDomainGetBlockInfo(any(), eq("vda"), any(), anyInt())).thenReturn(-1);
    libvirt.setError(ErrorNumber.VIR_ERR_SYSTEM_ERROR, "Failed to open file '/now'");
    assertEquals(Optional.empty(), plan(0, snapshot).refusal());

    shutOff();
    assertEquals(
        "an image cannot be opened: Failed to open file '/now'",
        plan(0, snapshot).refusal().orElseThrow().reason());

    libvirt.setError(ErrorNumber.VIR_ERR_NO_SUPPORT, "no such function");
    assertEquals(Optional.empty(), plan(0, snapshot).refusal());
  }

  private void verifyPrepared(int times, String title) {
    verify(libvirt.library, times(times))
        .virConnectDomainXMLToNative(
            any(), eq("qemu-argv"), contains("<title>" + title + "</title>"), eq(0));
  }

  @Test
  void startOfTheSnapshotsGuestAndOfThePresentGuestIsPrepared() throws LibvirtException {
    assertEquals(Optional.empty(), plan().refusal());
    verifyPrepared(1, "then");
    verifyPrepared(1, "live");
  }

  @Test
  void onlyStartOfThePresentGuestIsPrepared_revertLeavesDomainShutOff() throws LibvirtException {
    var unused = plan(0, SNAPSHOT.replace("running", "shutoff"));
    verifyPrepared(0, "then");
    verifyPrepared(1, "live");
  }

  @Test
  void onlyStartOfTheSnapshotsGuestIsPrepared_domainIsShutOff() throws LibvirtException {
    shutOff();
    var unused = plan();
    verifyPrepared(1, "then");
    verifyPrepared(0, "now");
  }

  @Test
  void unstartableGuest_failsAfterGuestIsStopped() throws LibvirtException {
    when(libvirt.library.virConnectDomainXMLToNative(any(), any(), any(), anyInt()))
        .thenReturn(null);
    when(libvirt.library.virGetLastError()).thenReturn(FaultInjection.error(38, 10, "no\nqemu"));

    RevertPlan plan = plan();
    assertEquals(
        new Refusal(
            ErrorNumber.VIR_ERR_SYSTEM_ERROR,
            true,
            "the host lacks what the guest of the snapshot requires: no\\nqemu",
            "provide the missing resource on the host"),
        plan.refusal().orElseThrow());
    assertEquals(Optional.of(DomainState.SHUTOFF), plan.stateAfter());
    assertEquals(Optional.empty(), plan.reasonAfter());

    shutOff();
    assertEquals(Optional.of(DomainState.SHUTOFF), plan().stateAfter());
    assertEquals(Optional.empty(), plan().reasonAfter());

    when(libvirt.library.virGetLastError()).thenReturn(FaultInjection.error(38, 7, "End of file"));
    assertEquals(
        "End of file", assertThrows(LibvirtException.class, this::plan).getError().getMessage());
  }

  @Test
  void unstartableTransientDomain_noLongerExists() throws LibvirtException {
    when(libvirt.library.virDomainIsPersistent(any())).thenReturn(0);
    when(libvirt.library.virConnectDomainXMLToNative(any(), any(), any(), anyInt()))
        .thenReturn(null);
    when(libvirt.library.virGetLastError()).thenReturn(FaultInjection.error(38, 10, "no"));

    assertEquals(Optional.empty(), plan().stateAfter());
  }

  @Test
  void unknownsAreListed() throws LibvirtException {
    assertEquals(
        List.of(
            "whether anyone is connected to the guest's screen or serial console",
            "whether \"/then\" can be read, which libvirt checks only after it stops the guest:"
                + " virStorageVolLookupByPath failed, but libvirt reported no error for it",
            "which images contain the snapshot, which libvirt checks only after it stops the guest",
            "whether the firmware exists: /fw\\u202e.bin"),
        plan().unknowns());
    shutOff();
    assertEquals(2, plan(0, SNAPSHOT.replaceAll("<loader.*/loader>", "")).unknowns().size());

    when(libvirt.library.virConnectGetType(any())).thenReturn("TEST");
    assertEquals(List.of(), plan().unknowns());
  }

  @ParameterizedTest
  @CsvSource({
    "QEMU, 8000000, 8, VIR_ERR_INVALID_ARG",
    "QEMU, 8001000, 8, ",
    "QEMU, 8000000, 4, ",
    "TEST, 9000000, 8, VIR_ERR_INVALID_ARG",
    "TEST, 9000000, 4, ",
    "ESX, 9000000, 8, ",
    "ESX, 9000000, 16, VIR_ERR_INVALID_ARG",
    "ESX, 9000000, 20, VIR_ERR_INVALID_ARG",
    "ESX, 9000000, 3, VIR_ERR_INVALID_ARG",
  })
  void unsupportedFlagIsRefused(String driver, long version, int flags, ErrorNumber code)
      throws LibvirtException {
    when(libvirt.library.virConnectGetType(any())).thenReturn(driver);
    libvirt.setLibvirtVersion(version);

    RevertPlan plan = plan(flags, SNAPSHOT);

    assertEquals(Optional.ofNullable(code), plan.refusal().map(Refusal::code));
    plan.refusal()
        .filter(refusal -> flags != 3)
        .ifPresent(
            refusal ->
                assertEquals(
                    "this driver does not support " + (flags == 8 ? "RESET_NVRAM" : "0x10"),
                    refusal.reason()));
  }

  @ParameterizedTest
  @CsvSource({"9006000, VIR_ERR_CONFIG_UNSUPPORTED", "9007000, "})
  void externalSnapshot_oldLibvirt_isRefused(long version, ErrorNumber code)
      throws LibvirtException {
    libvirt.setLibvirtVersion(version);
    String snapshot =
        SNAPSHOT.replace("<domain ", "<memory snapshot='external' file='/m'/><domain ");

    assertEquals(Optional.ofNullable(code), plan(0, snapshot).refusal().map(Refusal::code));
  }

  /** The overlay may be named only in the XML of a snapshot. */
  @Test
  void externalSnapshot_overlayOfPresentSecond_hasEarliestStart() throws LibvirtException {
    long soon = Instant.now().getEpochSecond() + 1;
    String snapshot =
        SNAPSHOT.replace(
            "<domain ",
            "<memory snapshot='external' file='/m'/><revertDisks><disk name='vda'"
                + " snapshot='external'><source file='/x."
                + soon
                + "'/></disk></revertDisks><domain ");

    assertEquals(Optional.of(Instant.ofEpochSecond(soon + 1)), plan(0, snapshot).earliestStart());
    assertTrue(plan(0, snapshot).toString().contains("\n  earliest start: "));
    assertEquals(Optional.empty(), plan(0, SNAPSHOT).earliestStart());
  }

  @Test
  void unsupportedSnapshotState_stateAfterIsUnknown() throws LibvirtException {
    for (String driver : List.of("QEMU", "TEST", "ESX")) {
      when(libvirt.library.virConnectGetType(any())).thenReturn(driver);
      RevertPlan plan = plan(0, SNAPSHOT.replace("running", "pmsuspended"));
      assertEquals(Optional.empty(), plan.refusal(), driver);
      assertEquals(Optional.empty(), plan.stateAfter(), driver);
    }
  }

  @Test
  void unmeasuredDriverFollowsTheDocumentation() throws LibvirtException {
    when(libvirt.library.virConnectGetType(any())).thenReturn("ESX");

    RevertPlan plan = plan();

    assertEquals(Optional.of(DomainState.RUNNING), plan.stateAfter());
    assertEquals(Optional.empty(), plan.reasonAfter());
    assertEquals(
        "not possible: the contents of this driver's snapshots are unknown",
        plan.safety().toString());
    assertEquals(
        List.of("whether this driver does what libvirt documents: its behavior was not measured"),
        plan.unknowns());
    verify(libvirt.library, never()).virConnectDomainXMLToNative(any(), any(), any(), anyInt());
  }

  @Test
  void requestedTargetStateIsKept() throws LibvirtException {
    RevertRequest request = RevertRequest.of(domain, Optional.of("clean"), 2);
    assertSame(request, plan(request).request());
    assertEquals(Optional.of(DomainState.PAUSED), request.targetState());
    assertEquals(
        "domain \"web01\" to a snapshot that is not selected yet (flags = RUNNING)",
        RevertRequest.of(domain, Optional.empty(), 1).toString());
  }
}
