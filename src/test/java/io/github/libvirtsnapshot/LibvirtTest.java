package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Platform;
import io.github.libvirtsnapshot.jna.LibvirtNames;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LibvirtTest {
  @Test
  void missingLibrarySaysWhatToInstall() {
    LibvirtUnavailableException failure =
        assertThrows(
            LibvirtUnavailableException.class,
            () -> Libvirt.load(List.of("no-such-libvirt", "/nowhere/libvirt.dylib")));

    String message = failure.getMessage();
    assertTrue(message.contains("tried no-such-libvirt, /nowhere/libvirt.dylib."), message);
    assertTrue(message.contains("package libvirt0"), message);
    assertTrue(message.contains("jna.library.path"), message);
    assertTrue(message.contains("libno-such-libvirt.so"), message);
    assertTrue(
        Arrays.stream(failure.getCause().getSuppressed())
            .anyMatch(later -> later.getMessage().contains("/nowhere/libvirt.dylib")));
  }

  @ParameterizedTest
  @CsvSource({
    Platform.LINUX + ", virt",
    Platform.FREEBSD + ", virt",
    Platform.MAC + ", virt",
    Platform.WINDOWS + ", libvirt-0",
  })
  void firstNameDependsOnOperatingSystem(int system, String name) {
    assertEquals(name, LibvirtNames.on(system).get(0));
  }

  @Test
  void namesForMacIncludeHomebrewsFolder() {
    assertTrue(LibvirtNames.on(Platform.MAC).contains("/opt/homebrew/lib/libvirt.dylib"));
  }
}
