package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.contains;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.images.ImageReading;
import io.github.libvirtsnapshot.jna.NetworkPointer;
import io.github.libvirtsnapshot.jna.NodeDevicePointer;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import io.github.libvirtsnapshot.jna.virNodeInfo;
import io.github.libvirtsnapshot.plan.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which host resources are checked, and how a start fails if one is missing. */
class HostCheckTest {
  private static final String NETWORK =
      "<devices><interface><source network='lab\n'/></interface></devices>";
  private static final String VOLUME =
      "<devices><disk><source pool='p' volume='v'/></disk></devices>";
  private static final String PCI =
      "<devices><hostdev type='pci'><source><address domain='0x0000' bus='0x0a' slot='0x1f'"
          + " function='0x7'/></source></hostdev></devices>";

  private static final String EXACT_CPU = "<cpu check='full'><model>qemu64</model></cpu>";

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private Connect connect;

  @BeforeEach
  void open() throws LibvirtException {
    connect = libvirt.connect();
    when(libvirt.library.virNetworkLookupByName(any(), any()))
        .thenReturn(new NetworkPointer(new Pointer(0x5000)));
    when(libvirt.library.virStoragePoolLookupByName(any(), any()))
        .thenReturn(new StoragePoolPointer(new Pointer(0x6000)));
    when(libvirt.library.virStoragePoolIsActive(any())).thenReturn(1);
    when(libvirt.library.virStorageVolLookupByName(any(), any()))
        .thenReturn(new StorageVolPointer(new Pointer(0x7000)));
    when(libvirt.library.virStorageVolGetPath(any())).thenReturn(new OwnedString("/p/v"));
    when(libvirt.library.virNodeDeviceLookupByName(any(), any()))
        .thenReturn(new NodeDevicePointer(new Pointer(0x8000)));
    when(libvirt.library.virNodeDeviceGetXMLDesc(any(), anyInt()))
        .thenReturn(new OwnedString("<device/>"));
  }

  @AfterEach
  void close() {
    connect.close();
    libvirt.references.assertBalanced();
  }

  private void capabilities(String content) {
    when(libvirt.library.virConnectGetDomainCapabilities(
            any(), any(), any(), any(), any(), anyInt()))
        .thenReturn(new OwnedString("<domainCapabilities>" + content + "</domainCapabilities>"));
  }

  private HostRequirements needs(PlanningContextBuilder context) throws LibvirtException {
    Facts facts = context.revertingTo("clean-install");
    return new HostCheck(connect).requirements(facts, facts.target().domain().orElseThrow());
  }

  private static PlanningContextBuilder taken(String state, String content) {
    return new PlanningContextBuilder().snapshot("clean-install", state, "", content);
  }

  private HostRequirements needs(String content) throws LibvirtException {
    return needs(taken("running", content));
  }

  private void assertMissing(ErrorNumber code, String what, String content)
      throws LibvirtException {
    Refusal refusal = needs(content).missing().orElseThrow();
    assertEquals(code, refusal.code());
    assertEquals(
        "the host lacks what the guest of the snapshot requires: " + what, refusal.reason());
  }

  private void assertNothingMissing(String content) throws LibvirtException {
    assertEquals(Optional.empty(), needs(content).missing());
  }

  private void fail(ErrorNumber code) {
    libvirt.setError(code, "no");
  }

  @Test
  void network_inactiveOrMissing_preventsStart() throws LibvirtException {
    assertMissing(ErrorNumber.VIR_ERR_OPERATION_INVALID, "network \"lab \" is not active", NETWORK);

    when(libvirt.library.virNetworkIsActive(any())).thenReturn(1);
    assertNothingMissing(NETWORK);

    when(libvirt.library.virNetworkLookupByName(any(), any())).thenReturn(null);
    fail(ErrorNumber.VIR_ERR_NO_NETWORK);
    assertMissing(ErrorNumber.VIR_ERR_NO_NETWORK, "no", NETWORK);

    fail(ErrorNumber.VIR_ERR_NO_SUPPORT);
    assertEquals(
        List.of(
            "whether a network is active: no",
            "whether the guest can connect to this network: lab "),
        needs(NETWORK).unknowns());
    assertNothingMissing(NETWORK);
  }

  private void assertVolumeMissing(ErrorNumber code, String what) throws LibvirtException {
    Refusal refusal = needs(taken("shutoff", VOLUME)).missing().orElseThrow();
    assertEquals(code, refusal.code());
    assertEquals(
        "the host lacks what the guest of the snapshot requires: " + what, refusal.reason());
    assertNothingMissing(VOLUME);
  }

  @Test
  void volume_missing_preventsRevertToSnapshotTakenShutOff() throws LibvirtException {
    assertEquals(Optional.empty(), needs(taken("shutoff", VOLUME)).missing());

    when(libvirt.library.virStorageVolLookupByName(any(), any())).thenReturn(null);
    fail(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);
    assertVolumeMissing(ErrorNumber.VIR_ERR_NO_STORAGE_VOL, "no");

    when(libvirt.library.virStoragePoolIsActive(any())).thenReturn(0);
    assertVolumeMissing(ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, "storage pool \"p\" is not active");

    when(libvirt.library.virStoragePoolLookupByName(any(), any())).thenReturn(null);
    fail(ErrorNumber.VIR_ERR_NO_STORAGE_POOL);
    assertVolumeMissing(ErrorNumber.VIR_ERR_NO_STORAGE_POOL, "no");
  }

  /** The plan has read the image through its pool, which it finds by the same name. */
  @Test
  void volumeThatWasRead_isNotLookedUpAgain() throws LibvirtException {
    ImageReading read =
        new ImageReading(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    assertEquals(Optional.empty(), needs(taken("shutoff", VOLUME).read("p/v", read)).missing());

    verify(libvirt.library, never()).virStoragePoolLookupByName(any(), any());
  }

  @Test
  void pciDevice_missingOrUnsupported_preventsStart() throws LibvirtException {
    assertNothingMissing(PCI);
    verify(libvirt.library).virNodeDeviceLookupByName(any(), eq("pci_0000_0a_1f_7"));

    when(libvirt.library.virNodeDeviceLookupByName(any(), any())).thenReturn(null);
    fail(ErrorNumber.VIR_ERR_NO_NODE_DEVICE);
    assertMissing(ErrorNumber.VIR_ERR_SYSTEM_ERROR, "no", PCI);

    capabilities("<devices><hostdev><enum name='pciBackend'/></hostdev></devices>");
    assertMissing(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, "the host does not support PCI passthrough", PCI);
    assertNothingMissing("<devices/>");
  }

  /** The mode, the model and a partial check are part of the preparation. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "<cpu><model>qemu64</model></cpu>",
        "<cpu check='partial'><model>qemu64</model></cpu>",
        "<cpu check='full' match='minimum'><model>qemu64</model></cpu>",
        "<cpu check='full' mode='host-passthrough'/>",
        "<cpu check='full'><topology sockets='1'/></cpu>",
        "<devices/>",
      })
  void cpu_notChecked_isNotCompared(String cpu) throws LibvirtException {
    assertNothingMissing(cpu);
    verify(libvirt.library, never())
        .virConnectCompareHypervisorCPU(any(), any(), any(), any(), any(), any(), anyInt());
  }

  @Test
  void exactCpu_sameAsThatOfTheActiveGuest_isNotCompared() throws LibvirtException {
    var unused = needs(taken("running", EXACT_CPU).active(EXACT_CPU));
    verify(libvirt.library, never())
        .virConnectCompareHypervisorCPU(any(), any(), any(), any(), any(), any(), anyInt());
  }

  @Test
  void exactCpu_incompatibleWithHost_preventsStart() throws LibvirtException {
    comparisonFails(ErrorNumber.VIR_ERR_CPU_INCOMPATIBLE, ErrorDomain.VIR_FROM_CPU);
    assertMissing(ErrorNumber.VIR_ERR_OPERATION_FAILED, "no", EXACT_CPU);
  }

  private void comparisonFails(ErrorNumber code, ErrorDomain domain) {
    when(libvirt.library.virConnectCompareHypervisorCPU(
            any(), any(), any(), any(), any(), any(), anyInt()))
        .thenReturn(-1);
    when(libvirt.library.virGetLastError())
        .thenReturn(FaultInjection.error(code.value(), domain.value(), "no"));
  }

  @Test
  void cpuComparison_unsupported_isUnknown() throws LibvirtException {
    comparisonFails(ErrorNumber.VIR_ERR_NO_SUPPORT, ErrorDomain.VIR_FROM_QEMU);

    assertEquals(
        List.of(
            "whether the host still supports the CPU: no",
            "whether the host provides exactly this CPU: qemu64"),
        needs(EXACT_CPU).unknowns());
  }

  @Test
  void onlyFixedGraphicsPortsAreRequired() throws LibvirtException {
    assertEquals(
        Set.of("5901", "5701", "5703"),
        needs(
                "<devices><graphics port='5901' websocket='5701' tlsPort='-1' autoport='no'/>"
                    + "<graphics port='5902' autoport='yes'/>"
                    + "<graphics port='5904' autoport='yes' websocket='5703'/></devices>")
            .ports());
  }

  private void preparationFails(ErrorNumber code, ErrorDomain from, String message) {
    when(libvirt.library.virConnectDomainXMLToNative(any(), any(), any(), anyInt()))
        .thenReturn(null);
    when(libvirt.library.virGetLastError())
        .thenReturn(FaultInjection.error(code.value(), from.value(), message));
  }

  @Test
  void preparationError_isErrorOfTheStart() throws LibvirtException {
    preparationFails(
        ErrorNumber.VIR_ERR_NO_SECRET,
        ErrorDomain.VIR_FROM_SECRET,
        "Secret not found: no secret with matching uuid");
    assertMissing(
        ErrorNumber.VIR_ERR_NO_SECRET, "Secret not found: no secret with matching uuid", "");
  }

  @ParameterizedTest
  @CsvSource({
    "VIR_ERR_NO_SUPPORT,       VIR_FROM_DOMAIN",
    "VIR_ERR_OPERATION_DENIED, VIR_FROM_DOMAIN",
    "VIR_ERR_ACCESS_DENIED,    VIR_FROM_ACCESS",
    "VIR_ERR_XML_ERROR,        VIR_FROM_DOMAIN",
    "VIR_ERR_INTERNAL_ERROR,   VIR_FROM_RPC"
  })
  void failedQuery_isUnknown(ErrorNumber code, ErrorDomain from) throws LibvirtException {
    when(libvirt.library.virConnectIsAlive(any())).thenReturn(1);
    preparationFails(code, from, "no");

    HostRequirements needs = needs(taken("running", "").active("<devices/>"));

    assertEquals(Optional.empty(), needs.missing());
    assertEquals(Optional.empty(), needs.missingForPresentGuest());
    assertEquals(List.of("whether libvirt can prepare the start: no"), needs.unknowns());
  }

  private void verifyPrepared(String content) {
    verify(libvirt.library)
        .virConnectDomainXMLToNative(
            any(), eq("qemu-argv"), eq("<domain>" + content + "</domain>"), eq(0));
  }

  @Test
  void preparationLeavesOutWhatOnlyARealStartPrepares() throws LibvirtException {
    when(libvirt.library.virNodeGetCPUMap(any(), any(), any(), anyInt())).thenReturn(2);
    assertNothingMissing(
        """
        <vcpu cpuset="0" placement="auto">2</vcpu>
        <numatune><memory mode="strict" placement="auto"/><memnode cellid="0"/></numatune>
        <devices><interface/><tpm><backend type="passthrough"/></tpm><hostdev/></devices>
        """);

    verifyPrepared(
        "<vcpu cpuset=\"0\">2</vcpu><numatune><memnode cellid=\"0\"></memnode></numatune>"
            + "<devices><tpm><backend type=\"passthrough\"></backend></tpm></devices>");
  }

  @Test
  void preparationLeavesOutTpmThatTheActiveGuestHasOpen() throws LibvirtException {
    String devices = "<devices><tpm><backend type=\"passthrough\"></backend></tpm></devices>";
    var unused = needs(taken("running", "<memory>2</memory>" + devices).active(devices));

    verifyPrepared("<memory>2</memory><devices></devices>");
    verifyPrepared("<devices></devices>");
  }

  @Test
  void presentGuestThatCannotStartAgainIsReported() throws LibvirtException {
    when(libvirt.library.virConnectDomainXMLToNative(any(), any(), contains("spice"), anyInt()))
        .thenReturn(null);
    when(libvirt.library.virGetLastError())
        .thenReturn(FaultInjection.error(67, 10, "spice graphics are not supported"));

    HostRequirements needs =
        needs(taken("running", "").active("<devices><graphics type='spice'/></devices>"));

    assertEquals(Optional.empty(), needs.missing());
    assertEquals(Optional.of("spice graphics are not supported"), needs.missingForPresentGuest());
  }

  @Test
  void eachQueryIsMadeOnceForBothGuests() throws LibvirtException {
    when(libvirt.library.virNetworkIsActive(any())).thenReturn(1);
    when(libvirt.library.virNodeGetCPUMap(any(), any(), any(), anyInt())).thenReturn(2);
    String pinned = "<vcpu cpuset='0'>1</vcpu>";

    var unused =
        needs(taken("running", NETWORK + pinned).active(NETWORK + pinned.replace("0", "0-1")));

    verify(libvirt.library).virNetworkLookupByName(any(), any());
    verify(libvirt.library).virNodeGetCPUMap(any(), any(), any(), anyInt());
    verify(libvirt.library, times(2)).virConnectDomainXMLToNative(any(), any(), any(), anyInt());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<vcpu cpuset='63'>1</vcpu>                                                          | 63",
        "<vcpu>1</vcpu><cputune><vcpupin vcpu='0' cpuset='2-63'/></cputune>                  | 2-63",
        "<vcpu>1</vcpu><cputune><emulatorpin cpuset='0-1,^0,^1'/></cputune>        | 0-1\\,^0\\,^1",
        "<vcpu>1</vcpu><cputune><iothreadpin cpuset='99999999999'/></cputune>                | ",
        "<vcpu>1</vcpu><cputune><vcpupin vcpu='0' cpuset='0,63'/></cputune>                  | ",
        "<vcpu current='1'>8</vcpu><cputune><vcpupin vcpu='4' cpuset='63'/></cputune>        | ",
        "<vcpu current='1'>2</vcpu><vcpus><vcpu id='0' enabled='no'/></vcpus>"
            + "<cputune><vcpupin vcpu='0' cpuset='63'/></cputune>                            | ",
        "<vcpu>1</vcpu><cputune><vcpupin vcpu='0' cpuset='0-2147483647'/></cputune>          | ",
      })
  void pinnedCpus_noneOnHost_preventStart(String content, String cpus) throws LibvirtException {
    when(libvirt.library.virNodeGetCPUMap(any(), any(), any(), anyInt())).thenReturn(2);
    if (cpus == null) {
      assertNothingMissing(content);
    } else {
      assertMissing(
          ErrorNumber.VIR_ERR_SYSTEM_ERROR,
          "the host has none of the CPUs " + cpus.replace("\\", ""),
          content);
    }
  }

  private void hostHasMemory(int kib) {
    when(libvirt.library.virNodeGetInfo(any(), any()))
        .then(
            call -> {
              call.<virNodeInfo>getArgument(1).setMemory(kib);
              return 0;
            });
  }

  @Test
  void memory_moreThanTheHostHas_isUnknown() throws LibvirtException {
    hostHasMemory(2 * 1024 * 1024);

    assertEquals(List.of(), needs("<memory unit='KiB'>2097152</memory>").unknowns());
    assertEquals(
        List.of(
            "whether the host has enough memory: the guest requires 4096 MiB, and the host has"
                + " 2048 MiB"),
        needs("<memory unit='KiB'>4194304</memory>").unknowns());
  }

  @Test
  void memory_notMoreThanTheActiveGuestHas_isNotQueried() throws LibvirtException {
    String memory = "<memory unit='KiB'>4194304</memory>";
    var unused = needs(taken("running", memory).active(memory));
    verify(libvirt.library, never()).virNodeGetInfo(any(), any());
  }

  @Test
  void revertFromShutOffToShutOff_requiresOnlyEmulatorAndVolumes() throws LibvirtException {
    String devices = "<devices><emulator>/usr/bin/qemu</emulator></devices>";
    capabilities("");
    assertEquals(Optional.empty(), needs(taken("shutoff", devices)).missing());

    when(libvirt.library.virConnectGetDomainCapabilities(
            any(), eq("/usr/bin/qemu"), eq(null), eq(null), eq(null), anyInt()))
        .thenReturn(null);
    when(libvirt.library.virGetLastError())
        .thenReturn(FaultInjection.error(38, 10, "Cannot check QEMU binary"));
    assertEquals(
        Optional.of(ErrorNumber.VIR_ERR_SYSTEM_ERROR),
        needs(taken("shutoff", devices)).missing().map(Refusal::code));
    assertEquals(Optional.empty(), needs(taken("shutoff", devices).active("<devices/>")).missing());

    when(libvirt.library.virGetLastError())
        .thenReturn(FaultInjection.error(8, 10, "the accel is not supported"));
    assertEquals(
        List.of("whether the host has the emulator of the snapshot: the accel is not supported"),
        needs(taken("shutoff", devices)).unknowns());
  }

  @Test
  void lostConnectionFailsTheCheck() {
    preparationFails(ErrorNumber.VIR_ERR_SYSTEM_ERROR, ErrorDomain.VIR_FROM_RPC, "End of file");

    assertThrows(LibvirtException.class, () -> needs(""));
  }
}
