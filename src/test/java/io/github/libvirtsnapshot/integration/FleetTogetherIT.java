package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.fleet.FleetEntry;
import io.github.libvirtsnapshot.fleet.FleetReport;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.fleet.FleetRun;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Reverts a lab of five QEMU guests on two libvirtds together, while something fails at a random
 * moment. Observers other than the library look at the result: libvirt-python at the states, virsh
 * at the snapshots, and qemu-io at the disks.
 */
@Timeout(1_800)
@Tag("qemu")
class FleetTogetherIT {
  /** The content of each disk in the snapshot. */
  private static final int THEN = 0x11;

  /** The content of each disk before the run. */
  private static final int NOW = 0x22;

  private static final int ROUNDS = Integer.getInteger("together.rounds", 6);
  private static final long SEED = Long.getLong("together.seed", 1);

  /** Longer than most runs, so that in some rounds nothing fails. */
  private static final int LONGEST_MILLIS = 7_000;

  private enum Event {
    DAEMON_IS_KILLED,
    DAEMON_HANGS,
    DAEMON_IS_DOWN,
    IMAGE_IS_UNREADABLE,
    RUN_IS_STOPPED,
    DEADLINE
  }

  /** A guest of the lab. */
  private record Guest(PrivateLibvirtd libvirtd, String name, boolean running, Path disk) {
    void virsh(String... arguments) throws IOException {
      List<String> command = new ArrayList<>(List.of("virsh", "-c", libvirtd.qemu()));
      command.addAll(List.of(arguments));
      PrivateLibvirtd.run(command.toArray(String[]::new));
    }

    boolean isActive() throws IOException {
      return !look().endsWith(" -1");
    }

    /** Returns libvirt's numbers of the state and of the reason, and the domain's ID. */
    String look() throws IOException {
      return new LibvirtPythonOracle(libvirtd, name).look();
    }

    void write(int pattern) throws IOException {
      String unused =
          PrivateLibvirtd.run("qemu-io", "-c", "write -P " + pattern + " 0 4k", disk.toString());
      libvirtd.give(disk);
    }

    boolean has(int pattern) throws IOException, InterruptedException {
      Process reading =
          new ProcessBuilder(
                  "qemu-io", "-r", "-U", "-c", "read -P " + pattern + " 0 4k", disk.toString())
              .redirectErrorStream(true)
              .start();
      String output = new String(reading.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(reading.waitFor() <= 1 && output.contains("read 4096/4096"), output);
      return !output.contains("Pattern verification failed");
    }

    List<String> safetySnapshots() throws IOException {
      return PrivateLibvirtd.run("virsh", "-c", libvirtd.qemu(), "snapshot-list", "--name", name)
          .lines()
          .filter(snapshot -> snapshot.startsWith("before-revert-"))
          .toList();
    }

    boolean isReverted() throws Exception {
      return has(THEN) && look().startsWith("1 ");
    }

    boolean isAsBefore() throws Exception {
      return has(NOW) && look().startsWith(running ? "1 " : "5 ");
    }
  }

  private final Random random = new Random(SEED);
  private final List<Guest> lab = new ArrayList<>();
  private PrivateLibvirtd first;
  private PrivateLibvirtd second;
  private LogRecorder quiet;

  @BeforeEach
  void makeLab() throws Exception {
    first = PrivateLibvirtd.started();
    second = PrivateLibvirtd.started();
    add(first, "web01", true);
    add(first, "web02", false);
    add(second, "db01", true);
    add(second, "db02", true);
    add(second, "db03", false);
    quiet = LogRecorder.ofEverything();
  }

  /** Defines a guest with a snapshot of its running state. */
  private void add(PrivateLibvirtd libvirtd, String name, boolean running) throws Exception {
    Guest guest = new Guest(libvirtd, name, running, libvirtd.disk(name));
    guest.write(THEN);
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainDefineXML(Guests.qemuXml(name, guest.disk))) {
      domain.create();
      Guests.take(domain, "clean");
    }
    lab.add(guest);
  }

  @AfterEach
  void end() throws IOException {
    quiet.close();
    first.close();
    second.close();
  }

  /** Gives each guest the content and the state before the run. */
  private void prepare() throws Exception {
    for (Guest guest : lab) {
      if (guest.isActive()) {
        guest.virsh("destroy", guest.name);
      }
      for (String left : guest.safetySnapshots()) {
        guest.virsh("snapshot-delete", guest.name, left);
      }
      guest.write(NOW);
      if (guest.running) {
        guest.virsh("start", guest.name);
      }
    }
  }

  private FleetReverter fleet() {
    return FleetReverter.with(domain -> SnapshotReverter.of(domain).to("clean"))
        .on(first.qemu(), FleetReverter.allDomains())
        .on(second.qemu(), "db01", "db02", "db03")
        .maxConcurrentPerHost(2)
        .hostTimeout(Duration.ofSeconds(20))
        .together();
  }

  @Test
  @Tag("another-process")
  void labIsRevertedOrAsBeforeOrNamedAfterEachFailure() throws Exception {
    System.out.println("-Dtogether.seed=" + SEED);
    Map<RevertOutcome, Integer> outcomes = new EnumMap<>(RevertOutcome.class);
    int reverted = 0;
    int asBefore = 0;
    for (int round = 0; round < ROUNDS; round++) {
      prepare();
      Event event = Event.values()[random.nextInt(Event.values().length)];
      int millis = random.nextInt(LONGEST_MILLIS);
      boolean resuming = random.nextBoolean();
      String what =
          "round %d: %s after %d ms%s"
              .formatted(round, event, millis, resuming ? ", resuming together" : "");
      FleetReport report = run(event, millis, resuming);
      System.out.println(what + ": " + report.totals());
      check(what, report);
      report.totals().forEach((outcome, count) -> outcomes.merge(outcome, count, Integer::sum));
      reverted += report.isComplete() ? 1 : 0;
      asBefore += report.entries().stream().allMatch(FleetEntry::isAsBefore) ? 1 : 0;
    }
    System.out.printf(
        "%d rounds: all reverted in %d, all as before in %d; %s%n",
        ROUNDS, reverted, asBefore, outcomes);
  }

  private FleetReport run(Event event, int millis, boolean resuming) throws Exception {
    PrivateLibvirtd victim = random.nextBoolean() ? first : second;
    Guest guest = lab.get(random.nextInt(lab.size()));
    FleetReverter fleet = resuming ? fleet().resumingTogether() : fleet();
    FleetRun run =
        (event == Event.DEADLINE ? fleet.deadline(Duration.ofMillis(millis + 1)) : fleet).start();
    CompletableFuture<Void> happened =
        CompletableFuture.runAsync(
            () -> happen(event, victim, guest, run),
            CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
    FleetReport report = run.report().get(5, TimeUnit.MINUTES);
    happened.get(1, TimeUnit.MINUTES);
    if (event == Event.DAEMON_IS_DOWN) {
      victim.startAfterKill();
    }
    Files.setPosixFilePermissions(guest.disk, PosixFilePermissions.fromString("rw-r--r--"));
    awaitNoJobs(report);
    return report;
  }

  private static void happen(Event event, PrivateLibvirtd victim, Guest guest, FleetRun run) {
    try {
      switch (event) {
        case DAEMON_IS_KILLED -> {
          victim.kill();
          victim.startAfterKill();
        }
        case DAEMON_HANGS -> {
          victim.signal("STOP");
          TimeUnit.SECONDS.sleep(3);
          victim.signal("CONT");
        }
        case DAEMON_IS_DOWN -> victim.kill();
        case IMAGE_IS_UNREADABLE ->
            Files.setPosixFilePermissions(guest.disk, PosixFilePermissions.fromString("---------"));
        case RUN_IS_STOPPED -> run.stop();
        case DEADLINE -> {}
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A revert that was in progress at the deadline has ended when libvirt has no job any more. */
  private static void awaitNoJobs(FleetReport report) throws InterruptedException {
    if (!report.uncertain().isEmpty()) {
      TimeUnit.SECONDS.sleep(10);
    }
  }

  private void check(String what, FleetReport report) throws Exception {
    List<String> neither =
        report.uncertain().stream().map(entry -> entry.domain().orElse("(all)")).toList();
    List<Guest> certain = new ArrayList<>();
    for (Guest guest : lab) {
      FleetEntry entry = entry(report, guest);
      if (!neither.contains(guest.name) && !neither.contains(entry.domain().orElse("(all)"))) {
        certain.add(guest);
        String said = what + ": " + guest.name + " is " + guest.look() + ": " + entry;
        assertEquals(entry.isReverted(), guest.isReverted(), said);
        assertEquals(entry.isAsBefore(), guest.isAsBefore(), said);
        List<String> unnamed = new ArrayList<>(guest.safetySnapshots());
        unnamed.removeAll(entry.leftSafetySnapshots());
        entry.safetySnapshot().ifPresent(unnamed::remove);
        assertEquals(List.of(), unnamed, said);
      }
    }
    long reverted = 0;
    for (Guest guest : certain) {
      reverted += guest.isReverted() ? 1 : 0;
    }
    assertTrue(reverted == 0 || reverted == certain.size(), what + ": " + report);
  }

  private static FleetEntry entry(FleetReport report, Guest guest) {
    Map<String, FleetEntry> byName =
        report.entries().stream()
            .collect(Collectors.toMap(entry -> entry.domain().orElse("(all)"), entry -> entry));
    return byName.getOrDefault(guest.name, byName.get("(all)"));
  }

  @Test
  void guestsAreResumedCloseTogether() throws Exception {
    prepare();

    FleetReport report = fleet().resumingTogether().revert();

    assertTrue(report.isComplete(), report.toString());
    Duration spread = report.resumeSpread().orElseThrow();
    System.out.println("the guests were resumed within " + spread.toNanos() / 1e6 + " ms");
    for (Guest guest : lab) {
      assertTrue(guest.isReverted(), guest.name);
    }
  }
}
