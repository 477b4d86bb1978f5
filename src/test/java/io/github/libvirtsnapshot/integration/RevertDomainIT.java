package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.GuestAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs examples/revert-domain in a shell, on a Linux guest in QEMU. */
@Timeout(900)
@Tag("qemu")
@Tag("another-process")
class RevertDomainIT {
  private static final Pattern CONSOLE = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);

  private static PrivateLibvirtd libvirtd;
  private static Connect connect;
  private static Domain domain;

  @BeforeAll
  static void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    Path linux = TestLinux.copyTo(libvirtd);
    connect = new Connect(libvirtd.qemu());
    domain = connect.domainDefineXML(Guests.linuxXml("web01", libvirtd.disk("web01"), linux, ""));
    libvirtd.createPool("images");
    domain.create();
    GuestAgent.of(domain).await(Duration.ofMinutes(1));
    Guests.take(domain, "clean-install");
  }

  /** Each test has the guest as it was after its start, with one snapshot that was just taken. */
  @BeforeEach
  void restore() throws LibvirtException {
    try (DomainSnapshot clean = domain.snapshotLookupByName("clean-install")) {
      domain.revertToSnapshot(clean, RevertFlag.RUNNING, RevertFlag.FORCE);
    }
    for (DomainSnapshot snapshot : domain.listAllSnapshots()) {
      snapshot.delete();
      snapshot.close();
    }
    Guests.take(domain, "clean-install");
  }

  @AfterAll
  static void stop() throws IOException {
    domain.close();
    connect.close();
    libvirtd.close();
  }

  /** Starts a line in a shell that has the command in its path. */
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

  private String run(String line) {
    try {
      Process shell = shell(line);
      shell.getOutputStream().close();
      return new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a line on a terminal, and types a text. */
  private String onTerminal(String line, String typed) throws IOException {
    Process shell = shell("exec script -qec '" + line + "; echo status $?' /dev/null");
    try (var keyboard = shell.outputWriter(StandardCharsets.UTF_8)) {
      keyboard.write(typed);
    }
    return new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .replace("\r", "");
  }

  /** Replaces the parts of a session that differ in each run. */
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
    String id = "" + DomainStatus.of(domain).id().orElseThrow();
    for (String name : List.of(id, domain.getUUIDString(), "web01")) {
      String list = run("revert-domain \"$LAB\" " + name + " --list");
      assertTrue(
          list.matches("clean-install \\(running, (just now|\\d+ min ago), current\\)\n"), list);
    }
    String missing = run("revert-domain \"$LAB\" 4711 --list; echo $?");
    assertTrue(
        missing.endsWith("'4711'; no domain has the name \"4711\": the domains are \"web01\"\n3\n"),
        missing);
  }

  /** Runs a line on a terminal with each answer, with --yes, and on a domain that is shut off. */
  private void assertAsksBeforeMemoryIsLost(String line) throws Exception {
    DomainStatus before = DomainStatus.of(domain);
    String refused = onTerminal(line, "n\n");
    assertTrue(
        refused.contains("The contents of the guest's memory will be lost. Continue? [y/N] "),
        refused);
    assertTrue(
        refused.endsWith("revert-domain: not confirmed; nothing was changed\nstatus 3\n"), refused);
    assertEquals(before, DomainStatus.of(domain));

    String agreed = onTerminal(line, "y\n");
    assertTrue(agreed.endsWith(" ms\nstatus 0\n"), agreed);

    String confirmed = onTerminal(line + " --yes", "");
    assertTrue(confirmed.startsWith("web01: running (from snapshot) -> running"), confirmed);
    Guests.bringTo(domain, DomainState.SHUTOFF);
    String nothingToLose = onTerminal(line, "");
    assertTrue(nothingToLose.startsWith("web01: shut off (destroyed) -> running"), nothingToLose);
  }

  @Test
  void asksOnATerminalBeforeMemoryIsLost() throws Exception {
    assertAsksBeforeMemoryIsLost("revert-domain \"$LAB\" web01 clean-install");
  }

  @Test
  void newerSnapshotThatIsTakenBeforeTheAnswer_isNotSelected() throws Exception {
    Process command = shell("exec script -qec 'revert-domain \"$LAB\" web01 --newest' /dev/null");
    StringBuilder shown = new StringBuilder();
    try (var screen = command.inputReader(StandardCharsets.UTF_8);
        var keyboard = command.outputWriter(StandardCharsets.UTF_8)) {
      for (int next = screen.read(); next != -1; next = screen.read()) {
        shown.append((char) next);
        if (shown.toString().endsWith("[y/N] ")) {
          Guests.take(domain, "newer");
          keyboard.write("y\n");
          keyboard.flush();
        }
      }
    }
    assertTrue(shown.toString().contains("to snapshot \"clean-install\""), shown::toString);
    assertTrue(shown.toString().contains(", snapshot clean-install, "), shown::toString);
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
   * Starts a command, and interrupts it when it has printed this. The command resets the handling
   * of the signal, as a shell that starts these tests in the background lets them ignore it.
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

  /** Starts a guest whose agent never responds. */
  private Domain defineSilentGuest() throws Exception {
    Path linux = libvirtd.directory().resolve("linux");
    Domain silent =
        connect.domainDefineXML(Guests.linuxXml("silent", libvirtd.disk("silent"), linux, "deaf"));
    silent.create();
    return silent;
  }

  @Test
  void interruptPrintsWhatWasDone() throws Exception {
    List<String> running;
    try (Domain silent = defineSilentGuest()) {
      Guests.take(silent, "clean-install");
      running =
          interrupted(
              "revert-domain \"$LAB\" silent clean-install --progress --await-guest 10",
              "* reverted; waiting");
      silent.destroy();
    }
    assertTrue(
        running.contains(
            "revert-domain: interrupted: libvirt is reverting and can't be stopped; waiting for the"
                + " result"),
        running.toString());
    assertTrue(
        running
            .get(running.size() - 1)
            .contains(" was done, but its guest did not respond within "),
        running.toString());

    DomainStatus before = DomainStatus.of(domain);
    List<String> early =
        interrupted(
            "revert-domain \"$LAB\" web01 clean-install --progress --safety-snapshot",
            "* created safety snapshot");
    boolean cancelled =
        early.contains(
            "revert-domain: interrupted: the revert was cancelled before it was started");
    assertEquals(cancelled, before.isSameProcessAs(DomainStatus.of(domain)), early.toString());
    assertEquals(cancelled ? 1 : 2, domain.snapshotNum(), early.toString());
  }

  private static final List<String> ACTIONS =
      List.of("web01 --list", "web01 clean-install --plan", "web01 clean-install");

  private static String noResponse(String uri) {
    return "revert-domain: domain \"web01\" at \""
        + uri
        + "\": the host did not respond within 3 s";
  }

  /** Runs a command on a host that hangs. */
  private void assertEndsInTime(String uri, String action) {
    String output = run("revert-domain \"" + uri + "\" " + action + " --timeout 3; echo status $?");
    assertEquals(noResponse(uri) + "\nstatus 3\n", output, action);
  }

  @Test
  void timeoutEndsTheWaitForAHangingHost() throws Exception {
    DomainStatus before = DomainStatus.of(domain);
    libvirtd.signal("STOP");
    try {
      for (String action : ACTIONS) {
        assertEndsInTime(libvirtd.qemu(), action);
      }
      JsonObject late = json("revert-domain \"$LAB\" web01 clean-install --timeout 3 --json");
      assertEquals("NOT_STARTED", late.get("outcome").getAsString());
    } finally {
      libvirtd.signal("CONT");
    }
    assertEquals(before, DomainStatus.of(domain));
  }

  /** Returns the number of calls that open a connection. */
  private int callsOfOpening() throws Exception {
    Path socket = libvirtd.directory().resolve("proxy");
    String uri = "qemu:///session?socket=" + socket;
    try (RpcProxy proxy = RpcProxy.start(socket, libvirtd.socket());
        Connect opened = Connect.open(uri, Duration.ofSeconds(30))) {
      assertTrue(opened.isConnected());
      return proxy.calls();
    }
  }

  /** Uses a host that hangs after this number of calls. */
  private void onHangingHost(String name, int calls, Consumer<String> useOfUri) {
    Path socket = libvirtd.directory().resolve(name);
    try (RpcProxy proxy = RpcProxy.start(socket, libvirtd.socket())) {
      proxy.hangAfter(calls);
      useOfUri.accept("qemu:///session?socket=" + socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The host hangs after the calls that open the connection, and after one more call. The commands
   * mostly wait, so three of them run at the same time.
   */
  @Test
  void timeoutEndsTheWaitForAHostThatHangsAfterConnecting() throws Exception {
    int opening = callsOfOpening();

    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      CompletableFuture.allOf(
              CompletableFuture.runAsync(
                  () -> onHangingHost("revert", opening + 1, this::assertRevertEndsInTime),
                  threads),
              CompletableFuture.runAsync(
                  () -> onHangingHost("list", opening, this::assertListEndsByKeepalive), threads),
              CompletableFuture.runAsync(() -> assertActionsEndInTime(opening), threads))
          .join();
    } finally {
      threads.shutdown();
    }
  }

  private void assertActionsEndInTime(int calls) {
    for (String action : ACTIONS) {
      String name = "action" + ACTIONS.indexOf(action);
      onHangingHost(name, calls, uri -> assertEndsInTime(uri, action));
    }
  }

  private void assertListEndsByKeepalive(String uri) {
    String lost = run("revert-domain \"" + uri + "\" web01 --list; echo status $?");
    assertTrue(lost.contains("keepalive"), lost);
    assertTrue(lost.endsWith("\nstatus 3\n"), lost);
  }

  /**
   * The host hangs after the first query of the revert, so the message is that of the revert's own
   * deadline. The limit is long because the first query may be late on a busy machine.
   */
  private void assertRevertEndsInTime(String uri) {
    String output =
        run("revert-domain \"" + uri + "\" web01 clean-install --timeout 10; echo status $?");
    assertTrue(output.contains(" was not started: the deadline of "), output);
    assertTrue(
        output.endsWith(
            " s passed; way out: allow more time: revertAsync(executor, deadline), or:"
                + " revert-domain --timeout SECONDS\nstatus 3\n"),
        output);
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
    assertTrue(clock.getAsJsonObject("guest").get("responded").getAsBoolean());
    assertTrue(clock.getAsJsonObject("clock").has("behindAfterMillis"));

    JsonObject closed =
        json("revert-domain \"$LAB\" web01 --current --json --await-guest 5 --await-tcp 22");
    assertEquals("GUEST_SILENT", closed.get("outcome").getAsString());
    JsonObject probe =
        closed.getAsJsonObject("guest").getAsJsonArray("probes").get(0).getAsJsonObject();
    assertEquals("TCP port 22", probe.get("name").getAsString());
    assertEquals("NOT_READY", probe.get("outcome").getAsString());
    assertEquals("no address of the guest is known", probe.get("reason").getAsString());

    JsonObject nobody = json("revert-domain \"$LAB\" nobody clean-install --json");
    assertEquals("NOT_STARTED", nobody.get("outcome").getAsString());

    Guests.bringTo(domain, DomainState.SHUTOFF);
    Path disk = libvirtd.directory().resolve("web01.qcow2");
    Path away = Files.move(disk, disk.resolveSibling("away.qcow2"));
    try {
      JsonObject failed = json("revert-domain \"$LAB\" web01 clean-install --json");
      assertFalse(failed.get("message").isJsonNull());
      assertEquals("FAILED", failed.get("outcome").getAsString());
      assertTrue(failed.getAsJsonObject("error").get("code").getAsInt() > 0);
    } finally {
      Files.move(away, disk);
    }

    Files.writeString(libvirtd.directory().resolve("other.json"), "{\"uuid\": 3}");
    JsonObject wrongFile = json("revert-domain \"$LAB\" --undo other.json --json");
    assertEquals(
        "\"other.json\" is not the output of a revert with a safety snapshot; such a file is made"
            + " by: revert-domain URI DOMAIN SNAPSHOT --safety-snapshot --json > FILE",
        wrongFile.get("message").getAsString());
  }

  @Test
  void safetySnapshotIsListedAndDeleted() throws Exception {
    JsonObject done = json("revert-domain \"$LAB\" web01 clean-install --safety-snapshot --json");
    String name = done.get("safetySnapshot").getAsString();
    String delete = "revert-domain \"$LAB\" web01 --delete-safety-snapshot " + name;
    assertTrue(run("revert-domain \"$LAB\" web01 --list").contains(name));

    assertEquals(
        "deleted safety snapshot " + name + "\nstatus 0\n", run(delete + "; echo status $?"));
    assertEquals(List.of("clean-install"), List.of(domain.snapshotListNames()));
    String again = run(delete + "; echo status $?");
    assertTrue(again.endsWith("; the snapshots are \"clean-install\"\nstatus 3\n"), again);
    String other = run("revert-domain \"$LAB\" web01 --delete-safety-snapshot clean-install");
    assertTrue(other.contains("\"clean-install\" is not the name of a safety snapshot"), other);
    assertEquals(List.of("clean-install"), List.of(domain.snapshotListNames()));
  }

  /** The next start would damage the file systems of the guest. */
  @Test
  void remainingManagedSaveImageIsNamed() throws Exception {
    domain.managedSave();
    String output = run("revert-domain \"$LAB\" web01 clean-install");
    domain.managedSaveRemove();

    assertTrue(
        output.contains(
            "revert-domain: warning: the managed save image still exists, and the next start would"
                + " resume its memory on the reverted disks; remove it: virsh managedsave-remove "
                + domain.getUUIDString()),
        output);
  }

  private JsonObject json(String line) throws IOException {
    return JsonParser.parseString(run(line + " 2> /dev/null")).getAsJsonObject();
  }
}
