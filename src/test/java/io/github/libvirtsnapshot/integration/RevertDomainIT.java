package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.guest.GuestAgent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** examples/revert-domain as people use it in their shells, on a Linux in QEMU. */
@Timeout(180)
@Tag("qemu")
@Tag("another-process")
class RevertDomainIT {
  private static final Pattern CONSOLE = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);

  private PrivateLibvirtd libvirtd;
  private Connect connect;
  private Domain domain;

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    Path linux = TestLinux.copyTo(libvirtd);
    connect = new Connect(libvirtd.qemu());
    domain = connect.domainDefineXML(Guests.linuxXml("web01", libvirtd.disk("web01"), linux, ""));
    domain.create();
    GuestAgent.of(domain).await(Duration.ofMinutes(1));
    Guests.take(domain, "clean-install");
  }

  @AfterEach
  void stop() throws IOException {
    domain.close();
    connect.close();
    libvirtd.close();
  }

  /** Starts a line of a shell that has the command in its path. */
  private Process shell(String line) throws IOException {
    ProcessBuilder shell =
        JavaProgram.script(List.of("sh", "-c", line))
            .directory(libvirtd.directory().toFile())
            .redirectErrorStream(true);
    String examples = Path.of("examples").toAbsolutePath().toString();
    shell.environment().merge("PATH", examples, (path, ours) -> ours + ":" + path);
    shell.environment().put("LAB", libvirtd.qemu());
    return shell.start();
  }

  private String run(String line) throws IOException {
    Process shell = shell(line);
    shell.getOutputStream().close();
    return new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /** Runs a line on a terminal, and types this. */
  private String onTerminal(String line, String typed) throws IOException {
    Process shell = shell("exec script -qec '" + line + "; echo status $?' /dev/null");
    try (var keyboard = shell.outputWriter(StandardCharsets.UTF_8)) {
      keyboard.write(typed);
    }
    return new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .replace("\r", "");
  }

  /** Returns what is the same in each session. */
  private static String withoutVaryingParts(String session) {
    return session
        .replaceAll("before-revert-[0-9TZa-f.-]+", "before-revert-NAME")
        .replaceAll("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z", "TIME")
        .replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID")
        .replaceAll("just now|[0-9]+ min ago", "AGO")
        .replaceAll("[0-9]+ ms", "N ms")
        .replaceAll("[0-9]+\\.[0-9] s", "N s")
        .replaceAll("N s (ahead|behind)", "N s OFF")
        .replaceAll("libvirt [0-9]+\\.[0-9]+\\.[0-9]+", "libvirt VERSION")
        .replaceAll("/\\S+/linux/", "/DIRECTORY/linux/");
  }

  @Test
  void sessionInTheDocumentationIsReal() throws Exception {
    Matcher page = CONSOLE.matcher(Files.readString(Path.of("docs/revert-domain.md")));
    assertTrue(page.find());
    String expected = page.group(1);
    StringBuilder session = new StringBuilder();
    for (String line : expected.lines().filter(text -> text.startsWith("$ ")).toList()) {
      session.append(line).append('\n').append(run(line.substring(2)));
    }
    assertEquals(withoutVaryingParts(expected), withoutVaryingParts(session.toString()));
  }

  @Test
  void domainIsFoundByIdUuidOrName() throws Exception {
    String id = "" + domain.getID();
    for (String name : List.of(id, domain.getUUIDString(), "web01")) {
      String list = run("revert-domain \"$LAB\" " + name + " --list");
      assertEquals("clean-install (running, just now, current)\n", list);
    }
    assertTrue(run("revert-domain \"$LAB\" 4711 --list; echo $?").endsWith("'4711'\n3\n"));
  }

  /** Runs a line on a terminal, with each answer, and then where there is nothing to lose. */
  private void assertAsksBeforeMemoryIsLost(String line) throws Exception {
    DomainStatus before = DomainStatus.of(domain);
    String refused = onTerminal(line, "n\n");
    assertTrue(
        refused.contains("What the guest has in memory will be lost. Go on? [y/N] "), refused);
    assertTrue(refused.endsWith("revert-domain: nothing was done\nstatus 3\n"), refused);
    assertEquals(before, DomainStatus.of(domain));

    String agreed = onTerminal(line, "y\n");
    assertTrue(agreed.endsWith(" ms\nstatus 0\n"), agreed);

    String notAsked = onTerminal(line + " --yes", "");
    assertTrue(notAsked.startsWith("web01: running (from snapshot) -> running"), notAsked);
    Guests.bringTo(domain, DomainState.SHUTOFF);
    String nothingToLose = onTerminal(line, "");
    assertTrue(nothingToLose.startsWith("web01: shut off (destroyed) -> running"), nothingToLose);
  }

  @Test
  void asksOnATerminalBeforeMemoryIsLost() throws Exception {
    assertAsksBeforeMemoryIsLost("revert-domain \"$LAB\" web01 clean-install");
  }

  @Test
  void asksOnATerminalBeforeAnUndoLosesMemory() throws Exception {
    assertEquals(
        "", run("revert-domain \"$LAB\" web01 clean-install --safety-snapshot --json > done.json"));
    String line = "revert-domain \"$LAB\" --undo done.json";
    assertAsksBeforeMemoryIsLost(line);
    String plan = run(line + " --plan");
    assertTrue(plan.contains("    - the contents of the guest's memory\n"), plan);
  }

  /**
   * Starts it, and interrupts it when it has printed this. What a shell starts in the background
   * does not hear of Ctrl-C, and these tests may be started so.
   */
  private List<String> interrupted(String line, String when) throws Exception {
    Process command = shell("exec env --default-signal=INT " + line);
    List<String> lines = new ArrayList<>();
    try (var reader = command.inputReader(StandardCharsets.UTF_8)) {
      for (String next = reader.readLine(); next != null; next = reader.readLine()) {
        lines.add(next);
        if (next.startsWith(when)) {
          PrivateLibvirtd.signal(command.toHandle(), "INT");
        }
      }
    }
    assertTrue(command.waitFor(60, TimeUnit.SECONDS));
    assertEquals(130, command.exitValue(), lines.toString());
    return lines;
  }

  /** Starts a guest that never answers. */
  private Domain defineSilentGuest() throws Exception {
    Path linux = libvirtd.directory().resolve("linux");
    Domain deaf =
        connect.domainDefineXML(Guests.linuxXml("deaf", libvirtd.disk("deaf"), linux, "deaf"));
    deaf.create();
    return deaf;
  }

  @Test
  void interruptPrintsWhatWasDone() throws Exception {
    List<String> asked;
    try (Domain deaf = defineSilentGuest()) {
      Guests.take(deaf, "deaf");
      asked =
          interrupted(
              "revert-domain \"$LAB\" deaf deaf --progress --await-guest 20",
              "* reverted; waiting");
      deaf.destroy();
    }
    assertTrue(
        asked.contains(
            "revert-domain: interrupted: libvirt was asked, and can't be called back; waiting for"
                + " its answer"),
        asked.toString());
    assertTrue(
        asked.get(asked.size() - 1).contains(" was done, but its guest did not answer within "),
        asked.toString());

    DomainStatus before = DomainStatus.of(domain);
    List<String> notAsked =
        interrupted(
            "revert-domain \"$LAB\" web01 clean-install --progress --safety-snapshot",
            "* took safety snapshot");
    boolean calledOff =
        notAsked.contains(
            "revert-domain: interrupted: libvirt was not asked to revert, and will not be");
    assertEquals(calledOff, before.isSameProcessAs(DomainStatus.of(domain)), notAsked.toString());
    assertEquals(calledOff ? 1 : 2, domain.snapshotNum(), notAsked.toString());
  }

  private static final List<String> QUESTIONS =
      List.of("web01 --list", "web01 clean-install --plan", "web01 clean-install");

  private static String noAnswer(String uri) {
    return "revert-domain: domain \"web01\" at \"" + uri + "\": no answer within 3 s";
  }

  /** Runs a command on a host that hangs. */
  private void assertEndsInTime(String uri, String question) throws IOException {
    Instant start = Instant.now();
    String output =
        run("revert-domain \"" + uri + "\" " + question + " --timeout 3; echo status $?");
    assertEquals(noAnswer(uri) + "\nstatus 3\n", output);
    Duration taken = Duration.between(start, Instant.now());
    assertTrue(taken.compareTo(Duration.ofSeconds(10)) < 0, question + ": " + taken);
  }

  @Test
  void timeoutEndsTheWaitForAHangingHost() throws Exception {
    DomainStatus before = DomainStatus.of(domain);
    libvirtd.signal("STOP");
    try {
      for (String question : QUESTIONS) {
        assertEndsInTime(libvirtd.qemu(), question);
      }
      JsonObject late = json("revert-domain \"$LAB\" web01 clean-install --timeout 3 --json");
      assertEquals("NOT_STARTED", late.get("outcome").getAsString());
    } finally {
      libvirtd.signal("CONT");
    }
    assertEquals(before, DomainStatus.of(domain));
  }

  /**
   * Opening a connection takes some calls; the host hangs after these, and after each later one.
   */
  @Test
  void timeoutEndsTheWaitForAHostThatHangsAfterConnecting() throws Exception {
    Path socket = libvirtd.directory().resolve("proxy");
    String uri = "qemu:///session?socket=" + socket;
    int opening;
    try (RpcProxy proxy = RpcProxy.start(socket, libvirtd.socket())) {
      Connect opened = Connect.open(uri, Duration.ofSeconds(30));
      opening = proxy.calls();
      opened.close();
    }
    Files.delete(socket);
    for (String question : QUESTIONS) {
      try (RpcProxy proxy = RpcProxy.start(socket, libvirtd.socket())) {
        proxy.hangAfter(opening);
        assertEndsInTime(uri, question);
      }
      Files.delete(socket);
    }
    try (RpcProxy proxy = RpcProxy.start(socket, libvirtd.socket())) {
      proxy.hangAfter(opening + 1);
      assertRevertEndsInTime(uri);
    }
    Files.delete(socket);
    try (RpcProxy proxy = RpcProxy.start(socket, libvirtd.socket())) {
      proxy.hangAfter(opening);
      String lost = run("revert-domain \"" + uri + "\" web01 --list; echo status $?");
      assertTrue(lost.contains("keepalive"), lost);
      assertTrue(lost.endsWith("\nstatus 3\n"), lost);
    }
  }

  /**
   * From its first question on, the deadline of the revert itself is told; on a busy machine, the
   * first question may come late.
   */
  private void assertRevertEndsInTime(String uri) throws IOException {
    String output =
        run("revert-domain \"" + uri + "\" web01 clean-install --timeout 10; echo status $?");
    assertTrue(output.contains(" was not started: the deadline of "), output);
    assertTrue(output.endsWith(" s passed\nstatus 3\n"), output);
  }

  @Test
  void jsonIsOneObjectForEachOutcome() throws Exception {
    JsonObject paused =
        json("revert-domain \"$LAB\" web01 clean-install --json --paused --timeout 60");
    assertEquals("REVERTED", paused.get("outcome").getAsString());
    assertEquals("paused", paused.getAsJsonObject("after").get("state").getAsString());

    JsonObject clock =
        json(
            "revert-domain \"$LAB\" web01 --current --json --running --await-guest 60 --set-clock");
    assertTrue(clock.getAsJsonObject("guest").get("answered").getAsBoolean());
    assertTrue(clock.getAsJsonObject("clock").has("behindAfterMillis"));

    JsonObject nobody = json("revert-domain \"$LAB\" nobody clean-install --json");
    assertEquals("NOT_STARTED", nobody.get("outcome").getAsString());

    Guests.bringTo(domain, DomainState.SHUTOFF);
    Files.delete(libvirtd.directory().resolve("web01.qcow2"));
    JsonObject failed = json("revert-domain \"$LAB\" web01 clean-install --json");
    assertFalse(failed.get("message").isJsonNull());
    assertEquals("FAILED", failed.get("outcome").getAsString());
    assertTrue(failed.getAsJsonObject("error").get("code").getAsInt() > 0);

    Files.writeString(libvirtd.directory().resolve("other.json"), "{\"uuid\": 3}");
    JsonObject wrongFile = json("revert-domain \"$LAB\" --undo other.json --json");
    assertEquals(
        "\"other.json\" is not what --safety-snapshot --json printed of a revert that can be"
            + " undone",
        wrongFile.get("message").getAsString());
  }

  private JsonObject json(String line) throws IOException {
    return JsonParser.parseString(run(line + " 2> /dev/null")).getAsJsonObject();
  }
}
