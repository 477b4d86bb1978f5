package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.integration.PrivateLibvirtd;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibvirtIT {
  @Test
  void libraryEqualsOnlyItself() {
    LibvirtLibrary library = Libvirt.library();
    LibvirtLibrary other = new MockedLibvirt().library;

    assertTrue(library.equals(Libvirt.library()));
    assertFalse(library.equals(other));
    assertFalse(library.equals(null));
    assertEquals(library.hashCode(), Libvirt.library().hashCode());
    assertTrue(Set.of(library).contains(Libvirt.library()));
    assertTrue(library.toString().contains("libvirt"), library.toString());
  }

  /** On a Mac, JNA does not search Homebrew's folder. */
  @Test
  void libraryIsFoundByLaterName(@TempDir Path folder) throws Exception {
    Matcher installed =
        Pattern.compile("libvirt\\.so\\.0 .*=> (\\S+)")
            .matcher(PrivateLibvirtd.run("/sbin/ldconfig", "-p"));
    assertTrue(installed.find());
    Path dylib =
        Files.createSymbolicLink(folder.resolve("libvirt.dylib"), Path.of(installed.group(1)));

    try (Connect connect =
        new Connect(
            Libvirt.load(List.of("no-such-libvirt", dylib.toString())), "test:///default")) {
      assertEquals("TEST", connect.getType());
    }
  }
}
