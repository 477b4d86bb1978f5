package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LibvirtTest {
  @Test
  void aMissingLibraryIsSaidToBe() {
    LibvirtUnavailableException failure =
        assertThrows(LibvirtUnavailableException.class, () -> Libvirt.load("no-such-libvirt"));

    assertTrue(failure.getMessage().contains("package libvirt0"), failure.getMessage());
    assertTrue(failure.getMessage().contains("no-such-libvirt"), failure.getMessage());
  }
}
