package io.github.libvirtsnapshot.integration;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertIntent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs examples/temporal with Temporal's test server, and kills workers. The test counts the
 * reverts in libvirtd's log, and reads the current snapshot of each domain with virsh.
 */
@Timeout(900)
class TemporalIT {
  private static final String SAFETY =
      "before-revert-2026-01-02T03-04-05.678Z-0f8fad5b-d9cb-469f-a165-70867728950e";

  private static final Path EXAMPLE = Path.of("target/examples/temporal/target");
  private static final int KILLS = Integer.getInteger("temporal.kills", 5);
  private static final int TEST_DRIVERS = 2;
  private static final int DOMAINS = 30;
  private static final String GUEST = "qemu";

  /** The delay of libvirt's responses, so that a worker can be killed between two calls. */
  private static final Duration ROUND_TRIP = Duration.ofMillis(40);

  @TempDir private Path folder;
  private final List<PrivateLibvirtd> testDrivers = new ArrayList<>();
  private final List<RpcProxy> proxies = new ArrayList<>();

  /** Open connections: the test driver's domains exist until the last one is closed. */
  private final List<Connect> keeping = new ArrayList<>();

  private PrivateLibvirtd qemu;
  private final List<Process> processes = new ArrayList<>();
  private final int port = freePort();

  private static int freePort() {
    try {
      return PrivateLibvirtd.freePort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void start() throws Exception {
    assertTrue(
        Files.isDirectory(EXAMPLE.resolve("jars")),
        "examples/temporal is not built; run mvn verify without -Dinvoker.skip");
    for (int i = 0; i < TEST_DRIVERS; i++) {
      testDrivers.add(started());
      addDomains(testDrivers.get(i));
    }
    qemu = started();
    try (Connect connect = new Connect(qemu.qemu())) {
      prepare(connect.domainDefineXML(Guests.qemuXml(GUEST, qemu.disk(GUEST))));
    }
    processes.add(java("server", "io.temporal.testserver.TestServer", String.valueOf(port)));
    awaitServer();
  }

  /** Starts a libvirtd that logs its calls, behind a proxy that delays the responses. */
  private PrivateLibvirtd started() throws IOException {
    PrivateLibvirtd libvirtd = PrivateLibvirtd.logging();
    RpcProxy proxy = RpcProxy.start(far(libvirtd), libvirtd.socket());
    proxy.setRoundTrip(ROUND_TRIP);
    proxies.add(proxy);
    return libvirtd;
  }

  private static Path far(PrivateLibvirtd libvirtd) {
    return libvirtd.directory().resolve("far");
  }

  private void addDomains(PrivateLibvirtd libvirtd) throws Exception {
    Connect connect = new Connect(libvirtd.uri("test+unix:///default"));
    keeping.add(connect);
    for (int i = 0; i < DOMAINS; i++) {
      prepare(connect.domainDefineXML(Guests.testXml(name(i))));
    }
  }

  private static String name(int domain) {
    return "vm%02d".formatted(domain);
  }

  private static String names(int domains) {
    return IntStream.range(0, domains).mapToObj(TemporalIT::name).collect(joining(","));
  }

  /** On libvirt 7.0, the test driver leaves each domain paused. */
  private static void prepare(Domain domain) throws LibvirtException {
    try (domain) {
      Guests.bringTo(domain, DomainState.PAUSED);
      Guests.take(domain, "clean");
      Guests.take(domain, "used");
    }
  }

  @AfterEach
  void stop() throws Exception {
    processes.forEach(Process::destroyForcibly);
    for (Process process : processes) {
      process.waitFor();
    }
    keeping.forEach(Connect::close);
    for (RpcProxy proxy : proxies) {
      proxy.close();
    }
    for (PrivateLibvirtd libvirtd : testDrivers) {
      libvirtd.close();
    }
    qemu.close();
  }

  private Process java(String log, String program, String... arguments) throws IOException {
    List<String> command =
        ImmutableList.<String>builder()
            .add(Path.of(System.getProperty("java.home"), "bin", "java").toString())
            .add(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
            .add("-cp", JavaProgram.path(folder, classPath()))
            .add(program)
            .add(arguments)
            .build();
    return new ProcessBuilder(command)
        .redirectError(Redirect.appendTo(folder.resolve(log).toFile()))
        .start();
  }

  private static String classPath() {
    return JavaProgram.path(EXAMPLE.resolve("classes"), EXAMPLE.resolve("jars/*"));
  }

  private String log(String name) {
    try {
      return Files.readString(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitServer() throws Exception {
    while (true) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException e) {
        assertTrue(processes.get(0).isAlive(), log("server"));
        Thread.sleep(50);
      }
    }
  }

  private Process worker() throws IOException {
    Process worker = java("workers", "durable.Worker", "127.0.0.1:" + port, "0");
    processes.add(worker);
    return worker;
  }

  /** Starts the run, or waits for the run that was started before. */
  private Process run() throws IOException {
    ImmutableList.Builder<String> hosts = ImmutableList.builder();
    hosts.add("qemu:///session?socket=" + far(qemu) + "=" + GUEST);
    for (PrivateLibvirtd libvirtd : testDrivers) {
      hosts.add("test+unix:///default?socket=" + far(libvirtd) + "=" + names(DOMAINS));
    }
    return start("nightly", hosts.build());
  }

  private Process start(String name, List<String> hosts) throws IOException {
    Process run =
        java(
            "run",
            "durable.Start",
            ImmutableList.<String>builder()
                .add("127.0.0.1:" + port, name, "clean")
                .addAll(hosts)
                .build()
                .toArray(String[]::new));
    processes.add(run);
    return run;
  }

  @Test
  @Tag("qemu")
  void killedWorkersRevertEachGuestOnce() throws Exception {
    List<Process> workers = new ArrayList<>(List.of(worker(), worker()));
    Process run = run();
    while (qemu.timesAskedToRevert() == 0) {
      Thread.sleep(20);
    }
    killAll(workers);
    killAll(List.of(run));
    workers = new ArrayList<>(List.of(worker(), worker()));
    run = run();
    killAtRandom(workers);
    String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    List<String> results = out.lines().toList();
    long resolved =
        results.stream().filter(line -> line.contains(": an earlier worker crashed;")).count();
    System.out.printf("%d of %d reverts were resolved%n", resolved, results.size());
    assertEquals(0, run.waitFor(), () -> out + log("run"));
    assertEquals(1 + TEST_DRIVERS * DOMAINS, results.size());
    assertTrue(
        results.get(0).contains(": REVERTED: an earlier worker crashed; the domain is "),
        results.get(0));
    assertEquals(1, qemu.timesAskedToRevert());
    for (PrivateLibvirtd libvirtd : testDrivers) {
      assertEquals(DOMAINS, libvirtd.timesAskedToRevert());
    }
    assertAllAreReverted();
  }

  /** A worker that sends the file of the domain as its heartbeat, prints the name, and hangs. */
  private static final String FORGER =
      """
      package durable;

      import io.temporal.activity.Activity;
      import io.temporal.client.WorkflowClient;
      import io.temporal.worker.WorkerFactory;
      import io.temporal.worker.WorkerOptions;
      import java.io.FileInputStream;
      import java.io.ObjectInputStream;
      import java.time.Duration;

      public final class Forger implements RevertGuest {
        private static WorkflowClient client;
        private static String folder;

        @Override
        public Result revert(Guest guest, String snapshot) {
          String file = folder + "/" + guest.domain();
          try (ObjectInputStream forged = new ObjectInputStream(new FileInputStream(file))) {
            client
                .newActivityCompletionClient()
                .heartbeat(Activity.getExecutionContext().getTaskToken(), forged.readObject());
            System.out.println(guest.domain());
            Thread.sleep(Long.MAX_VALUE);
          } catch (Exception e) {
            e.printStackTrace();
          }
          return null;
        }

        public static void main(String[] arguments) {
          client = Worker.connect(arguments[0]);
          folder = arguments[1];
          WorkerFactory factory = WorkerFactory.newInstance(client);
          io.temporal.worker.Worker worker =
              factory.newWorker(
                  Worker.QUEUE,
                  WorkerOptions.newBuilder()
                      .setStickyQueueScheduleToStartTimeout(Duration.ZERO)
                      .build());
          worker.registerWorkflowImplementationTypes(DurableFleetImpl.class);
          worker.registerActivitiesImplementations(new Forger());
          factory.start();
        }
      }
      """;

  /** Starts a forger with a heartbeat for each of the first domains. */
  private Process forger(List<? extends Serializable> heartbeats) throws IOException {
    for (int i = 0; i < heartbeats.size(); i++) {
      Path file = folder.resolve(name(i));
      try (ObjectOutputStream out = new ObjectOutputStream(Files.newOutputStream(file))) {
        out.writeObject(heartbeats.get(i));
      }
    }
    Path source = Files.writeString(folder.resolve("Forger.java"), FORGER);
    PrivateLibvirtd.run(
        Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
        "-proc:none",
        "-cp",
        classPath(),
        "-d",
        folder.toString(),
        source.toString());
    Process forger = java("forger", "durable.Forger", "127.0.0.1:" + port, folder.toString());
    processes.add(forger);
    return forger;
  }

  /** If a worker accepted it, it would report a revert, or delete the safety snapshot. */
  private RevertIntent ofAnotherDomain() throws LibvirtException {
    try (Domain other = keeping.get(0).domainLookupByName(name(9))) {
      Guests.take(other, SAFETY);
      return new RevertIntent(
          new RevertRequest(
              name(9), other.getUUIDString(), Optional.of("clean"), 0, Optional.empty()),
          DomainStatus.of(other),
          Optional.of(SAFETY));
    }
  }

  @Test
  @Tag("qemu")
  void forgedHeartbeatCausesNoRevert() throws Exception {
    List<? extends Serializable> forged =
        List.of(
            new byte[] {1, 2, 3}, "x=\n".repeat(400_000), "format=2\n", ofAnotherDomain().toText());
    Process forger = forger(forged);
    String host = "test+unix:///default?socket=" + far(testDrivers.get(0));
    Process run = start("forged", List.of(host + "=" + names(forged.size())));
    try (BufferedReader heartbeats = forger.inputReader()) {
      for (int i = 0; i < forged.size(); i++) {
        assertNotNull(heartbeats.readLine(), () -> log("forger"));
      }
    }
    killAll(List.of(forger));
    worker();
    String out = outputOf(run);

    List<String> results = out.lines().toList();
    assertEquals(forged.size(), results.size(), () -> out + log("run") + log("workers"));
    assertUnknown("can't be read: the heartbeat is not a string", results.get(0));
    assertUnknown("can't be read: the text has 1200000 characters, and", results.get(1));
    assertUnknown("can't be read: format is 2, and this release reads format 1;", results.get(2));
    assertUnknown("belongs to another domain", results.get(3));
    assertEquals(0, testDrivers.get(0).timesAskedToRevert());
    try (Domain other = keeping.get(0).domainLookupByName(name(9))) {
      other.snapshotLookupByName(SAFETY).close();
    }
  }

  private static void assertUnknown(String reason, String result) {
    assertTrue(result.contains(": UNKNOWN: the recorded intent " + reason), result);
  }

  @Test
  @Tag("qemu")
  void uriInAnOrderRunsNoProgram() throws Exception {
    Path ran = folder.resolve("ran");
    Path program = Files.writeString(folder.resolve("program"), "#!/bin/sh\ntouch " + ran + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    worker();
    Process run = start("commands", List.of("test+ext:///default?command=" + program + "=vm00"));
    String out = outputOf(run);

    assertTrue(
        out.contains(": NOT_STARTED: the URI may run a program through its "), out + log("run"));
    assertFalse(Files.exists(ran));
  }

  private String outputOf(Process run) throws Exception {
    assertTrue(run.waitFor(2, TimeUnit.MINUTES), () -> log("run") + log("workers"));
    return new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static void killAll(List<Process> victims) throws InterruptedException {
    for (Process victim : victims) {
      victim.destroyForcibly().waitFor();
    }
  }

  private void killAtRandom(List<Process> workers) throws Exception {
    long seed = Long.getLong("temporal.seed", System.nanoTime());
    System.out.printf("workers are killed at random times, -Dtemporal.seed=%d%n", seed);
    Random random = new Random(seed);
    for (int kill = 0; kill < KILLS; kill++) {
      // A worker takes some 3 seconds to start.
      Thread.sleep(3_000 + random.nextInt(4_000));
      killAll(List.of(workers.remove(random.nextInt(workers.size()))));
      workers.add(worker());
    }
  }

  private static String currentSnapshot(String uri, String domain) throws IOException {
    return PrivateLibvirtd.run("virsh", "-c", uri, "snapshot-current", "--name", domain).strip();
  }

  private void assertAllAreReverted() throws IOException {
    assertEquals("clean", currentSnapshot(qemu.qemu(), GUEST));
    for (PrivateLibvirtd libvirtd : testDrivers) {
      for (int domain = 0; domain < DOMAINS; domain++) {
        assertEquals("clean", currentSnapshot(libvirtd.uri("test+unix:///default"), name(domain)));
      }
    }
  }
}
