package io.github.libvirtsnapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.integration.PrivateLibvirtd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibvirtIT {
  /** As on a Mac, where JNA does not look into Homebrew's folder. */
  @Test
  void theLibraryIsFoundUnderALaterName(@TempDir Path folder) throws Exception {
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
