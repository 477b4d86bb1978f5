package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.NetworkPointer;
import io.github.libvirtsnapshot.jna.NodeDevicePointer;
import io.github.libvirtsnapshot.jna.OwnedString;
import io.github.libvirtsnapshot.jna.StoragePoolPointer;
import io.github.libvirtsnapshot.jna.StorageVolPointer;
import io.github.libvirtsnapshot.plan.Refusal;
import io.github.libvirtsnapshot.xml.XmlNode;
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
  private static final String CPUS =
      "<mode name='custom' supported='yes'><model>qemu64</model></mode>"
          + "<mode name='host-passthrough' supported='no'/>";

  private final MockedLibvirt libvirt = new MockedLibvirt();
  private Connect connect;

  @BeforeEach
  void open() throws LibvirtException {
    connect = libvirt.connect();
    capabilities("<cpu>" + CPUS + "</cpu>");
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

  private HostRequirements needs(String content) throws LibvirtException {
    return new HostCheck(connect, XmlNode.parse("<domain>" + content + "</domain>")).needs();
  }

  private void assertMissing(ErrorNumber code, String what, String content)
      throws LibvirtException {
    Refusal refusal = needs(content).missing().orElseThrow();
    assertEquals(code, refusal.code());
    assertEquals("the host cannot start the guest of the snapshot: " + what, refusal.reason());
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

  @Test
  void volume_missing_preventsStartUnlessOptional() throws LibvirtException {
    assertNothingMissing(VOLUME);

    when(libvirt.library.virStorageVolLookupByName(any(), any())).thenReturn(null);
    fail(ErrorNumber.VIR_ERR_NO_STORAGE_VOL);
    assertMissing(ErrorNumber.VIR_ERR_NO_STORAGE_VOL, "no", VOLUME);
    assertNothingMissing(VOLUME.replace("pool=", "startupPolicy='optional' pool="));

    when(libvirt.library.virStoragePoolIsActive(any())).thenReturn(0);
    assertMissing(
        ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, "storage pool \"p\" is not active", VOLUME);

    when(libvirt.library.virStoragePoolLookupByName(any(), any())).thenReturn(null);
    fail(ErrorNumber.VIR_ERR_NO_STORAGE_POOL);
    assertMissing(ErrorNumber.VIR_ERR_NO_STORAGE_POOL, "no", VOLUME);
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<cpu mode='host-passthrough'/> | CPU mode \"host-passthrough\" is not supported",
        "<cpu><model fallback='forbid'>old</model></cpu> | CPU model \"old\" is not supported",
      })
  void cpu_notOfferedByEmulator_preventsStart(String cpu, String what) throws LibvirtException {
    assertMissing(ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, what, cpu);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<cpu><model>old</model></cpu>",
        "<cpu mode='custom' check='partial'><model fallback='forbid'>qemu64</model></cpu>",
        "<cpu mode='host-model'/>",
        "<cpu match='minimum'><model fallback='forbid'>old</model></cpu>",
        "<devices/>",
      })
  void cpu_supportedByHost_preventsNothing(String cpu) throws LibvirtException {
    assertNothingMissing(cpu);
  }

  @ParameterizedTest
  @CsvSource({
    "VIR_ERR_CPU_INCOMPATIBLE, none, ",
    "VIR_ERR_CPU_INCOMPATIBLE, partial, VIR_ERR_CPU_INCOMPATIBLE",
    "VIR_ERR_CPU_INCOMPATIBLE, full, VIR_ERR_OPERATION_FAILED",
    "VIR_ERR_INTERNAL_ERROR, none, VIR_ERR_INTERNAL_ERROR",
  })
  void cpu_incompatibleWithHost_failsAsItsCheckAttributeSays(
      ErrorNumber comparisonError, String check, ErrorNumber startError) throws LibvirtException {
    comparisonFails(comparisonError, ErrorDomain.VIR_FROM_CPU);

    assertEquals(
        Optional.ofNullable(startError),
        needs("<cpu check='" + check + "'><model>qemu64</model></cpu>")
            .missing()
            .map(Refusal::code));
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
        List.of("whether the host still supports the CPU: no"),
        needs("<cpu><model>qemu64</model></cpu>").unknowns());
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

  @Test
  void lostConnectionFailsTheCheck() {
    when(libvirt.library.virConnectGetDomainCapabilities(
            any(), any(), any(), any(), any(), anyInt()))
        .thenReturn(null);
    when(libvirt.library.virGetLastError()).thenReturn(FaultInjection.error(38, 7, "End of file"));

    assertThrows(LibvirtException.class, () -> needs(""));
  }
}
