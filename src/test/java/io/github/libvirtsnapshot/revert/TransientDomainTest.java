package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TransientDomainTest extends MockedRevert {
  private final TransientDomain ended =
      new TransientDomain("<domain type='qemu'><name>web01</name></domain>", Map.of(), "clean");

  @Test
  void create_libvirtStillRemovesTheDomain_waits() throws LibvirtException {
    libvirt.setError(
        ErrorNumber.VIR_ERR_OPERATION_FAILED, "domain 'web01' is already being removed");
    when(libvirt.library.virDomainCreateXML(any(), any(), anyInt()))
        .thenReturn(null, null, libvirt.domain);

    ended.create(domain);

    verify(libvirt.library, times(3)).virDomainCreateXML(any(), any(), anyInt());
  }

  @Test
  void create_otherFailure_isThrownAtOnce() {
    libvirt.setError(ErrorNumber.VIR_ERR_OPERATION_FAILED, "domain 'web01' already exists");
    when(libvirt.library.virDomainCreateXML(any(), any(), anyInt())).thenReturn(null);

    LibvirtException failure = assertThrows(LibvirtException.class, () -> ended.create(domain));

    assertEquals("domain 'web01' already exists", failure.getError().getMessage());
    verify(libvirt.library, times(1)).virDomainCreateXML(any(), any(), anyInt());
  }
}
