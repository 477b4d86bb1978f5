package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that reverts a QEMU guest is killed, and another process resolves the outcome.
 * libvirtd's log shows whether libvirtd received the call to revert.
 */
@Tag("qemu")
@Timeout(300)
class RevertIntentIT {
  private static final String NAME = "web01";
  private static final int KILLS = Integer.getInteger("intent.kills", 8);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path folder;
  private PrivateLibvirtd libvirtd;
  private Connect connect;
  private Domain domain;

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.logging();
    connect = new Connect(libvirtd.qemu());
    domain = connect.domainDefineXML(Guests.qemuXml(NAME, libvirtd.disk(NAME)));
    Guests.bringTo(domain, DomainState.RUNNING);
    Guests.take(domain, "clean");
    Guests.take(domain, "used");
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
    connect.close();
    libvirtd.close();
  }

  private RevertIntent revertAndKill(long delayMillis) throws Exception {
    Path file = folder.resolve("intent");
    Files.deleteIfExists(file);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                RevertIntentProbe.class.getName(),
                libvirtd.qemu(),
                NAME,
                "clean",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
    while (!Files.exists(file)) {
      assertTrue(process.isAlive(), () -> "the process ended before it was killed: " + log());
      Thread.sleep(1);
    }
    Thread.sleep(delayMillis);
    process.destroyForcibly().waitFor();
    return RevertIntent.parse(Files.readString(file));
  }

  private String log() {
    try {
      return Files.readString(folder.resolve("log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void outcomeIsResolvedAfterProcessIsKilled() throws Exception {
    long seed = Long.getLong("intent.seed", System.nanoTime());
    System.out.printf("killed at random moments, -Dintent.seed=%d%n", seed);
    Random random = new Random(seed);
    Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    for (int kill = 0; kill < KILLS; kill++) {
      continueAfterSnapshot();
      long callsBefore = libvirtd.timesAskedToRevert();
      long guestBefore = libvirtd.guest(NAME).orElseThrow().pid();
      RevertIntent intent = revertAndKill(random.nextInt(600));
      ResolvedOutcome resolved = intent.awaitOutcome(connect, PATIENCE).orElseThrow();
      boolean called = libvirtd.timesAskedToRevert() > callsBefore;
      boolean sameGuest = libvirtd.guest(NAME).orElseThrow().pid() == guestBefore;

      String context = intent + ": " + resolved + ", libvirtd received the call: " + called;
      assertEquals(called ? Verdict.REVERTED : Verdict.UNCHANGED, resolved.verdict(), context);
      assertTrue(called || sameGuest, context);
      assertEquals(
          LibvirtPythonOracle.words(resolved.now()),
          new LibvirtPythonOracle(libvirtd, NAME).look());
      verdicts.merge(resolved.verdict(), 1, Integer::sum);
      if (called) {
        SnapshotReverter.of(domain).undo(intent.safetySnapshot().orElseThrow());
        assertEquals(intent.safetySnapshot(), domain.snapshotCurrentName());
      }
      intent.deleteSafetySnapshot(connect);
      assertEquals(Set.of("clean", "used"), Set.of(domain.snapshotListNames()));
    }
    System.out.println("resolved outcomes: " + verdicts);
  }

  /** Makes the guest differ from its snapshot, also in libvirt's reason for the state. */
  private void continueAfterSnapshot() throws Exception {
    SnapshotReverter.of(domain).to("used").force().revert();
    domain.suspend();
    domain.resume();
  }
}
