package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The workflows of the forge, which actionlint also checks, and the script that they need. */
@Tag("any-distribution")
@Tag("any-jdk")
@Timeout(60)
class WorkflowsIT {
  private static final Path FOLDER = Path.of(".github/workflows");
  private static final Pattern USES = Pattern.compile("(?m)^ +(?:- )?uses: (.*)$");
  private static final Pattern PINNED =
      Pattern.compile("[a-z-]+(/[a-z-]+)+@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+");
  private static final Pattern RUN = Pattern.compile("(?m)^ +- run: (?:sudo \\S+ )?(\\S+).*$");

  static List<Path> workflows() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted().toList();
    }
  }

  private static List<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult found) -> found.group(1)).toList();
  }

  @ParameterizedTest
  @MethodSource("workflows")
  void actionsAreThisProjectsOrPinnedToCommits(Path workflow) throws IOException {
    for (String action : found(USES, Files.readString(workflow))) {
      if (action.startsWith("./")) {
        assertTrue(Files.exists(Path.of(action)), action);
      } else {
        assertTrue(PINNED.matcher(action).matches(), action);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("workflows")
  void jobsHaveLimitedTimeAndOnlyTheirOwnPermissions(Path workflow) throws IOException {
    String text = Files.readString(workflow);
    assertTrue(text.contains("\npermissions: {}\n"), "permissions of all jobs");
    assertTrue(text.contains("\nconcurrency:\n"), "concurrency");
    String[] jobs = text.substring(text.indexOf("\njobs:\n")).split("(?m)^  (?=[a-z-]+:$)", -1);
    assertTrue(jobs.length > 1, text);
    for (String job : List.of(jobs).subList(1, jobs.length)) {
      assertTrue(job.contains("\n    permissions:\n"), job);
      assertTrue(job.contains("\n    timeout-minutes: ") || job.contains("\n    uses: ./"), job);
      assertEquals(
          job.split("uses: actions/checkout@", -1).length,
          job.split("persist-credentials: false", -1).length,
          job);
    }
  }

  @Test
  void stepsRunScriptsOfThisProject() throws IOException {
    List<String> programs = new ArrayList<>();
    for (Path workflow : workflows()) {
      programs.addAll(found(RUN, Files.readString(workflow)));
    }
    // The release itself cannot be tried.
    programs.remove("gh");
    assertEquals(5, programs.size(), programs.toString());
    for (String program : programs) {
      assertTrue(Files.isExecutable(Path.of(program)), program);
    }
  }

  @Test
  void distributionsAreThoseOfVerify() throws IOException {
    String verify = Files.readString(Path.of("src/test/verify.sh"));
    String names =
        found(Pattern.compile("(?m)^DISTRIBUTIONS=\\((.*)\\)$"), verify).get(0).replace(" ", ", ");
    String workflow = Files.readString(FOLDER.resolve("distributions.yml"));
    assertTrue(workflow.contains(" name: [" + names + "]\n"), workflow);
  }

  @ParameterizedTest
  @CsvSource({
    "v0.2.0, 0, '- New: a.\n\n- New: b.\n'",
    "v0.1.0, 1, 'release-notes.sh: the tag is \"v0.1.0\", and the version in pom.xml is 0.2.0'",
    "0.2.0, 1, 'release-notes.sh: the tag is \"0.2.0\", and the version in pom.xml is 0.2.0'"
  })
  void releaseNotesAreTheSectionOfTheTaggedVersion(
      String tag, int status, String text, @TempDir Path folder) throws Exception {
    ScriptRun run = releaseNotes(folder, "## 0.2.0 (2027-01-31)", tag);

    assertEquals(status, run.status(), run.output());
    assertTrue(run.output().startsWith(text), run.output());
    assertTrue(status != 0 || run.output().equals(text), run.output());
  }

  @ParameterizedTest
  @CsvSource({
    "## 0.2.0 (not released yet), CHANGELOG.md says that 0.2.0 is not released yet",
    "## 0.2.00, CHANGELOG.md has no section"
  })
  void releaseNotesNeedTheSectionOfAReleasedVersion(
      String title, String message, @TempDir Path folder) throws Exception {
    ScriptRun run = releaseNotes(folder, title, "v0.2.0");

    assertEquals(1, run.status(), run.output());
    assertTrue(run.output().contains(message), run.output());
  }

  private static ScriptRun releaseNotes(Path folder, String title, String tag) throws Exception {
    Path github = Files.createDirectory(folder.resolve(".github"));
    Path script =
        Files.copy(Path.of(".github/release-notes.sh"), github.resolve("release-notes.sh"));
    Files.writeString(
        folder.resolve("pom.xml"),
        Files.readString(Path.of("pom.xml"))
            .replaceFirst("\n  <version>.*</version>", "\n  <version>0.2.0</version>"));
    Files.writeString(
        github.resolve("CHANGELOG.md"),
        "# Changes\n\n" + title + "\n\n- New: a.\n\n- New: b.\n\n## 0.1.0\n\nThe first version.\n");
    return ScriptRun.of(script.toString(), tag);
  }
}
