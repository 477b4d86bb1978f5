package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program whose working folder is writable for other users of the machine. */
class WorkingFolderIT {
  private static final List<String> DECOYS =
      List.of("libvirt.so", "libvirt.so.0", "virt", "libjnidispatch.so", "jnidispatch");

  /**
   * The decoys are copies of the real library, so a program that loads one works; only the path
   * differs.
   */
  @Test
  void librariesInWorkingFolderAreNotLoaded(@TempDir Path folder) throws Exception {
    String real =
        loadedLibraries(Path.of("/")).stream()
            .filter(WorkingFolderIT::isLibvirt)
            .findFirst()
            .orElseThrow();
    for (String decoy : DECOYS) {
      Files.copy(Path.of(real), folder.resolve(decoy));
    }

    List<String> loaded = loadedLibraries(folder);

    String within = folder.toRealPath().toString();
    assertEquals(List.of(real), loaded.stream().filter(WorkingFolderIT::isLibvirt).toList());
    assertEquals(List.of(), loaded.stream().filter(path -> path.startsWith(within)).toList());
  }

  private static boolean isLibvirt(String path) {
    return path.contains("/libvirt.so");
  }

  private static List<String> loadedLibraries(Path folder) throws Exception {
    ProcessBuilder program =
        JavaProgram.builder(
            List.of(
                "-cp",
                System.getProperty("java.class.path"),
                LoadedLibrariesProbe.class.getName()));
    JavaProgram.Result result = JavaProgram.run(program.directory(folder.toFile()));
    assertEquals(0, result.status(), result.err());
    return result.out().lines().toList();
  }
}
