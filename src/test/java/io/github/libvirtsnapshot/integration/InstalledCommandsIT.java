package io.github.libvirtsnapshot.integration;

import static io.github.libvirtsnapshot.integration.CommandInThisJvm.libvirtSnapshot;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Installs the jar with the commands as a user does, and uses what it installs. */
@Timeout(900)
class InstalledCommandsIT {
  private static final String JAR = System.getProperty("commands.jar");
  private static final String COMPLETION = "share/bash-completion/completions/libvirt-snapshot";
  private static final Pattern OPTION = Pattern.compile("(?m)^ +(--[a-z-]+)");

  /** Presses the tab key in an interactive zsh, until it shows the completed line. */
  private static final String TAB_IN_ZSH =
      """
      zmodload zsh/zpty
      zpty shell 'PS1="ready> " exec zsh -f -i'
      zpty -r shell line '*ready> *'
      zpty -w shell 'bindkey "^I" complete-word; source %1$s; echo load''ed'
      zpty -r shell line '*loaded*ready> *'
      zpty -n -w shell 'libvirt-snapshot %2$s'$'\\t'
      zpty -r shell line '*%3$s*'
      zpty -d shell
      """;

  @TempDir static Path folder;
  private static String program;
  private static PrivateLibvirtd libvirtd;
  private static String uri;
  private static Connect connect;
  private static Domain domain;

  @BeforeAll
  static void install() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    uri = libvirtd.uri("test+unix:///default");
    connect = new Connect(uri);
    domain = connect.domainLookupByName("test");
    Guests.takeSnapshots(domain);

    Result installed = JavaProgram.run(List.of("-jar", JAR, "install", folder.toString()));

    assertEquals("", installed.err());
    assertEquals(0, installed.status());
    assertEquals(
        Stream.of(
                "bin/libvirt-snapshot",
                COMPLETION,
                "share/man/man1/libvirt-snapshot.1",
                "share/man/man1/libvirt-snapshot-revert-domain.1",
                "share/man/man1/libvirt-snapshot-revert-fleet.1",
                "share/man/man1/libvirt-snapshot-install.1")
            .map(name -> folder.resolve(name).toString())
            .toList(),
        installed.out().lines().toList());
    program = installed.out().lines().findFirst().orElseThrow();
  }

  @AfterAll
  static void stop() throws IOException {
    domain.close();
    connect.close();
    libvirtd.close();
  }

  private static Result run(String... arguments) throws Exception {
    return JavaProgram.run(JavaProgram.script(Lists.asList(program, arguments)));
  }

  /** Runs the jar without its script, and without an input. */
  private static Result runJar(String... arguments) throws Exception {
    return JavaProgram.run(
        JavaProgram.builder(ImmutableList.<String>builder().add("-jar", JAR).add(arguments).build())
            .redirectInput(new File("/dev/null")));
  }

  private static Result shell(String... command) throws Exception {
    return JavaProgram.run(new ProcessBuilder(command));
  }

  private static void assertEndsWith(int status, String problem, Result result) {
    assertTrue(result.err().startsWith(problem), result.err());
    assertEquals(status, result.status(), result.err());
    assertEquals("", result.out());
  }

  @Test
  void revertsADomainAndAFleet() throws Exception {
    Result domainReverted = run("revert-domain", uri, "test", "paused");
    assertEquals("", domainReverted.err());
    assertTrue(domainReverted.out().contains(" -> paused (from snapshot), snapshot paused, "));
    assertEquals(0, domainReverted.status());
    assertEquals(DomainState.PAUSED, domain.getState().state());

    Result fleetReverted = run("revert-fleet", "shutoff", uri, "test");
    assertEquals("1 domain: 1 reverted\n", fleetReverted.out());
    assertEquals(0, fleetReverted.status());
    assertEquals(DomainState.SHUTOFF, domain.getState().state());
  }

  @Test
  void failuresHaveTheirExitStatusAndTheNameThatTheUserTypes() throws Exception {
    assertEndsWith(
        1,
        "revert-domain: reverting domain \"test\" to snapshot \"paused\" (flags = RESET_NVRAM)"
            + " failed",
        run("revert-domain", uri, "test", "paused", "--reset-nvram"));
    assertEndsWith(
        2,
        "revert-domain: URI is missing; type: libvirt-snapshot revert-domain URI DOMAIN SNAPSHOT",
        libvirtSnapshot("revert-domain"));
    assertEndsWith(
        2,
        "revert-domain: DOMAIN is missing; type: libvirt-snapshot revert-domain URI DOMAIN",
        libvirtSnapshot("revert-domain", uri));
    assertEndsWith(
        2,
        "revert-fleet: the host is missing; type: libvirt-snapshot revert-fleet SNAPSHOT URI",
        libvirtSnapshot("revert-fleet", "paused"));
    assertEndsWith(
        2,
        "libvirt-snapshot: there is no command \"revert\"; the commands are revert-domain,"
            + " revert-fleet, install; see --help\n",
        libvirtSnapshot("revert"));
    assertEndsWith(
        2,
        "libvirt-snapshot: COMMAND is missing; the commands are revert-domain, revert-fleet,"
            + " install; see --help\n",
        libvirtSnapshot());
    assertEndsWith(
        3,
        "revert-domain: domain \"gone\" at \"test:///default\": ",
        libvirtSnapshot("revert-domain", "test:///default", "gone", "paused"));
    assertEndsWith(3, "install: nothing more is installed: ", run("install", "/proc/none"));
  }

  @Test
  void jarThatCannotKnowItsTerminalAsksForConfirmation() throws Exception {
    Guests.bringTo(domain, DomainState.RUNNING);

    Result asked = runJar("revert-domain", uri, "test", "shutoff");
    assertTrue(asked.err().contains(" Continue? [y/N] "), asked.err());
    assertEquals(3, asked.status());
    assertEquals(DomainState.RUNNING, domain.getState().state());

    assertEquals(0, runJar("revert-domain", uri, "test", "shutoff", "--yes").status());
    assertEquals(DomainState.SHUTOFF, domain.getState().state());
  }

  @Test
  void versionIsThatOfTheProject() throws Exception {
    String version = Path.of(JAR).getFileName().toString().replace("-commands.jar", "");
    String expected = version.replace("libvirt-snapshot-", "libvirt-snapshot ") + "\n";

    assertEquals(expected, run("--version").out());
    assertEquals(expected, run("revert-domain", "--version").out());
    assertEquals(expected, shell("examples/revert-domain", "--version").out());
  }

  @Test
  void helpNamesTheCommandsAndTheirExamplesCanBeTyped() throws Exception {
    String help = libvirtSnapshot("--help").out();
    assertTrue(help.startsWith("Usage: libvirt-snapshot COMMAND [argument]..."), help);
    assertTrue(help.contains("\n  revert-fleet   revert many libvirt domains on"), help);

    String ofDomain = run("revert-domain", "--help").out();
    assertTrue(ofDomain.startsWith("Usage: libvirt-snapshot revert-domain URI DOMAIN"), ofDomain);
    assertTrue(
        ofDomain.contains("\n  libvirt-snapshot revert-domain qemu:///system web01 --list\n"),
        ofDomain);
  }

  @Test
  void manualPagesHaveAllOptionsAndNoWarnings() throws Exception {
    for (String command : List.of("revert-domain", "revert-fleet", "install", "")) {
      String suffix = command.isEmpty() ? "" : "-" + command;
      Path page = folder.resolve("share/man/man1/libvirt-snapshot" + suffix + ".1");
      Result shown = shell("groff", "-man", "-ww", "-Tascii", "-P-cbou", page.toString());
      String help =
          libvirtSnapshot(
                  Stream.of(command, "--help")
                      .filter(word -> !word.isEmpty())
                      .toArray(String[]::new))
              .out();

      assertEquals("", shown.err(), page.toString());
      assertEquals(0, shown.status());
      Set<String> options = names(help);
      assertTrue(options.contains("--version"), help);
      assertEquals(options, names(shown.out()), page.toString());
      String title = "libvirt-snapshot" + suffix + " - ";
      assertTrue(shown.out().replaceAll("\\s+", " ").contains(title), shown.out());
    }
  }

  private static Set<String> names(String text) {
    return OPTION
        .matcher(text)
        .results()
        .map((MatchResult option) -> option.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void bashCompletesCommandsOptionsAndFiles() throws Exception {
    String completion = folder.resolve(COMPLETION).toString();
    assertEquals(new Result(0, "", ""), shell("bash", "-n", completion));

    assertEquals("revert-domain revert-fleet", completedByBash("re"));
    assertEquals("--safety-snapshot --set-clock", completedByBash("revert-domain", "--s"));
    assertEquals(
        completion,
        completedByBash(
            "revert-fleet", "--from", completion.substring(0, completion.length() - 3)));
  }

  private static String completedByBash(String... words) throws Exception {
    String script =
        """
        . "$0"
        compopt() { :; }
        COMP_WORDS=(libvirt-snapshot "$@") COMP_CWORD=$#
        _complete_libvirt-snapshot
        echo -n "${COMPREPLY[*]}"
        """;
    Result completed =
        shell(
            Stream.concat(
                    Stream.of("bash", "-c", script, folder.resolve(COMPLETION).toString()),
                    Stream.of(words))
                .toArray(String[]::new));
    assertEquals("", completed.err());
    return completed.out();
  }

  @Test
  void zshCompletesCommandsAndOptions() throws Exception {
    assertZshCompletes("revert-f", "revert-fleet");
    assertZshCompletes("revert-domain --saf", "--safety-snapshot");
  }

  private static void assertZshCompletes(String typed, String completed) throws Exception {
    String script = TAB_IN_ZSH.formatted(folder.resolve(COMPLETION), typed, completed);
    assertEquals(new Result(0, "", ""), shell("timeout", "60", "zsh", "-f", "-c", script));
  }

  @Test
  void existingFilesAreReplacedAndNoLinkIsFollowed(@TempDir Path other) throws Exception {
    Path target = Files.writeString(other.resolve("target"), "not to be changed");
    for (String name : List.of("bin/libvirt-snapshot", COMPLETION)) {
      Files.delete(folder.resolve(name));
      Files.createSymbolicLink(folder.resolve(name), target);
    }

    assertEquals(0, runJar("install", folder.toString()).status());

    assertEquals("not to be changed", Files.readString(target));
    assertFalse(Files.isSymbolicLink(folder.resolve(COMPLETION)));
    assertEquals(0, run("--help").status());
  }
}
