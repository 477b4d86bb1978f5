package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.flags.InterfaceAddressSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the interfaces of a guest, whose agent can return any text. */
class DomainInterfaceTest {
  private final MockedLibvirt libvirt = new MockedLibvirt();
  private final NativeInterfaces interfaces = new NativeInterfaces();
  private Domain domain;

  @BeforeEach
  void open() throws LibvirtException {
    domain = libvirt.open();
    when(libvirt.library.virDomainInterfaceAddresses(any(), any(), anyInt(), anyInt()))
        .then(interfaces);
  }

  @AfterEach
  void everyReferenceIsReleased() {
    domain.close();
    libvirt.references.assertBalanced();
  }

  private List<DomainInterface> found() throws LibvirtException {
    return domain.interfaceAddresses(InterfaceAddressSource.AGENT);
  }

  @Test
  void interfacesHaveAddressesOfBothVersions() throws LibvirtException {
    interfaces.add("lo").add("eth0", "10.0.2.15", "fd00::5");

    assertEquals(
        List.of("\"lo\" []", "\"eth0\" [10.0.2.15/24, fd00::5/24]"),
        found().stream().map(DomainInterface::toString).toList());
    verify(libvirt.library, times(2)).virDomainInterfaceFree(any());
  }

  @Test
  void textThatIsNoAddressIsLeftOut() throws LibvirtException {
    interfaces.add("eth\n0", "", "db01.example.org", "10.0.2", "10.0.2.15");

    assertEquals(
        List.of("\"eth\\n0\" [10.0.2.15/24]"),
        found().stream().map(DomainInterface::toString).toList());
  }

  @Test
  void countLargerThanListIsRejected() {
    interfaces.add("eth0", "10.0.2.15").countMore(7);

    assertEquals(
        "libvirt returned a count of 8 for domain \"web01\", but a list of 1",
        assertThrows(LibvirtException.class, this::found).getMessage());
  }

  @Test
  void silentAgentIsReported() {
    libvirt.setError(ErrorNumber.VIR_ERR_AGENT_UNRESPONSIVE, "Guest agent is not responding");
    doReturn(-1)
        .when(libvirt.library)
        .virDomainInterfaceAddresses(any(), any(), anyInt(), anyInt());

    assertThrows(AgentUnresponsiveException.class, this::found);
  }
}
