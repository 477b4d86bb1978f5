package io.github.libvirtsnapshot.integration;

import static io.github.libvirtsnapshot.integration.CommandInThisJvm.revertDomain;
import static io.github.libvirtsnapshot.integration.CommandInThisJvm.revertFleet;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Lists;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names and files of other people can't make the commands do anything else than requested. */
@Timeout(900)
class CommandInputIT extends OnRemoteTestDriver {
  @TempDir private Path folder;

  private ProcessBuilder script(String command, String... arguments) {
    String script = Path.of("examples", command).toAbsolutePath().toString();
    return JavaProgram.script(Lists.asList(script, arguments)).directory(folder.toFile());
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private static String[] arguments(String first, List<String> others) {
    return Lists.asList(first, others.toArray(String[]::new)).toArray(String[]::new);
  }

  private static void assertReverts(Result result) {
    assertEquals(0, result.status(), result.err());
  }

  @Test
  void argumentWithAtSignIsNotReadFromAFile() throws Exception {
    Guests.take(domain, "@args.txt");
    Files.writeString(folder.resolve("args.txt"), "shutoff\n--force\n");

    Result named = JavaProgram.run(script("revert-domain", uri, "test", "@args.txt"));
    assertTrue(named.out().contains(", snapshot @args.txt, "), named.toString());
    assertReverts(JavaProgram.run(script("revert-fleet", "--", "@args.txt", uri, "test")));
    assertEquals("@args.txt", domain.snapshotCurrentName().orElseThrow());

    Result list = JavaProgram.run(script("revert-domain", "--list", "--", uri, "@args.txt"));
    assertTrue(list.err().contains("domain \"@args.txt\""), list.toString());
    Files.delete(folder.resolve("args.txt"));
    assertReverts(JavaProgram.run(script("revert-domain", "--", uri, "test", "@args.txt")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--current", "-x", "@@args.txt", "${sys:user.home}", "'a,b'", "{0}%n"})
  void anyNameIsAcceptedAfterTwoHyphens(String name) throws Exception {
    Guests.take(domain, name);
    Guests.take(domain, "later");

    Result result = JavaProgram.run(script("revert-domain", "--force", "--", uri, "test", name));
    assertReverts(result);
    assertTrue(result.out().contains(", snapshot " + name + ", "), result.out());
    assertReverts(revertFleet("--", name, uri, "test"));
    assertEquals(name, domain.snapshotCurrentName().orElseThrow());
  }

  /** The last name would take years if each star could match again and again. */
  @Test
  void matchExpandsOnlyStarsAndQuestionMarks() throws Exception {
    String manyLetters = "a".repeat(2000);
    for (String name : List.of("a.b", "a/b", "[ab]", "\\Qx", manyLetters)) {
      Guests.take(domain, name);
    }

    assertMatches("a.b", "a.b");
    assertMatches("a?b", "a/b");
    assertMatches("*b*", "[ab]");
    assertMatches("[*", "[ab]");
    assertMatches("\\Q?", "\\Qx");
    assertMatches("a*a*a", manyLetters);
    Result none = revertDomain(uri, "test", "--match", "*a*a*a*a*a*a*a*a*c");
    assertEquals(3, none.status(), none.err());
    assertTrue(none.err().contains(" has no snapshot that meets the condition, "), none.err());
  }

  private void assertMatches(String glob, String name) throws Exception {
    Result result = revertDomain(uri, "test", "--match", glob);
    assertReverts(result);
    assertEquals(name, domain.snapshotCurrentName().orElseThrow());
  }

  /** Has C1 controls, DEL, a text direction and invisible characters. */
  private static final String HOSTILE = "a\u009b2Jb\u009d\u007f\u202ec\u200b\u3164\ufe0fd";

  private static void assertPrintsPlainAsciiOnly(Result result) {
    String printed = result.out() + result.err();
    assertTrue(
        printed.codePoints().allMatch(unit -> unit == '\n' || (unit >= ' ' && unit <= '~')),
        () -> LogEscaper.escape(printed));
  }

  @Test
  void revertDomainEscapesHostileNames() throws Exception {
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
        Result result = revertDomain(arguments(uri, arguments));
        assertPrintsPlainAsciiOnly(result);
      }
      JsonObject done = json(revertDomain(uri, HOSTILE, HOSTILE, "--json"));
      assertEquals(HOSTILE, done.get("domain").getAsString());
      assertEquals(HOSTILE, done.get("snapshot").getAsString());
    }
  }

  private static JsonObject json(Result result) {
    assertPrintsPlainAsciiOnly(new Result(result.status(), result.out(), ""));
    return JsonParser.parseString(result.out()).getAsJsonObject();
  }

  @Test
  void revertFleetEscapesHostileNames() throws Exception {
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
              List.of(uri, "--max-concurrent", HOSTILE))) {
        assertPrintsPlainAsciiOnly(revertFleet(arguments(HOSTILE, arguments)));
      }
      JsonObject done = json(revertFleet(HOSTILE, uri, HOSTILE, "--json"));
      assertEquals(HOSTILE, done.get("snapshot").getAsString());
    }
    assertPrintsPlainAsciiOnly(revertFleet("--resume", HOSTILE + ".json"));
  }

  @Test
  void resumeEscapesHostileTextsOfTheFile() throws Exception {
    String earlier =
        """
        {"snapshot": "shutoff", "running": false, "guarded": false, "safetySnapshot": false,
         "domains": [{"uri": "%s", "domain": "none", "outcome": "UNKNOWN", "reverted": false,
           "message": "%2$s", "resolved": "%2$s", "safetySnapshot": "%2$s",
           "notStartedAgain": "%2$s", "leftSafetySnapshots": ["%2$s", "\\ud800"]}]}
        """
            .formatted(uri, HOSTILE + "\\u001b[2J\\n");
    Path file = Files.writeString(folder.resolve("earlier.json"), earlier);

    Result text = revertFleet("--resume", file.toString());
    assertPrintsPlainAsciiOnly(text);
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
      "test+tcp://user@lab:s3cret@127.0.0.1:1/default?password=pa55&no_verify=1";
  private static final String WITHOUT_SECRETS =
      "test+tcp://user@lab:***@127.0.0.1:1/default?password=***&no_verify=1";

  @Test
  void secretsOfUrisAreNotPrinted() throws Exception {
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

  /** If a part of a name was left out, two different names would look the same. */
  @Test
  void nameThatLooksLikeASecretIsPrinted() throws Exception {
    Result result = revertDomain(uri, "test", "x?password=9", "--json");

    assertTrue(result.err().contains("\"x?password=9\""), result.err());
    assertTrue(json(result).get("message").getAsString().contains("\"x?password=9\""));
  }

  @Test
  void longListOfHostsIsReadFromStandardInput() throws Exception {
    String host = "test+tcp://127.0.0.1:1/default web";
    String domains = IntStream.range(0, 40_000).mapToObj(i -> host + i).collect(joining("\n"));
    Path hosts = Files.writeString(folder.resolve("hosts"), domains + "\n" + host + "7\n");

    ProcessBuilder program = script("revert-fleet", "shutoff", "--from", "-");
    Result result = JavaProgram.run(program.redirectInput(hosts.toFile()));

    assertRejects("-", ": domain \"web7\" of \"test+tcp", result);
  }

  private static final String DOMAIN =
      """
      {"uri": "test:///default", "domain": "none", "outcome": "UNKNOWN", "reverted": false,
       "message": "lost", "resolved": null, "safetySnapshot": "before-revert-1",
       "notStartedAgain": null, "leftSafetySnapshots": ["before-revert-0"]}""";

  private static String earlierRun(String domains) {
    return """
        {"snapshot": "shutoff", "running": false, "guarded": false, "safetySnapshot": false,
         "domains": [%s]}"""
        .formatted(domains);
  }

  /** Creates files that no command printed; returns them with their error messages. */
  private Map<String, String> filesThatNoCommandPrinted() throws Exception {
    String notPrinted = " is not the output of ";
    Map<String, String> files = new LinkedHashMap<>();
    files.put("/dev/zero", " is not a regular file");
    files.put(folder.toString(), " is not a regular file");
    files.put("missing", " does not exist");
    PrivateLibvirtd.run("mkfifo", folder.resolve("fifo").toString());
    files.put("fifo", " is not a regular file");
    PrivateLibvirtd.run("truncate", "-s", "3G", folder.resolve("huge").toString());
    files.put("huge", " has more than 16777216 bytes");
    Files.write(folder.resolve("latin1"), "{\"snapshot\": \"\u00e4\"}".getBytes(ISO_8859_1));
    files.put("latin1", " is not in UTF-8");
    for (String text :
        List.of(
            "",
            "null",
            "[",
            "{}",
            "{\"snapshot\": \"x\"} {}",
            "[".repeat(1_000_000),
            "{\"a\":".repeat(1_000_000),
            earlierRun("3"),
            earlierRun("[]"),
            earlierRun(DOMAIN).replace("\"shutoff\"", "3"),
            earlierRun(DOMAIN).replace("\"shutoff\"", "null"),
            earlierRun(DOMAIN).replace("\"shutoff\"", "null, \"selection\": \"--newst\""),
            earlierRun(DOMAIN).replace("\"shutoff\"", "3, \"selection\": \"--newest\""),
            earlierRun(DOMAIN).replace("\"reverted\"", "\"snapshot\": [], \"reverted\""),
            earlierRun(DOMAIN).replace("\"guarded\": false", "\"guarded\": \"no\""),
            earlierRun(DOMAIN).replace("\"uri\": \"test:///default\"", "\"uri\": null"),
            earlierRun(DOMAIN).replace("\"none\"", "[]"),
            earlierRun(DOMAIN).replace("\"none\"", "3"),
            earlierRun(DOMAIN).replace("\"UNKNOWN\"", "\"LOST\""),
            earlierRun(DOMAIN).replace("\"reverted\": false", "\"reverted\": \"false\""),
            earlierRun(DOMAIN).replace("\"lost\"", "{}"),
            earlierRun(DOMAIN).replace("\"resolved\": null,", ""),
            earlierRun(DOMAIN).replace("[\"before-revert-0\"]", "3"),
            earlierRun(DOMAIN).replace("[\"before-revert-0\"]", "[[\"before-revert-0\"]]"))) {
      String name = "text" + files.size();
      Files.writeString(folder.resolve(name), text);
      files.put(name, notPrinted);
    }
    return files;
  }

  private static void assertRejects(String file, String problem, Result result) {
    assertTrue(result.err().contains(": \"" + file + "\"" + problem), file + ": " + result);
    assertEquals(1, result.err().lines().count(), file + ": " + result);
    assertEquals(3, result.status(), file + ": " + result);
  }

  @Test
  void fileThatNoCommandPrintedIsRejected() throws Exception {
    for (Map.Entry<String, String> file : filesThatNoCommandPrinted().entrySet()) {
      String name = file(file.getKey());
      assertRejects(name, file.getValue(), revertFleet("--resume", name));
      assertRejects(name, file.getValue(), revertDomain(uri, "--undo", name));
    }
    for (String value : List.of("3", "null", "[\"x\"]", "{}")) {
      Files.writeString(
          folder.resolve("undo"), "{\"uuid\": \"u\", \"safetySnapshot\": %s}".formatted(value));
      assertRejects(
          file("undo"), " is not the output of ", revertDomain(uri, "--undo", file("undo")));
    }
    Files.writeString(folder.resolve("twice"), earlierRun(DOMAIN + "," + DOMAIN));
    assertRejects(file("twice"), ": domain \"none\" of ", revertFleet("--resume", file("twice")));
  }

  @Test
  void undoFileOfNoDomainIsNamedInTheMessage() throws Exception {
    String file = "{\"uuid\": \"%s\", \"safetySnapshot\": \"shutoff\"}";
    for (String uuid : List.of(domain.getUUIDString(), "", "test", "0".repeat(32))) {
      Files.writeString(folder.resolve("undo"), file.formatted(uuid));
      assertRejects(
          file("undo"), " at \"" + uri + "\": ", revertDomain(uri, "--undo", file("undo")));
    }
    assertEquals("shutoff", domain.snapshotCurrentName().orElseThrow());
  }

  @Test
  void unreadableListOfHostsIsRejected() throws Exception {
    Map<String, String> files = filesThatNoCommandPrinted();
    for (String name :
        List.of("/dev/zero", folder.toString(), "missing", "fifo", "huge", "latin1")) {
      Result result = revertFleet("shutoff", "--from", file(name));
      assertRejects(file(name), files.get(name), result);
    }
    Files.writeString(folder.resolve("no-host"), "web01\n");
    assertRejects(
        file("no-host"),
        ": \"web01\" is not the URI",
        revertFleet("clean-install", "--from", file("no-host")));
  }

  /** The output leaves out the secret, so the host can't be connected to again. */
  @Test
  void hostWithASecretIsNotResumed() throws Exception {
    for (String host : List.of(WITH_SECRETS, WITHOUT_SECRETS)) {
      String other = DOMAIN.replace("\"none\"", "\"other\"");
      String domains = other + "," + DOMAIN.replace("test:///default", host);
      Files.writeString(folder.resolve("done"), earlierRun(domains));

      Result result = revertFleet("--resume", file("done"));
      assertRejects(file("done"), ": the URI \"" + WITHOUT_SECRETS + "\" had a secret", result);
      assertEquals("", result.out());
    }
  }

  /** libvirt runs the program, to whatever it connects. */
  @Test
  void uriInAFileRunsNoProgram() throws Exception {
    Path ran = folder.resolve("ran");
    Path program = Files.writeString(folder.resolve("program"), "#!/bin/sh\ntouch " + ran + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    String ext = "test+ext:///default?comm%61nd=" + program;
    String ssh = "test+ssh://host/default?no_tty=1;COMMAND=" + program;
    for (String host : List.of(ext, ssh)) {
      Files.writeString(folder.resolve("hosts"), uri + " test\n" + host + " test\n");
      String hostAndDomain = DOMAIN.replace("test:///default", host);
      Files.writeString(folder.resolve("done"), earlierRun(DOMAIN + "," + hostAndDomain));
      String problem = ": \"" + host + "\" may run a program through its ";

      assertRejects(file("hosts"), problem, revertFleet("shutoff", "--from", file("hosts")));
      assertRejects(file("done"), problem, revertFleet("--resume", file("done")));
      assertFalse(Files.exists(ran));
      for (List<String> allowed :
          List.of(
              List.of("--from", file("hosts"), "--allow-commands", "shutoff"),
              List.of("--resume", file("done"), "--allow-commands"),
              List.of("shutoff", host, "test"))) {
        Result result = revertFleet(allowed.toArray(String[]::new));
        assertTrue(Files.deleteIfExists(ran), allowed + ": " + result);
      }
    }
  }
}
