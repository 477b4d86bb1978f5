package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.io.MoreFiles;
import io.github.libvirtsnapshot.Connect;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of examples/ that other scripts start. */
@Timeout(60)
class ScriptsIT {
  private static final String OLD = "libvirt-snapshot-0.9.0-all.jar";
  private static final String NEW = "libvirt-snapshot-0.10.0-all.jar";

  /** A copy of the project with two jars and a Java that prints what it is called with. */
  private static Map<String, String> projectWithTwoJars(Path folder) throws IOException {
    Path examples = Files.createDirectory(folder.resolve("examples"));
    for (Path file : MoreFiles.listFiles(Path.of("examples"))) {
      if (Files.isRegularFile(file)) {
        Files.copy(file, examples.resolve(file.getFileName()));
      }
    }
    Files.writeString(folder.resolve("LICENSE"), "");
    Files.createDirectories(folder.resolve("src/main"));
    Files.writeString(
        folder.resolve("pom.xml"),
        Files.readString(Path.of("pom.xml"))
            .replaceFirst("\n  <version>.*</version>", "\n  <version>0.10.0</version>"));
    Files.createDirectories(folder.resolve("target/example-jars"));
    for (String jar : List.of(NEW, OLD)) {
      Path made = Files.writeString(folder.resolve("target").resolve(jar), "");
      Files.setLastModifiedTime(made, FileTime.from(Instant.now().plusSeconds(60)));
    }
    Path bin = Files.createDirectories(folder.resolve("jdk/bin"));
    Path java =
        Files.writeString(
            bin.resolve("java"),
            """
            #!/bin/sh
            [ "$1" = -version ] && echo 'openjdk version "17.0.1"' >&2 || echo "$@"
            """);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    return Map.of("PATH", bin + ":" + System.getenv("PATH"));
  }

  private static String output(Map<String, String> environment, Path script) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(script.toString()).redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().putAll(environment);
    return new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void theJarOfTheVersionInThePomIsUsed(@TempDir Path folder) throws Exception {
    Map<String, String> environment = projectWithTwoJars(folder);

    for (String script : List.of("revert-domain", "revert-fleet", "quickstart.sh")) {
      String started = output(environment, folder.resolve("examples").resolve(script));
      assertTrue(started.contains(NEW), script + ": " + started);
      assertFalse(started.contains(OLD), script + ": " + started);
    }
  }

  @Test
  void aJarOfAnotherVersionIsNotUsed(@TempDir Path folder) throws Exception {
    Map<String, String> environment = projectWithTwoJars(folder);
    Files.delete(folder.resolve("target").resolve(NEW));

    String refused = output(environment, folder.resolve("examples/revert-domain"));

    assertTrue(refused.contains("revert-domain: its jars are not built yet"), refused);
  }

  @Test
  void aPrivateLibvirtdSaysWhenItIsReadyAndRunsUntilItIsToldToEnd() throws Exception {
    Path directory = Files.createTempDirectory(Path.of("/tmp"), "lv");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    String socket = directory.resolve("run/libvirt/libvirt-sock").toString();
    Process libvirtd =
        new ProcessBuilder("examples/private-libvirtd.sh", directory.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader lines = libvirtd.inputReader(StandardCharsets.UTF_8)) {
      List<String> ready =
          lines.lines().dropWhile(line -> !line.equals("libvirtd is ready:")).limit(3).toList();
      String uri = "test+unix:///default?socket=" + socket;
      assertEquals(List.of("libvirtd is ready:", "qemu:///session?socket=" + socket, uri), ready);
      new Connect(uri).close();
      assertFalse(commandLines(libvirtd).contains("--timeout"), commandLines(libvirtd));
    } finally {
      libvirtd.destroy();
    }
    assertTrue(libvirtd.waitFor(30, TimeUnit.SECONDS));
    PrivateLibvirtd.run("rm", "-r", directory.toString());
  }

  /** Under tini, libvirtd is its child. */
  private static String commandLines(Process process) {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(handle -> handle.info().commandLine().orElse(""))
        .collect(Collectors.joining("\n"));
  }
}
