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
 * A process that reverts a QEMU guest is killed, and another one takes the revert up. libvirtd's
 * log says whether it was asked to revert.
 */
@Tag("qemu")
@Timeout(300)
class RevertIntentIT {
  private static final String NAME = "vm";
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

  private RevertIntent killed(long afterMillis) throws Exception {
    Path file = folder.resolve("pending");
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
      assertTrue(process.isAlive(), () -> "it has ended before it was killed: " + log());
      Thread.sleep(1);
    }
    Thread.sleep(afterMillis);
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
  void whatBecameOfItIsFoundOut() throws Exception {
    long seed = Long.getLong("intent.seed", System.nanoTime());
    System.out.printf("killed at moments of chance, -Dpending.seed=%d%n", seed);
    Random random = new Random(seed);
    Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    for (int kill = 0; kill < KILLS; kill++) {
      use();
      long askedBefore = libvirtd.timesAskedToRevert();
      long guestBefore = libvirtd.guest(NAME).orElseThrow().pid();
      RevertIntent intent = killed(random.nextInt(600));
      ResolvedOutcome found = intent.awaitOutcome(connect, PATIENCE).orElseThrow();
      boolean asked = libvirtd.timesAskedToRevert() > askedBefore;
      boolean sameGuest = libvirtd.guest(NAME).orElseThrow().pid() == guestBefore;

      String seen = intent + ": " + found + ", asked: " + asked;
      assertEquals(asked ? Verdict.REVERTED : Verdict.UNCHANGED, found.verdict(), seen);
      assertTrue(asked || sameGuest, seen);
      assertEquals(
          LibvirtPythonOracle.words(found.now()), new LibvirtPythonOracle(libvirtd, NAME).look());
      verdicts.merge(found.verdict(), 1, Integer::sum);
      if (asked) {
        SnapshotReverter.of(domain).undo(intent.safetySnapshot().orElseThrow());
        assertEquals(intent.safetySnapshot(), domain.snapshotCurrentName());
      }
      intent.deleteSafetySnapshot(connect);
      assertEquals(Set.of("clean", "used"), Set.of(domain.snapshotListNames()));
    }
    System.out.println("found out: " + verdicts);
  }

  /** A guest that went on after its snapshot; libvirt's reason for its state says so, too. */
  private void use() throws Exception {
    SnapshotReverter.of(domain).to("used").force().revert();
    domain.suspend();
    domain.resume();
  }
}
