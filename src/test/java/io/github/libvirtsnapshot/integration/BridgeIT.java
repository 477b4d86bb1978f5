package io.github.libvirtsnapshot.integration;

import static io.github.libvirtsnapshot.integration.JavaProgram.path;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs {@link BridgeProbe} with each release of libvirt-java, with an old and a new JNA, on the
 * class path and on the module path.
 */
class BridgeIT {
  private static final Path JARS = Path.of(System.getProperty("bridge.jars"));
  private static final Path JAR = Path.of(System.getProperty("plain.jar"));
  private static final Path SHADED_JAR = Path.of(System.getProperty("shaded.jar"));
  private static final Path TEST_CLASSES = Path.of(System.getProperty("test.classes"));
  private static final List<String> RELEASES = List.of("0.5.1", "0.5.2", "0.5.3", "0.5.4");

  /** libvirt-java 0.5.1 has no event loop. */
  private static final String WITHOUT_EVENTS = "0.5.1";

  private static PrivateLibvirtd libvirtd;

  @BeforeAll
  static void start() throws IOException {
    libvirtd = PrivateLibvirtd.started();
  }

  @AfterAll
  static void stop() throws IOException {
    libvirtd.close();
  }

  private static Path jar(String name) {
    Path jar = JARS.resolve(name + ".jar");
    assertTrue(Files.exists(jar), jar.toString());
    return jar;
  }

  private static List<String> jnas() {
    return List.of("jna-5.5.0", "jna-" + System.getProperty("jna.version"));
  }

  private static String guava() {
    return path(jar("guava"), jar("failureaccess"));
  }

  static Stream<Arguments> releases() {
    return RELEASES.stream()
        .flatMap(release -> jnas().stream().map(jna -> Arguments.of(release, jna)));
  }

  private static void assertWorks(String release, List<String> options) throws Exception {
    ImmutableList.Builder<String> arguments = ImmutableList.builder();
    arguments.addAll(options).add("io.github.libvirtsnapshot.integration.BridgeProbe");
    arguments.add(libvirtd.uri("test+unix:///default"));
    if (!release.equals(WITHOUT_EVENTS)) {
      arguments.add("events");
    }
    Result result = JavaProgram.run(arguments.build());
    assertEquals(0, result.status(), result.err());
    assertTrue(result.out().endsWith("BRIDGE OK\n"), result.out());
  }

  @ParameterizedTest
  @MethodSource("releases")
  @Tag("any-distribution")
  void bridgeWorksOnClassPath(String release, String jna) throws Exception {
    assertWorks(
        release,
        List.of("-cp", path(jar("libvirt-" + release), jar(jna), JAR, guava(), TEST_CLASSES)));
  }

  @ParameterizedTest
  @MethodSource("releases")
  @Tag("any-distribution")
  void bridgeWorksOnModulePath(String release, String jna) throws Exception {
    ImmutableList.Builder<String> options = ImmutableList.builder();
    if (Runtime.version().feature() > 21) {
      options.add("--enable-native-access=com.sun.jna");
    }
    assertWorks(
        release,
        options
            .add("-p", path(jar("libvirt-" + release), jar(jna), JAR, guava()))
            .add("--add-modules", "ALL-MODULE-PATH")
            .add("-cp", TEST_CLASSES.toString())
            .build());
  }

  /** The library's module has to read the class path. */
  @Test
  void bridgeWorksOnModulePathWithLibvirtJavaOnClassPath() throws Exception {
    assertWorks(
        "0.5.4",
        List.of(
            "-p",
            path(jar("jna-5.5.0"), JAR, guava()),
            "--add-modules",
            "ALL-MODULE-PATH",
            "-cp",
            path(jar("libvirt-0.5.4"), TEST_CLASSES)));
  }

  @ParameterizedTest
  @MethodSource("releases")
  @Tag("any-distribution")
  void bridgeWorksWithShadedJarFirstOnClassPath(String release, String jna) throws Exception {
    assertWorks(
        release,
        List.of(
            "-cp", path(SHADED_JAR, jar("libvirt-" + release), jar(jna), guava(), TEST_CLASSES)));
  }

  @ParameterizedTest
  @MethodSource("releases")
  @Tag("any-distribution")
  void bridgeWorksWithShadedJarLastOnClassPath(String release, String jna) throws Exception {
    assertWorks(
        release,
        List.of(
            "-cp", path(jar("libvirt-" + release), jar(jna), guava(), TEST_CLASSES, SHADED_JAR)));
  }

  @Test
  void exampleUsesBothLibraries() throws Exception {
    Result result =
        JavaProgram.run(
            List.of(
                "-cp",
                path(SHADED_JAR, jar("libvirt-0.5.4"), jar("jna-5.5.0")),
                "examples/BesideLibvirtJava.java"));

    assertEquals(0, result.status(), result.err());
    assertEquals(
        """
        state according to libvirt-java: VIR_DOMAIN_SHUTOFF
        reverted to running (from snapshot)
        state according to libvirt-java: VIR_DOMAIN_RUNNING
        caught libvirt-java's exception: reverting domain "test" to snapshot \
        "no such snapshot" (flags = RUNNING|FORCE) was not started: Domain snapshot not found: \
        no domain snapshot with matching name 'no such snapshot' \
        [VIR_ERR_NO_DOMAIN_SNAPSHOT 72, VIR_FROM_TEST 12]; the snapshots are "clean"
        """,
        result.out());
  }

  @Test
  void missingLibvirtJavaIsReported() throws Exception {
    Result result =
        JavaProgram.run(
            List.of(
                "-cp",
                path(SHADED_JAR, TEST_CLASSES),
                "io.github.libvirtsnapshot.integration.NoLibvirtJavaProbe"));

    assertEquals(0, result.status(), result.err());
    assertTrue(
        result
            .out()
            .startsWith(
                "libvirt-java is not on the class path: add org.libvirt:libvirt"
                    + " (libvirt-java 0.5.1, 0.5.2, 0.5.3 and 0.5.4 work)"),
        result.out());
  }

  /** A future libvirt-java could store its pointer in another field. */
  @Test
  void unsupportedLibvirtJavaIsReportedWithItsLocation(@TempDir Path directory) throws Exception {
    compile(directory, "org/libvirt/jna/DomainPointer", "extends com.sun.jna.PointerType");
    compile(directory, "org/libvirt/jna/ConnectionPointer", "extends com.sun.jna.PointerType");
    compile(directory, "org/libvirt/Connect", "");
    compile(directory, "org/libvirt/Domain", "");
    Path future = directory.resolve("libvirt-9.9.9");
    Result result =
        JavaProgram.run(
            List.of(
                "-cp",
                path(SHADED_JAR, future, TEST_CLASSES),
                "io.github.libvirtsnapshot.integration.NoLibvirtJavaProbe"));

    assertEquals(0, result.status(), result.err());
    assertEquals(
        "the version of libvirt-java at "
            + future.toUri().toURL()
            + " is not supported; libvirt-java 0.5.1, 0.5.2, 0.5.3 and 0.5.4 work\n",
        result.out());
  }

  private static void compile(Path directory, String name, String extendsClause)
      throws IOException {
    Path source = directory.resolve(name + ".java");
    Files.createDirectories(source.getParent());
    int slash = name.lastIndexOf('/');
    Files.writeString(
        source,
        "package %s; public class %s %s {}"
            .formatted(
                name.substring(0, slash).replace('/', '.'),
                name.substring(slash + 1),
                extendsClause));
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                SHADED_JAR.toString(),
                "-d",
                directory.resolve("libvirt-9.9.9").toString(),
                source.toString());
    assertFalse(status != 0, name);
  }
}
