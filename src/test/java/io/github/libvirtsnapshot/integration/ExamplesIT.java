package io.github.libvirtsnapshot.integration;

import static io.github.libvirtsnapshot.integration.CommandInThisJvm.revertDomain;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import com.google.common.io.MoreFiles;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the examples as a user does: in a separate JVM, with only the jar with all dependencies.
 * {@link CommandInThisJvm} runs most usages of revert-domain.
 */
class ExamplesIT extends OnRemoteTestDriver {
  private static final String SHADED_JAR = System.getProperty("shaded.jar");
  private static final Pattern JUNIT = Pattern.compile("(junit|opentest4j|apiguardian).*\\.jar");
  private static final Pattern LOG_LINE =
      Pattern.compile("(.* io\\.github\\.libvirtsnapshot\\.\\S+ \\S+|(INFO|WARNING): rever.*)");

  /** The output with the test driver of an older libvirt. */
  private static final String NOT_RESUMED =
      """
      detected: reverting domain "test" to snapshot "quickstart-running" \
      (flags = none) left another state: libvirt reported success, but the domain is now paused \
      (user) instead of running; before, it was paused (user); way out: add enforcingState(), or: \
      revert-domain --enforce-state\
      """;

  private static Result java(String classPath, String... arguments) throws Exception {
    return JavaProgram.run(
        ImmutableList.<String>builder().add("-cp", classPath).add(arguments).build());
  }

  private static Result revertDomainIn(Path examples, String... arguments) throws Exception {
    String script = examples.resolve("revert-domain").toString();
    return JavaProgram.run(JavaProgram.script(Lists.asList(script, arguments)));
  }

  private static void assertOnlyLogLines(String err) {
    assertTrue(err.lines().allMatch(line -> LOG_LINE.matcher(line).matches()), err);
  }

  @Test
  void quickStart() throws Exception {
    Result result = java(SHADED_JAR, "examples/QuickStart.java");
    boolean resumes = connect.getLibVersion() >= 8_000_000;

    assertEquals(0, result.status(), result.err());
    assertOnlyLogLines(result.err());
    assertEquals(
        """
        * take a snapshot of the running domain, and one of the domain when it is shut off
        snapshot "quickstart-running": domain running (unknown)
        snapshot "quickstart-stopped": domain shut off (destroyed)

        * start and pause the domain, then revert to the snapshot of the running domain
        %s

        * revert to the snapshot of the domain that was shut off
        before: %s
        after:  shut off (from snapshot)

        * revert to the same snapshot, but request a running domain
        detected: reverting domain "test" to snapshot "quickstart-stopped" \
        (flags = RUNNING) left another state: libvirt reported success, but the domain is now shut off \
        (from snapshot) instead of running; before, it was shut off (from snapshot); way out: add \
        enforcingState(), or: revert-domain --enforce-state

        * revert to the snapshot of the domain that was shut off again
        before: shut off (from snapshot)
        after:  shut off (from snapshot)

        snapshots of domain "test":
        quickstart-running (running, just now)
        └── quickstart-stopped (shut off, just now, current)
        """
            .formatted(
                resumes ? "before: paused (user)\nafter:  running (from snapshot)" : NOT_RESUMED,
                resumes ? "running (from snapshot)" : "paused (user)"),
        result.out().substring(result.out().indexOf('*')).replaceAll("(?m) +$", ""));
  }

  @Test
  void revertDomainReverts() throws Exception {
    Result result =
        revertDomainIn(Path.of("examples"), uri, "test", "paused", "--running", "--force");

    assertEquals(0, result.status(), result.err());
    assertEquals("", result.err());
    assertTrue(
        result
            .out()
            .matches(
                "test: shut off \\(destroyed\\) -> running \\(from snapshot\\), snapshot paused,"
                    + " \\d+ ms\n"),
        result.out());
    assertEquals("running (from snapshot)", domain.getState().toString());
  }

  @Test
  void revertDomainReportsFailures() throws Exception {
    Result refused = revertDomain(uri, "test", "paused", "--reset-nvram");
    assertEquals(1, refused.status());
    assertTrue(
        refused
            .err()
            .startsWith(
                "revert-domain: reverting domain \"test\" to snapshot \"paused\" (flags ="
                    + " RESET_NVRAM) failed: unsupported flags (0x8)"),
        refused.err());

    Result wrongState = revertDomain(uri, "test", "shutoff", "--running");
    assertEquals(1, wrongState.status());
    assertTrue(wrongState.err().contains(" instead of running; before"), wrongState.err());

    Result noSnapshot = revertDomain(uri, "test", "gone");
    assertEquals(3, noSnapshot.status());
    assertTrue(noSnapshot.err().contains("no domain snapshot with matching name 'gone'"));
    assertTrue(
        noSnapshot.err().endsWith("; the snapshots are \"paused\", \"running\", \"shutoff\"\n"),
        noSnapshot.err());

    Result noDomain = revertDomain(uri, "nob\u001body", "gone");
    assertEquals(3, noDomain.status());
    assertTrue(
        noDomain.err().startsWith("revert-domain: domain \"nob\\u001body\" at \"test+unix:"),
        noDomain.err());

    Result noConnection =
        revertDomain("test+unix:///default?socket=/nonexistent", "test", "clean-install");
    assertEquals(3, noConnection.status());
    assertEquals("", noSnapshot.out() + noDomain.out() + noConnection.out() + refused.out());
  }

  @Test
  void revertDomainPrintsAPlan() throws Exception {
    Guests.bringTo(domain, DomainState.SHUTOFF);
    Result plan = revertDomain(uri, "test", "shutoff", "--running", "--plan");
    assertEquals(1, plan.status(), plan.err());
    assertTrue(
        plan.out()
            .startsWith(
                "plan: revert domain \"test\" to snapshot \"shutoff\" (flags = RUNNING) on TEST,"),
        plan.out());
    assertTrue(
        plan.out().contains(" instead of running, although libvirt would report success\n"),
        plan.out());
    assertEquals(3, revertDomain(uri, "test", "shutoff", "--running", "--guarded").status());
    assertEquals(DomainState.SHUTOFF, domain.getState().state());

    assertEquals(0, revertDomain(uri, "test", "paused", "--plan").status());
    assertEquals(3, revertDomain(uri, "test", "gone", "--plan").status());
    assertEquals(DomainState.SHUTOFF, domain.getState().state());
  }

  @Test
  void revertDomainPrintsProgressTakesASafetySnapshotAndEnforcesTheState() throws Exception {
    Guests.bringTo(domain, DomainState.PAUSED);
    Result result =
        revertDomain(
            uri,
            "test",
            "shutoff",
            "--running",
            "--force",
            "--safety-snapshot",
            "--enforce-state",
            "--retry",
            "--progress");

    assertEquals(0, result.status(), result.err());
    List<String> progress = result.err().lines().filter(line -> line.startsWith("* ")).toList();
    assertEquals(2, progress.size(), result.err());
    assertTrue(
        progress.get(0).startsWith("* created safety snapshot before-revert-"), result.err());
    assertEquals(
        "* reverting domain \"test\" to snapshot \"shutoff\" (flags = RUNNING|FORCE)",
        progress.get(1));
    assertTrue(result.out().contains("safety snapshot: before-revert-"), result.out());
    assertEquals("running (booted)", domain.getState().toString());
  }

  @Test
  void revertDomainPrintsHelpAndUsageErrors() throws Exception {
    Result help = revertDomain("--help");
    assertEquals(0, help.status());
    assertTrue(help.out().startsWith("Usage: revert-domain URI DOMAIN SNAPSHOT [option]..."));

    Result tooFew = revertDomain(uri, "test");
    assertEquals(2, tooFew.status());
    assertEquals(
        "revert-domain: SNAPSHOT is missing; type its name, --newest, --current, or --list to see"
            + " the names; see --help\n",
        tooFew.err());
    Result unknown = revertDomain(uri, "test", "paused", "--runing");
    assertEquals(2, unknown.status());
    assertEquals(
        "revert-domain: there is no option \"--runing\"; did you mean --running?; see --help\n",
        unknown.err());
    assertUsage(
        "--running, --paused are mutually exclusive (specify only one)",
        uri,
        "test",
        "paused",
        "--running",
        "--paused");
    assertUsage("URI is missing; type: revert-domain URI DOMAIN SNAPSHOT [option]...");
    assertUsage("DOMAIN is missing; type: revert-domain URI DOMAIN SNAPSHOT", uri);
    assertUsage("--list takes no SNAPSHOT; omit \"paused\"", uri, "test", "paused", "--list");
    assertUsage(
        "--undo reads the domain and the snapshot from its file; omit \"test\"",
        uri,
        "test",
        "--undo",
        "done.json");
    assertUsage("too many arguments: omit \"3\", \"x\"", uri, "test", "paused", "3", "x");
    for (String number : List.of("abc", "0", "-1", "1.5", "99999999999")) {
      assertUsage(
          "Invalid value for option '--timeout': \""
              + number
              + "\" is not a whole number from 1 to 2147483647",
          uri,
          "test",
          "paused",
          "--timeout=" + number);
    }
  }

  private static void assertUsage(String problem, String... arguments) throws Exception {
    Result result = revertDomain(arguments);
    assertEquals("revert-domain: " + problem + "; see --help\n", result.err());
    assertEquals(2, result.status());
  }

  @Test
  void examplesPrintTheirUsage() throws Exception {
    Result quickStart = java(SHADED_JAR, "examples/QuickStart.java", uri);
    assertEquals("usage: QuickStart [URI DOMAIN]\n", quickStart.err());
    assertEquals(2, quickStart.status());
  }

  /** Returns the examples folder of a copy of the built project, whose sources can be changed. */
  private static Path builtProject(Path project) throws IOException {
    Path examples = Files.createDirectories(project.resolve("examples"));
    Files.createDirectory(examples.resolve("command"));
    List<Path> files = new ArrayList<>(MoreFiles.listFiles(Path.of("examples/command")));
    for (String file :
        List.of(
            "launch.sh", "start-java.sh", "find-jar.sh", "revert-domain", "RevertDomain.java")) {
      files.add(Path.of("examples", file));
    }
    files.add(Path.of("pom.xml"));
    for (Path file : files) {
      Files.copy(file, project.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
    }
    Path target = Files.createDirectory(project.resolve("target"));
    for (Path built :
        List.of(
            Path.of(SHADED_JAR),
            Path.of("target/example-jars"),
            Path.of("target/example-classes"))) {
      Files.createSymbolicLink(target.resolve(built.getFileName()), built.toAbsolutePath());
    }
    return examples;
  }

  @Test
  void revertDomainIsCompiledAtStartOnlyIfItsSourceChanged(@TempDir Path project) throws Exception {
    Path examples = builtProject(project);
    Path source = examples.resolve("RevertDomain.java");
    Files.writeString(
        source,
        """
        class RevertDomain {
          public static void main(String[] arguments) {
            System.out.println("changed");
          }
        }
        """);

    assertEquals("changed\n", revertDomainIn(examples, "--help").out());
    Files.setLastModifiedTime(source, FileTime.fromMillis(0));
    assertTrue(revertDomainIn(examples, "--help").out().startsWith("Usage: revert-domain "));
  }

  private static long foldersOfChanges(Path project) throws IOException {
    return MoreFiles.listFiles(project.resolve("target")).stream()
        .filter(file -> file.getFileName().toString().startsWith("example-classes-"))
        .count();
  }

  @Test
  void revertDomainIsCompiledOnceForEachChangeOfTheSharedSources(@TempDir Path project)
      throws Exception {
    Path examples = builtProject(project);
    Path shared = examples.resolve("command/StandardOptions.java");
    String text = Files.readString(shared);
    Files.writeString(shared, text.replace("print this help", "changed once"));

    assertTrue(revertDomainIn(examples, "--help").out().contains(" changed once\n"));
    assertTrue(revertDomainIn(examples, "--help").out().contains(" changed once\n"));
    Files.writeString(shared, text.replace("print this help", "changed twice"));
    assertTrue(revertDomainIn(examples, "--help").out().contains(" changed twice\n"));
    assertEquals(2, foldersOfChanges(project));

    Files.writeString(shared, "no Java");
    Result broken = revertDomainIn(examples, "--help");
    assertEquals(3, broken.status());
    assertTrue(broken.err().contains("was changed since the build, and can't be compiled"));
    assertEquals(2, foldersOfChanges(project));
  }

  @Test
  void cleanVmPerTest() throws Exception {
    String junit =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> JUNIT.matcher(Path.of(entry).getFileName().toString()).matches())
            .collect(Collectors.joining(File.pathSeparator));
    Result result = java(SHADED_JAR + File.pathSeparator + junit, "examples/CleanVmPerTest.java");

    assertEquals(0, result.status(), result.out() + result.err());
    assertOnlyLogLines(result.err());
    assertTrue(result.out().contains("3 tests successful"), result.out());
    assertTrue(result.out().contains("0 tests failed"), result.out());
  }
}
