package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What others have chosen can't steer the commands: names, and the files that the commands read.
 */
@Timeout(120)
class CommandInputIT {
  @TempDir private Path folder;
  private PrivateLibvirtd libvirtd;
  private String uri;
  private Connect connect;
  private Domain domain;

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    uri = libvirtd.uri("test+unix:///default");
    connect = new Connect(uri);
    domain = connect.domainLookupByName("test");
    Guests.takeSnapshots(domain);
  }

  @AfterEach
  void stop() throws IOException {
    domain.close();
    connect.close();
    libvirtd.close();
  }

  /** Runs a command in the folder. */
  private Result run(String command, String... arguments) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                ImmutableList.<String>builder()
                    .add(Path.of("examples", command).toAbsolutePath().toString())
                    .add(arguments)
                    .build())
            .directory(folder.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return JavaProgram.run(builder);
  }

  private Result revertDomain(String... arguments) throws Exception {
    return run("revert-domain", arguments);
  }

  private Result revertFleet(String... arguments) throws Exception {
    return run("revert-fleet", arguments);
  }

  private static void assertReverts(Result result) {
    assertEquals(0, result.status(), result.err());
  }

  @Test
  void noArgumentIsReadFromAFile() throws Exception {
    Guests.take(domain, "@args.txt");
    Files.writeString(folder.resolve("args.txt"), "shutoff\n--force\n");

    Result named = revertDomain(uri, "test", "@args.txt");
    assertTrue(named.out().contains(", snapshot @args.txt, "), named.toString());
    assertReverts(revertFleet("--", "@args.txt", uri, "test"));
    assertEquals("@args.txt", domain.snapshotCurrentName().orElseThrow());

    Result list = revertDomain("--list", "--", uri, "@args.txt");
    assertTrue(list.err().contains("domain \"@args.txt\""), list.toString());
    Files.delete(folder.resolve("args.txt"));
    assertReverts(revertDomain("--", uri, "test", "@args.txt"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--current", "-x", "@@args.txt", "${sys:user.home}", "'a,b'", "{0}%n"})
  void eachNameCanBeGivenAfterTwoHyphens(String name) throws Exception {
    Guests.take(domain, name);
    Guests.take(domain, "later");

    Result result = revertDomain("--force", "--", uri, "test", name);
    assertReverts(result);
    assertTrue(result.out().contains(", snapshot " + name + ", "), result.out());
    assertReverts(revertFleet("--", name, uri, "test"));
    assertEquals(name, domain.snapshotCurrentName().orElseThrow());
  }

  /** With C1 controls, DEL, the directions of text and characters that have no glyph. */
  private static final String HOSTILE = "a\u009b2Jb\u009d\u007f\u202ec\u200b\u3164\ufe0fd";

  private static void assertMovesNoTerminal(Result result) {
    String printed = result.out() + result.err();
    assertTrue(
        printed.codePoints().allMatch(unit -> unit == '\n' || (unit >= ' ' && unit <= '~')),
        () -> LogText.escape(printed));
  }

  @Test
  void noNameMovesTheTerminalOfRevertDomain() throws Exception {
    try (Domain hostile = connect.domainDefineXML(Guests.testXml(HOSTILE))) {
      Guests.takeSnapshots(hostile);
      Guests.take(hostile, HOSTILE);
      for (List<String> arguments :
          List.of(
              List.of(HOSTILE, HOSTILE, "--progress", "--safety-snapshot"),
              List.of(HOSTILE, HOSTILE, "--plan"),
              List.of(HOSTILE, "--list", "--json"),
              List.of(HOSTILE, "none" + HOSTILE, "--json"),
              List.of(HOSTILE, HOSTILE, HOSTILE),
              List.of(HOSTILE, HOSTILE, "--await-guest", HOSTILE),
              List.of("--undo", HOSTILE + ".json", "--json"))) {
        Result result = run("revert-domain", arguments, uri);
        assertMovesNoTerminal(result);
      }
      JsonObject done = json(revertDomain(uri, HOSTILE, HOSTILE, "--json"));
      assertEquals(HOSTILE, done.get("domain").getAsString());
      assertEquals(HOSTILE, done.get("snapshot").getAsString());
    }
  }

  private Result run(String command, List<String> arguments, String first) throws Exception {
    return run(
        command, Lists.asList(first, arguments.toArray(String[]::new)).toArray(String[]::new));
  }

  private static JsonObject json(Result result) {
    assertMovesNoTerminal(new Result(result.status(), result.out(), ""));
    return JsonParser.parseString(result.out()).getAsJsonObject();
  }

  @Test
  void noNameMovesTheTerminalOfRevertFleet() throws Exception {
    try (Domain hostile = connect.domainDefineXML(Guests.testXml(HOSTILE))) {
      Guests.takeSnapshots(hostile);
      Guests.take(hostile, HOSTILE);
      for (List<String> arguments :
          List.of(
              List.of(uri, HOSTILE),
              List.of(uri, HOSTILE, "none" + HOSTILE),
              List.of(uri, HOSTILE, HOSTILE),
              List.of(uri, HOSTILE, "--plan"),
              List.of(uri, HOSTILE, "--plan", "--json"),
              List.of(HOSTILE),
              List.of("test://" + HOSTILE, "--json"),
              List.of(uri, "--from", HOSTILE + ".txt"),
              List.of(uri, "--at-once", HOSTILE))) {
        assertMovesNoTerminal(run("revert-fleet", arguments, HOSTILE));
      }
      JsonObject done = json(revertFleet(HOSTILE, uri, HOSTILE, "--json"));
      assertEquals(HOSTILE, done.get("snapshot").getAsString());
    }
    assertMovesNoTerminal(revertFleet("--resume", HOSTILE + ".json"));
  }

  @Test
  void noTextOfAnEarlierRunMovesTheTerminal() throws Exception {
    String earlier =
        """
        {"snapshot": "shutoff", "running": false, "guarded": false, "safetySnapshot": false,
         "domains": [{"uri": "%s", "domain": "none", "outcome": "UNKNOWN", "reverted": false,
           "message": "%2$s", "found": "%2$s", "safetySnapshot": "%2$s",
           "notStartedAgain": "%2$s", "leftSafetySnapshots": ["%2$s", "\\ud800"]}]}
        """
            .formatted(uri, HOSTILE + "\\u001b[2J\\n");
    Path file = Files.writeString(folder.resolve("earlier.json"), earlier);

    Result text = revertFleet("--resume", file.toString());
    assertMovesNoTerminal(text);
    assertEquals(2, text.out().lines().count(), text.out());
    JsonObject again = json(revertFleet("--resume", file.toString(), "--json"));
    assertEquals(HOSTILE + "\u001b[2J\n", domain(again, 0).get("safetySnapshot").getAsString());
    assertEquals(
        "\ud800", domain(again, 0).getAsJsonArray("leftSafetySnapshots").get(1).getAsString());
  }

  private static JsonObject domain(JsonObject run, int index) {
    return run.getAsJsonArray("domains").get(index).getAsJsonObject();
  }

  private static final String WITH_SECRETS =
      "test+tcp://user:s3cret@127.0.0.1:1/default?password=pa55&no_verify=1";
  private static final String WITHOUT_SECRETS =
      "test+tcp://user:***@127.0.0.1:1/default?password=***&no_verify=1";

  @Test
  void noSecretOfAUriIsPrinted() throws Exception {
    Result failed = revertDomain(WITH_SECRETS, "test", "shutoff", "--json");
    assertEquals(3, failed.status());
    assertTrue(failed.err().contains("at \"" + WITHOUT_SECRETS + "\": "), failed.err());
    assertTrue(json(failed).get("message").getAsString().contains(WITHOUT_SECRETS));

    Result wrong = revertFleet("shutoff", uri, "--per-host", WITH_SECRETS);
    assertTrue(wrong.err().contains(WITHOUT_SECRETS), wrong.err());
    Result text = revertFleet("shutoff", WITH_SECRETS, "test");
    assertTrue(text.out().contains(WITHOUT_SECRETS + " \"test\": "), text.out());
    JsonObject run = json(revertFleet("shutoff", WITH_SECRETS, "test", "--json"));
    assertEquals(WITHOUT_SECRETS, domain(run, 0).get("uri").getAsString());
    JsonObject plan = json(revertFleet("shutoff", WITH_SECRETS, "test", "--json", "--plan"));
    assertEquals(WITHOUT_SECRETS, domain(plan, 0).get("uri").getAsString());
  }
}
