package io.github.libvirtsnapshot.integration;

import static io.github.libvirtsnapshot.integration.CommandInThisJvm.revertDomain;
import static io.github.libvirtsnapshot.integration.CommandInThisJvm.revertFleet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.integration.JavaProgram.Result;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the command revert-fleet on two daemons. The test driver's domain of each has three
 * snapshots.
 */
@Timeout(900)
class RevertFleetIT {
  private static final Pattern LAB =
      Pattern.compile(
          "^examples/revert-fleet (lesson-1 (?s:.*?) --together .*)$", Pattern.MULTILINE);

  @TempDir private Path folder;
  private PrivateLibvirtd first;
  private PrivateLibvirtd second;

  /** The domains exist until the last connection is closed. */
  private Connect toFirst;

  @BeforeEach
  void start() throws Exception {
    first = PrivateLibvirtd.started();
    second = new PrivateLibvirtd();
    toFirst = withSnapshots(first);
  }

  private static Connect withSnapshots(PrivateLibvirtd libvirtd) throws Exception {
    Connect connect = new Connect(uri(libvirtd));
    try (Domain domain = connect.domainLookupByName("test")) {
      Guests.takeSnapshots(domain);
    }
    return connect;
  }

  private static String uri(PrivateLibvirtd libvirtd) {
    return libvirtd.uri("test+unix:///default");
  }

  @AfterEach
  void stop() throws IOException {
    toFirst.close();
    first.close();
  }

  /** Resets the handling of Ctrl-C: a shell lets background processes ignore it. */
  private static ProcessBuilder program(String... arguments) {
    return JavaProgram.script(
        ImmutableList.<String>builder()
            .add("env", "--default-signal=INT", "examples/revert-fleet")
            .add(arguments)
            .build());
  }

  private static JsonObject object(String json) {
    return JsonParser.parseString(json).getAsJsonObject();
  }

  private static JsonObject domain(String json, int index) {
    return JsonParser.parseString(json)
        .getAsJsonObject()
        .getAsJsonArray("domains")
        .get(index)
        .getAsJsonObject();
  }

  @Test
  void revertsNamedDomainsOrAllOfAHost() throws Exception {
    Result named = JavaProgram.run(program("shutoff", uri(first), "test"));
    assertEquals(0, named.status(), named.err());
    assertEquals("1 domain: 1 reverted\n", named.out());
    assertEquals("1 of 1 reverted\n", named.err());

    Path file = Files.writeString(folder.resolve("hosts"), "# ours\n\n" + uri(first) + " # all\n");
    Result all = revertFleet("shutoff", "--from", file.toString());
    assertEquals(0, all.status(), all.err());
  }

  @Test
  void progressOverwritesOneLineOnATerminal() throws Exception {
    second.start(Map.of());
    try (Connect toSecond = withSnapshots(second)) {
      String command =
          "examples/revert-fleet shutoff '%s' test '%s' test".formatted(uri(first), uri(second));
      Result result =
          JavaProgram.run(JavaProgram.script(List.of("script", "-qec", command, "/dev/null")));

      assertEquals(0, result.status(), result.out());
      assertEquals(
          "\r1 of 2 reverted\033[K\r2 of 2 reverted\033[K\r\n2 domains: 2 reverted\r\n",
          result.out().replaceAll(", [^\033]*", ""));
      assertTrue(toSecond.isAlive());
    } finally {
      second.close();
    }
  }

  @Test
  void planPrintsAPlanForEachDomain() throws Exception {
    Result plan = revertFleet("shutoff", uri(first), "test", uri(second), "--plan");
    assertEquals(1, plan.status());
    assertTrue(
        plan.out().startsWith("plan: revert domain \"test\" to snapshot \"shutoff\""), plan.out());
    assertTrue(
        plan.out().contains("\nno plan: " + uri(second) + " (domains not listed): "), plan.out());

    Result json = revertFleet("shutoff", uri(first), "test", "--plan", "--json");
    assertTrue(domain(json.out(), 0).get("matchesTarget").getAsBoolean(), json.out());
    assertEquals("shutoff", domain(json.out(), 0).get("snapshot").getAsString());
  }

  @Test
  void exitCodeOfAPlanIsThatOfRevertDomain() throws Exception {
    assertPlanExitsWith(0, uri(first), "test", "shutoff");
    assertPlanExitsWith(3, uri(first), "test", "clean-install");
    assertPlanExitsWith(3, uri(first), "web01", "shutoff");
    assertPlanExitsWith(3, uri(second), "test", "shutoff");

    Result some = revertFleet("shutoff", uri(first), "test", "web01", "--plan");
    assertEquals(1, some.status(), some.out());
    assertTrue(
        some.out().contains("no domain has the name \"web01\": the domains are \"test\""),
        some.out());
  }

  private static void assertPlanExitsWith(int status, String uri, String domain, String snapshot)
      throws Exception {
    Result fleet = revertFleet(snapshot, uri, domain, "--plan");
    assertEquals(status, fleet.status(), fleet.out());
    Result one = revertDomain(uri, domain, snapshot, "--plan");
    assertEquals(status, one.status(), one.err());
  }

  @Test
  void htmlIsAPageOfTheRun() throws Exception {
    Path page = folder.resolve("report.html");
    Result run =
        revertFleet("shutoff", uri(second), "test", uri(first), "test", "--html", page.toString());

    assertEquals(1, run.status(), run.err());
    String html = Files.readString(page);
    assertTrue(html.contains("<h1>2 domains: 1 reverted, 1 not started</h1>"), html);
    assertTrue(html.contains("test: reverted, "), html);
  }

  @Test
  void nothingIsRevertedIfThePageCannotBeWritten() throws Exception {
    Path page = folder.resolve("gone/report.html");
    Result run = revertFleet("running", uri(first), "test", "--html", page.toString());

    assertEquals(3, run.status());
    assertEquals(
        "revert-fleet: \"" + page + "\" can't be written: its folder does not exist\n", run.err());
    try (Domain domain = toFirst.domainLookupByName("test")) {
      assertFalse(domain.isActive());
    }
  }

  @Test
  void resumeRevertsOnlyTheUnrevertedDomains() throws Exception {
    Result some = revertFleet("shutoff", uri(second), "test", uri(first), "test", "--json");
    assertEquals(1, some.status(), some.err());
    assertEquals("NOT_STARTED", domain(some.out(), 0).get("outcome").getAsString());
    assertEquals("REVERTED", domain(some.out(), 1).get("outcome").getAsString());

    Path done = Files.writeString(folder.resolve("done"), some.out());
    assertEquals(3, revertFleet("--resume", done.toString()).status());
    second.start(Map.of());
    try (Connect toSecond = withSnapshots(second)) {
      Result rest = revertFleet("--resume", done.toString());
      assertEquals("1 domain: 1 reverted\n", rest.out(), rest.err());
      assertTrue(toSecond.isAlive());
    } finally {
      second.close();
    }
  }

  @Test
  void resumeUsesTheSnapshotAndOptionsOfTheEarlierRun() throws Exception {
    Result run =
        revertFleet("running", uri(second), "test", "--running", "--safety-snapshot", "--json");
    assertEquals(3, run.status(), run.err());
    Path done = Files.writeString(folder.resolve("done"), run.out());
    second.start(Map.of());
    try (Connect toSecond = withSnapshots(second);
        Domain domain = toSecond.domainLookupByName("test")) {
      Result rest = revertFleet("--resume", done.toString(), "--json");

      assertEquals(0, rest.status(), rest.err());
      assertEquals("running (from snapshot)", domain.getState().toString());
      assertTrue(
          domain(rest.out(), 0).get("safetySnapshot").getAsString().startsWith("before-revert-"));
    } finally {
      second.close();
    }
  }

  @Test
  void optionsSelectTheSnapshotOfEachDomain() throws Exception {
    Result newest = revertFleet("--newest", uri(first), "test", "--json");
    assertEquals(0, newest.status(), newest.err());
    assertEquals("shutoff", domain(newest.out(), 0).get("snapshot").getAsString());

    Result matching = revertFleet("--match", "run*", uri(first), "--json", "--safety-snapshot");
    assertEquals("running", domain(matching.out(), 0).get("snapshot").getAsString());

    Result root = revertFleet(uri(first), "test", "--parent", "--plan");
    assertEquals(3, root.status(), root.err());
    assertTrue(
        root.out().contains("the current snapshot \"running\" of domain \"test\" has no parent"),
        root.out());
    Result again = revertFleet("--newest", uri(first), "test", "--json");
    assertEquals("shutoff", domain(again.out(), 0).get("snapshot").getAsString());
    Result parent = revertFleet("--parent", uri(first), "test", "--json");
    assertEquals("paused", domain(parent.out(), 0).get("snapshot").getAsString());
  }

  @Test
  void resumeSelectsTheSnapshotAsTheEarlierRunDid() throws Exception {
    Result run = revertFleet("--match", "pau*", uri(second), "test", "--json");
    assertEquals(3, run.status(), run.err());
    Path done = Files.writeString(folder.resolve("done"), run.out());
    second.start(Map.of());
    try (Connect toSecond = withSnapshots(second)) {
      Result rest = revertFleet("--resume", done.toString(), "--json");

      assertEquals("paused", domain(rest.out(), 0).get("snapshot").getAsString(), rest.err());
      assertTrue(toSecond.isAlive());
    } finally {
      second.close();
    }
  }

  /** The earlier run left the domain at the parent, whose own parent is another snapshot. */
  @Test
  void resumeRevertsAStartedDomainToTheSameSnapshot() throws Exception {
    Path done =
        Files.writeString(
            folder.resolve("done"),
            """
            {"snapshot": null, "selection": "--parent",
             "running": false, "guarded": false, "safetySnapshot": false,
             "domains": [{"uri": "%s", "domain": "test", "snapshot": "paused",
               "outcome": "WRONG_STATE", "reverted": false, "message": null, "resolved": null,
               "safetySnapshot": null, "notStartedAgain": null, "leftSafetySnapshots": []}]}
            """
                .formatted(uri(first)));
    try (Domain domain = toFirst.domainLookupByName("test");
        DomainSnapshot paused = domain.snapshotLookupByName("paused")) {
      domain.revertToSnapshot(paused);
    }

    Result rest = revertFleet("--resume", done.toString(), "--json");

    assertEquals(0, rest.status(), rest.err());
    assertEquals("paused", domain(rest.out(), 0).get("snapshot").getAsString());
  }

  @Test
  void togetherRevertsAllOrNone() throws Exception {
    Result none = revertFleet("shutoff", uri(first), "test", "web01", "--together", "--json");
    assertEquals(3, none.status(), none.err());
    for (int each = 0; each < 2; each++) {
      JsonObject untouched = domain(none.out(), each);
      assertEquals("NOT_STARTED", untouched.get("outcome").getAsString());
      assertTrue(untouched.get("asBefore").getAsBoolean(), none.out());
    }
    assertTrue(
        domain(none.out(), 0).get("message").getAsString().contains("\"web01\" of " + uri(first)),
        none.out());

    Path done = Files.writeString(folder.resolve("done"), none.out().replace("web01", "web02"));
    Result again = revertFleet("--resume", done.toString());
    assertEquals(3, again.status(), again.out());
    assertTrue(again.out().contains("\"web02\" of " + uri(first)), again.out());

    Result all = revertFleet("shutoff", uri(first), "test", "--together", "--json");
    assertEquals(0, all.status(), all.err());
    assertTrue(domain(all.out(), 0).get("reverted").getAsBoolean(), all.out());
    assertTrue(
        domain(all.out(), 0).get("safetySnapshot").getAsString().startsWith("before-revert-"),
        all.out());
  }

  /** The test driver has one domain for each host, and its snapshots have other names. */
  @Test
  void commandOnThePageRevertsTheDomainsOfALab() throws Exception {
    Matcher command = LAB.matcher(Files.readString(Path.of("docs/scale.md")));
    assertTrue(command.find());
    String ours =
        command
            .group(1)
            .replace("lesson-1", "shutoff")
            .replace("qemu+tls://host1/system router attacker victim", uri(first) + " test")
            .replace("qemu+tls://host2/system dc01 file01", uri(second) + " test");
    second.start(Map.of());
    try (Connect toSecond = withSnapshots(second)) {
      Result run = revertFleet(ours.split("[ \\\\\n]+"));

      assertEquals("2 domains: 2 reverted\n", run.out(), run.err());
      assertEquals(0, run.status());
      assertTrue(toSecond.isAlive());
    } finally {
      second.close();
    }
  }

  /** libvirt's test driver leaves a domain shut off after a revert to "shutoff" with PAUSED. */
  @Test
  void resumingTogetherLeavesTheDomainsRunning() throws Exception {
    Result plan = revertFleet("paused", uri(first), "test", "--resuming-together", "--plan");
    assertEquals(0, plan.status(), plan.err());
    assertTrue(plan.out().contains("\nresuming together: "), plan.out());

    Result none = revertFleet("shutoff", uri(first), "test", "--resuming-together", "--json");
    assertEquals(3, none.status(), none.out());
    assertTrue(object(none.out()).get("resumeSpreadMillis").isJsonNull(), none.out());

    Path done = Files.writeString(folder.resolve("done"), none.out().replace("shutoff", "paused"));
    Result all = revertFleet("--resume", done.toString(), "--json");
    assertEquals(0, all.status(), all.err());
    assertTrue(object(all.out()).get("resumingTogether").getAsBoolean(), all.out());
    assertEquals(0, object(all.out()).get("resumeSpreadMillis").getAsInt());
    try (Domain domain = toFirst.domainLookupByName("test")) {
      assertEquals(DomainState.RUNNING, domain.getState().state());
    }
  }

  /**
   * The guest may have been stopped; the result must not lose this because the host is down now.
   */
  @Test
  void unknownOutcomeStaysUnknownIfTheHostIsDown() throws Exception {
    Path done =
        Files.writeString(
            folder.resolve("done"),
            """
            {"snapshot": "shutoff", "running": false, "guarded": false, "safetySnapshot": true,
             "domains": [{"uri": "%s", "domain": "test", "outcome": "UNKNOWN", "reverted": false,
               "message": "lost", "resolved": null, "safetySnapshot": "before-revert-1",
               "notStartedAgain": null, "leftSafetySnapshots": ["before-revert-0"]}]}
            """
                .formatted(uri(second)));

    Result json = revertFleet("--resume", done.toString(), "--json");
    assertEquals(4, json.status(), json.err());
    JsonObject domain = domain(json.out(), 0);
    assertEquals("UNKNOWN", domain.get("outcome").getAsString());
    assertEquals("before-revert-1", domain.get("safetySnapshot").getAsString());
    assertTrue(domain.get("notStartedAgain").getAsString().contains("Failed to connect"));

    Result text = revertFleet("--resume", done.toString());
    assertTrue(
        text.out()
            .startsWith(
                "1 domain: 1 unknown\n"
                    + uri(second)
                    + " \"test\": UNKNOWN: lost; not started again: "),
        text.out());
    assertTrue(
        text.out().endsWith("; safety snapshots that may still exist: [\"before-revert-0\"]\n"),
        text.out());
  }

  @Test
  void interruptPrintsTheOutcomeOfEachDomain() throws Exception {
    second.start(Map.of());
    try (Connect toSecond = withSnapshots(second)) {
      second.signal("STOP");
      Process process = program("shutoff", uri(first), "test", uri(second), "test").start();
      try {
        BufferedReader err =
            new BufferedReader(
                new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        assertEquals("1 of 2 reverted", err.readLine());
        PrivateLibvirtd.signal(process.toHandle(), "INT");
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));

        assertEquals(130, process.exitValue());
        assertEquals(
            "revert-fleet: interrupted: no further revert is started; waiting for the running"
                + " reverts",
            err.readLine());
        assertTrue(domain(out, 0).get("reverted").getAsBoolean(), out);
        assertEquals("NOT_STARTED", domain(out, 1).get("outcome").getAsString());
      } finally {
        second.signal("CONT");
        process.destroyForcibly();
      }
      assertTrue(toSecond.isAlive());
    } finally {
      second.close();
    }
  }

  @Test
  void wrongUsageIsRejected() throws Exception {
    assertUsage(
        "SNAPSHOT is missing; type: revert-fleet SNAPSHOT URI [DOMAIN]..., or --newest, or --resume"
            + " FILE");
    assertUsage(
        "the host is missing; type: revert-fleet SNAPSHOT URI [DOMAIN]..., or add --from FILE",
        "clean");
    assertUsage(
        "--resume reads the snapshot and the hosts from its file; omit SNAPSHOT, URI, DOMAIN and"
            + " --from",
        "clean",
        "--resume",
        "/dev/null");
    assertUsage(
        "--resume reads how the snapshot is selected from its file; omit --parent",
        "--parent",
        "--resume",
        "/dev/null");
    assertUsage(
        "--newest takes no SNAPSHOT; omit \"clean\"", "--newest", "clean", "test:///default");
    assertUsage(
        "--newest, --match=GLOB are mutually exclusive (specify only one)",
        "--newest",
        "--match",
        "clean-*",
        "test:///default");
    assertUsage(
        "\"web01\" is not the URI of a host, such as qemu+tls://host1/system", "clean", "web01");
    assertUsage(
        "\"test:///default\" is given twice", "clean", "test:///default", "test:///default");
    assertUsage(
        "domain \"web01\" of \"test:///default\" is named twice",
        "clean",
        "test:///default",
        "web01",
        "web01");
    assertUsage(
        "--html shows the result of reverts; omit it, or --plan",
        "clean",
        "test:///default",
        "--plan",
        "--html",
        "page.html");
    assertUsage(
        "Invalid value for option '--max-concurrent': \"0\" is not a whole number from 1 to"
            + " 2147483647",
        "clean",
        "test:///default",
        "--max-concurrent",
        "0");
  }

  private static void assertUsage(String problem, String... arguments) throws Exception {
    Result result = revertFleet(arguments);
    assertEquals("revert-fleet: " + problem + "; see --help\n", result.err());
    assertEquals(2, result.status());
  }
}
