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
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the scripts of the project as a normal user. */
@Tag("any-jdk")
@Timeout(300)
class ScriptsIT {
  private static final String OLD = "libvirt-snapshot-0.9.0-all.jar";
  private static final String NEW = "libvirt-snapshot-0.10.0-all.jar";

  private static final Pattern UNSAFE =
      Pattern.compile(
          "chmod (-R )?([0-7]*[2367]|\\S*[ao]\\S*\\+\\S*w\\S*) .*|0o[0-7]*[2367]\\b|trusted=yes"
              + "|[Aa]llow-?[Uu]nauthenticated|no-check-(gpg|certificate)|\\beval ");

  private static final String PARENT =
      """
      <project>
        <modelVersion>4.0.0</modelVersion>
        <groupId>test</groupId>
        <artifactId>parent</artifactId>
        <version>1</version>
        <packaging>pom</packaging>
      </project>
      """;
  private static final String PROJECT =
      """
      <project>
        <modelVersion>4.0.0</modelVersion>
        <parent>
          <groupId>test</groupId>
          <artifactId>parent</artifactId>
          <version>1</version>
          <relativePath/>
        </parent>
        <artifactId>child</artifactId>
        <packaging>pom</packaging>
        <repositories>
          <repository>
            <id>central</id>
            <url>%s</url>
          </repository>
        </repositories>
      </project>
      """;

  /** Creates a copy of the project with two jars and a fake Java that prints its arguments. */
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
  void jarOfTheVersionInThePomIsUsed(@TempDir Path folder) throws Exception {
    Map<String, String> environment = projectWithTwoJars(folder);

    for (String script : List.of("revert-domain", "revert-fleet", "quickstart.sh")) {
      String started = output(environment, folder.resolve("examples").resolve(script));
      assertTrue(started.contains(NEW), script + ": " + started);
      assertFalse(started.contains(OLD), script + ": " + started);
    }
  }

  @Test
  void jarOfAnotherVersionIsNotUsed(@TempDir Path folder) throws Exception {
    Map<String, String> environment = projectWithTwoJars(folder);
    Files.delete(folder.resolve("target").resolve(NEW));

    String refused = output(environment, folder.resolve("examples/revert-domain"));

    assertTrue(refused.contains("revert-domain: the jars are not built"), refused);
  }

  @Test
  void privateLibvirtdPrintsItsUrisAndRunsUntilItIsStopped() throws Exception {
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "config",
        "config/libvirt",
        "config/libvirt/qemu.conf",
        "run",
        "run/started",
        "cache",
        "data"
      })
  void privateLibvirtdFollowsNoLink(String name, @TempDir Path folder) throws Exception {
    Path given = folder.toRealPath().resolve("given");
    Path link = name.isEmpty() ? given : given.resolve(name);
    Path target = folder.resolve("target");
    if (name.contains(".conf") || name.contains("started")) {
      Files.writeString(target, "not to be changed");
    } else {
      Files.createDirectory(target);
    }
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, target);
    Map<String, Object> before = ScriptRun.attributes(target);

    ScriptRun run = ScriptRun.of("examples/private-libvirtd.sh", given + "/");

    assertEquals(1, run.status(), run.output());
    assertTrue(run.output().contains(link + " is a link"), run.output());
    assertEquals(before, ScriptRun.attributes(target));
  }

  @Test
  void privateLibvirtdRejectsAFolderThatOthersCanWriteTo(@TempDir Path folder) throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwx---"));
    Map<String, Object> before = ScriptRun.attributes(folder);

    ScriptRun run = ScriptRun.of("examples/private-libvirtd.sh", folder.toString());

    assertEquals(1, run.status(), run.output());
    assertTrue(
        run.output().contains("other users can write to " + folder.toRealPath()), run.output());
    assertEquals(before, ScriptRun.attributes(folder));
  }

  @Test
  void makeLinuxFollowsNoLink(@TempDir Path folder) throws Exception {
    Path target = Files.writeString(folder.resolve("target"), "not to be changed");
    Path linux = Files.createDirectory(folder.resolve("linux"));
    for (String file : List.of("vmlinuz", "initrd.gz")) {
      Files.createSymbolicLink(linux.resolve(file), target);
    }
    Map<String, Object> before = ScriptRun.attributes(target);

    PrivateLibvirtd.run("src/test/make-linux.sh", linux.toString());

    assertEquals(before, ScriptRun.attributes(target));
    assertTrue(Files.isRegularFile(linux.resolve("vmlinuz"), LinkOption.NOFOLLOW_LINKS));
    assertTrue(Files.isRegularFile(linux.resolve("initrd.gz"), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void noScriptAllowsWorldWritableFilesOrUnsignedPackages() throws IOException {
    List<Path> scripts = new ArrayList<>();
    for (String folder : List.of("examples", "src", ".ci", ".github", ".mvn")) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        files.filter(ScriptsIT::isScript).forEach(scripts::add);
      }
    }
    assertTrue(scripts.size() > 10, scripts.toString());
    for (Path script : scripts) {
      Optional<MatchResult> unsafe = UNSAFE.matcher(Files.readString(script)).results().findFirst();
      assertEquals(Optional.empty(), unsafe.map(MatchResult::group), script.toString());
    }
  }

  private static boolean isScript(Path file) {
    String name = file.getFileName().toString();
    return Files.isRegularFile(file)
        && (name.endsWith(".sh") || name.endsWith(".py") || !name.contains("."));
  }

  @Test
  void mavenRejectsAWrongChecksum(@TempDir Path folder) throws Exception {
    Path settings = Files.writeString(folder.resolve("settings.xml"), "<settings/>");
    Path config = folder.resolve("project/.mvn/maven.config");
    Files.createDirectories(config.getParent());
    Files.copy(Path.of(".mvn/maven.config"), config);
    Path repository = folder.resolve("repository");
    Path project = folder.resolve("project/pom.xml");
    Files.writeString(project, PROJECT.formatted(repository.toUri()));
    Path parent = repository.resolve("test/parent/1/parent-1.pom");
    Files.createDirectories(parent.getParent());
    Files.writeString(parent, PARENT);
    Path checksum = parent.resolveSibling("parent-1.pom.sha1");
    String[] command = {
      "mvn",
      "-B",
      "-s",
      settings.toString(),
      "-gs",
      settings.toString(),
      "-Dmaven.repo.local=" + folder.resolve("local"),
      "-f",
      project.toString(),
      "validate"
    };

    Files.writeString(checksum, "0".repeat(40));
    ScriptRun refused = ScriptRun.of(command);
    Files.writeString(checksum, PrivateLibvirtd.run("sha1sum", parent.toString()));
    ScriptRun taken = ScriptRun.of(add(command, "-U"));

    assertEquals(1, refused.status(), refused.output());
    assertEquals(0, taken.status(), taken.output());
    Path log = Files.writeString(folder.resolve("log"), refused.output());
    ScriptRun reason = ScriptRun.of("examples/why-maven-failed.sh", log.toString());
    assertTrue(reason.output().contains("checksum is wrong or missing"), reason.output());
  }

  private static String[] add(String[] command, String option) {
    return Stream.concat(Stream.of(command), Stream.of(option)).toArray(String[]::new);
  }

  /** Includes the child processes: tini starts libvirtd as a child. */
  private static String commandLines(Process process) {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .map(handle -> handle.info().commandLine().orElse(""))
        .collect(Collectors.joining("\n"));
  }
}
