package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar with all dependencies, beside other versions of its dependencies and alone. */
class DropInJarIT {
  private static final Path JAR = Path.of(System.getProperty("shaded.jar"));
  private static final Path OTHERS = Path.of(System.getProperty("bridge.jars"));

  private static void assertReverts(Object... options) throws Exception {
    ImmutableList.Builder<String> arguments = ImmutableList.builder();
    for (Object option : options) {
      arguments.add(option.toString());
    }
    Result result = JavaProgram.run(arguments.add("examples/QuickStart.java").build());
    assertEquals(0, result.status(), result.err());
    assertTrue(result.out().contains("after:  shut off (from snapshot)"), result.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"guava-16.0.1.jar", "guava.jar", "jna-5.5.0.jar"})
  void worksBesideOtherVersionOfGuavaOrJna(String other) throws Exception {
    assertReverts("-cp", JavaProgram.path(OTHERS.resolve(other), JAR));
    assertReverts("-cp", JavaProgram.path(JAR, OTHERS.resolve(other)));
  }

  @Test
  void worksAloneOnModulePath() throws Exception {
    assertReverts("-p", JAR, "--add-modules", "io.github.libvirtsnapshot");
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
