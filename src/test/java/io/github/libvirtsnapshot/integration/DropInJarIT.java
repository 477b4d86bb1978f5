package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar with all dependencies, beside other versions of its dependencies and alone. */
class DropInJarIT {
  private static final Path JAR = Path.of(System.getProperty("shaded.jar"));
  private static final Path OTHERS = Path.of(System.getProperty("bridge.jars"));

  /** The build compiled the program. Its folder has the classes of the tests, too. */
  @TempDir static Path folder;

  @BeforeAll
  static void copyTheProgram() throws IOException {
    String name = "QuickStart.class";
    Files.copy(Path.of(System.getProperty("test.classes"), name), folder.resolve(name));
  }

  private static void assertReverts(String... options) throws Exception {
    Result result =
        JavaProgram.run(ImmutableList.<String>builder().add(options).add("QuickStart").build());
    assertEquals(0, result.status(), result.err());
    assertTrue(result.out().contains("after:  shut off (from snapshot)"), result.out());
  }

  @ParameterizedTest
  @Tag("any-distribution")
  @ValueSource(strings = {"guava-16.0.1.jar", "guava.jar", "jna-5.5.0.jar"})
  void worksBesideOtherVersionOfGuavaOrJna(String other) throws Exception {
    assertReverts("-cp", JavaProgram.path(OTHERS.resolve(other), JAR, folder));
    assertReverts("-cp", JavaProgram.path(JAR, OTHERS.resolve(other), folder));
  }

  @Test
  void worksAloneOnModulePath() throws Exception {
    assertReverts(
        "-p",
        JAR.toString(),
        "--add-modules",
        "io.github.libvirtsnapshot",
        "-cp",
        folder.toString());
  }

  @Test
  void containsVersionAndLicenses() throws Exception {
    for (Path path : new Path[] {JAR, Path.of(System.getProperty("plain.jar"))}) {
      try (JarFile jar = new JarFile(path.toFile())) {
        assertNotNull(
            jar.getManifest().getMainAttributes().getValue("Implementation-Version"),
            path.toString());
      }
    }
    try (JarFile jar = new JarFile(JAR.toFile())) {
      String licenses =
          new String(
              jar.getInputStream(jar.getEntry("META-INF/libvirt-snapshot/THIRD-PARTY.txt"))
                  .readAllBytes(),
              StandardCharsets.UTF_8);
      assertTrue(licenses.contains("JNA") && licenses.contains("Guava"), licenses);
      assertNotNull(jar.getEntry("META-INF/LGPL2.1"));
      assertNotNull(jar.getEntry("META-INF/AL2.0"));
    }
  }
}
