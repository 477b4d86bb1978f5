package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.guest.GuestStatus;
import io.github.libvirtsnapshot.guest.ProbeResult;
import io.github.libvirtsnapshot.junit.RevertExtension;
import io.github.libvirtsnapshot.junit.TestDomain;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Reverts of a Linux in QEMU with a guest agent: waiting for the guest, and setting its clock. */
@Timeout(300)
@Tag("qemu")
class GuestIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static PrivateLibvirtd libvirtd;
  private static Path linux;
  private static Connect connect;
  private Domain domain;
  private GuestAgent agent;

  @BeforeAll
  static void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    linux = TestLinux.copyTo(libvirtd);
    connect = new Connect(libvirtd.qemu());
  }

  @AfterAll
  static void stop() throws IOException {
    connect.close();
    libvirtd.close();
  }

  /** Starts a Linux with options of make-linux.sh. */
  private void start(String name, String options) throws Exception {
    domain = connect.domainDefineXML(Guests.linuxXml(name, libvirtd.disk(name), linux, options));
    agent = GuestAgent.of(domain);
    domain.create();
  }

  @AfterEach
  void end() throws LibvirtException {
    Guests.bringTo(domain, DomainState.SHUTOFF);
    domain.close();
  }

  private SnapshotReverter reverter() {
    return SnapshotReverter.of(domain).to("clean-install").awaitingGuest(PATIENCE);
  }

  /** Returns how far the guest's clock is behind this machine's clock, read with virsh. */
  private Duration clockBehind() throws IOException {
    String answer =
        PrivateLibvirtd.run("virsh", "-c", libvirtd.qemu(), "domtime", domain.getName());
    long seconds = Long.parseLong(answer.replace("Time:", "").strip());
    return Duration.between(Instant.ofEpochSecond(seconds), Instant.now());
  }

  private static void assertClockIsCorrect(Duration behind) {
    assertTrue(behind.abs().toMillis() < 5_000, behind.toString());
  }

  /** The guest's real-time clock, which counts whole seconds, is not this precise. */
  private static void assertClockIsPrecise(ClockSetting clock) {
    assertTrue(clock.behindAfter().abs().toMillis() < 500, clock.toString());
  }

  /** Checks that a revert restored the clock of a snapshot that is at least ten seconds old. */
  private static void assertClockIsRestored(Duration atSnapshot, Duration afterRevert) {
    // virsh prints whole seconds.
    long seconds = afterRevert.minus(atSnapshot).toSeconds();
    assertTrue(
        seconds >= 9,
        "clock behind at the snapshot: " + atSnapshot + ", after the revert: " + afterRevert);
  }

  @Test
  void revertWaitsForGuestAndSetsItsClock() throws Exception {
    start("clock", "");
    assertTrue(agent.await(PATIENCE).responded());
    // The clock of a guest that has just booted on a busy machine can be seconds ahead or behind.
    Duration alreadyBehind = clockBehind();
    Guests.take(domain, "clean-install");
    // libvirt 7.0 reverts a running guest within its process, and the clock stays correct.
    domain.destroy();
    TimeUnit.SECONDS.sleep(10);

    assertTrue(reverter().revert().guest().orElseThrow().responded());
    assertClockIsRestored(alreadyBehind, clockBehind());

    domain.destroy();
    GuestStatus guest = reverter().settingClock().revert().guest().orElseThrow();

    System.out.println("libvirt " + Guests.libvirtVersion(connect) + ": " + guest);
    ClockSetting clock = guest.clock().orElseThrow();
    assertFalse(clock.fromRealTimeClock());
    assertClockIsRestored(alreadyBehind, clock.behindBefore());
    assertClockIsPrecise(clock);
    assertClockIsCorrect(clockBehind());
  }

  @Test
  void guestWithoutRealTimeClockGetsTimeOfThisMachine() throws Exception {
    start("norealtime", "norealtime");
    agent.await(PATIENCE);
    agent.setTime(Instant.EPOCH.plus(Duration.ofDays(10_000)));
    assertTrue(clockBehind().toDays() > 365);

    ClockSetting clock = agent.setClock();

    System.out.println(
        "libvirt " + Guests.libvirtVersion(connect) + ", no real-time clock: " + clock);
    assertFalse(clock.fromRealTimeClock());
    assertClockIsPrecise(clock);
    assertClockIsCorrect(clockBehind());
    assertTrue(Duration.between(agent.time(), Instant.now()).abs().toSeconds() < 5);
  }

  /** A test class for the Linux that {@link #extensionRevertsLinuxBeforeEachTest} starts. */
  static class NeedsLinux {
    @RegisterExtension
    static final RevertExtension DOMAINS =
        RevertExtension.of(
            TestDomain.of(libvirtd.qemu(), "tested")
                .reverting(
                    linux ->
                        SnapshotReverter.of(linux)
                            .to("clean-install")
                            .awaitingGuest(PATIENCE)
                            .settingClock())
                .withSnapshotOnFailure());

    @Test
    void agentAnswersAndClockIsCorrect(GuestAgent agent, RevertReport report) throws Exception {
      assertTrue(report.guest().orElseThrow().responded());
      assertClockIsCorrect(Duration.between(agent.time(), Instant.now()));
      agent.setTime(Instant.EPOCH.plus(Duration.ofDays(10_000)));
      throw new IllegalStateException("found something");
    }
  }

  @Test
  void extensionRevertsLinuxBeforeEachTest() throws Exception {
    start("tested", "");
    agent.await(PATIENCE);
    Guests.take(domain, "clean-install");

    EngineExecutionResults results =
        EngineTestKit.engine("junit-jupiter")
            .selectors(selectClass(NeedsLinux.class))
            .configurationParameter(
                "io.github.libvirtsnapshot.lockFolder",
                libvirtd.directory().resolve("locks").toString())
            .execute();

    Throwable failure =
        results
            .testEvents()
            .failed()
            .map(event -> event.getRequiredPayload(TestExecutionResult.class))
            .findFirst()
            .flatMap(TestExecutionResult::getThrowable)
            .orElseThrow();
    assertEquals("found something", failure.getMessage());
    String kept = domain.snapshotCurrent().orElseThrow().getName();
    assertEquals(
        "the test failed; snapshot \"" + kept + "\" of domain \"tested\" was created",
        failure.getSuppressed()[0].getMessage());
    domain.destroy();
    SnapshotReverter.of(domain).to(kept).awaitingGuest(PATIENCE).revert();
    assertTrue(
        clockBehind().toDays() > 365, "the snapshot must contain the changes of the failed test");
  }

  @Test
  void frozenFileSystemsStayFrozenAndClockCannotBeSet() throws Exception {
    start("frozen", "data=/dev/vda");
    agent.await(PATIENCE);
    assertEquals(1, agent.freeze());
    assertTrue(agent.isFrozen());
    Guests.take(domain, "clean-install");
    assertEquals(1, agent.thaw());
    assertFalse(agent.isFrozen());

    assertTrue(reverter().revert().guest().orElseThrow().frozen());
    RevertException notSet = assertThrows(RevertException.class, reverter().settingClock()::revert);

    assertEquals(RevertOutcome.CLOCK_NOT_SET, notSet.outcome());
    assertTrue(
        notSet
            .getMessage()
            .contains("with GuestAgent.of(domain).thaw() and setClock(), or: virsh domfsthaw "),
        notSet.getMessage());
    assertEquals(1, agent.thaw());
    assertEquals(0, agent.thaw());
    assertClockIsCorrect(agent.setClock().behindAfter());
  }

  @Test
  void revertWithUnresponsiveAgentEndsAsGuestSilent() throws Exception {
    start("deaf", "deaf");
    awaitConnected();
    Guests.take(domain, "clean-install");
    domain.suspend();

    RevertException silent =
        assertThrows(
            RevertException.class, reverter().awaitingGuest(Duration.ofSeconds(8))::revert);

    System.out.println("libvirt " + Guests.libvirtVersion(connect) + ": " + silent.getMessage());
    assertEquals(RevertOutcome.GUEST_SILENT, silent.outcome());
    assertInstanceOf(AgentUnresponsiveException.class, silent.getCause());
    RevertReport report = silent.report().orElseThrow();
    assertEquals(DomainState.RUNNING, report.after().state());
    long waited = report.guest().orElseThrow().waited().toSeconds();
    assertTrue(waited >= 4, waited + " s");
    assertThrows(
        AgentUnresponsiveException.class, agent.respondingWithin(Duration.ofSeconds(1))::ping);
  }

  @Test
  void revertWaitsForPortAndThenForAgent() throws Exception {
    start("port", "");
    agent.await(PATIENCE);
    Guests.take(domain, "clean-install");
    try (ServerSocket server = new ServerSocket()) {
      int port = freePort();
      GuestProbe opensLater =
          GuestProbe.of(
              "open port",
              own -> {
                server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return true;
              });

      GuestStatus guest =
          reverter()
              .awaitingGuest(
                  opensLater.and(GuestProbe.tcp("127.0.0.1", port)).and(GuestProbe.agent()),
                  PATIENCE)
              .revert()
              .guest()
              .orElseThrow();

      System.out.println("libvirt " + Guests.libvirtVersion(connect) + ": " + guest);
      assertEquals(
          List.of("open port", "TCP port " + port + " of 127.0.0.1", "guest agent"),
          guest.probes().stream().map(ProbeResult::name).toList());
      assertTrue(guest.responded());
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket server = new ServerSocket(0)) {
      return server.getLocalPort();
    }
  }

  private void awaitConnected() throws Exception {
    while (!domain.getXMLDesc().contains("state='connected'")) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  @Test
  void revertDoesNotWaitForGuestThatStops() throws Exception {
    start("ends", "deaf");
    awaitConnected();
    Guests.take(domain, "clean-install");
    RevertListener killer =
        new RevertListener() {
          @Override
          public void awaitingGuest(RevertRequest request, DomainStatus after) {
            libvirtd.guest("ends").orElseThrow().destroyForcibly();
          }
        };

    RevertException silent =
        assertThrows(
            RevertException.class,
            reverter().awaitingGuest(Duration.ofHours(1)).listener(killer)::revert);

    assertEquals(RevertOutcome.GUEST_SILENT, silent.outcome());
    assertEquals(DomainState.SHUTOFF, silent.details().after().orElseThrow().state());
  }

  @Test
  void revertDoesNotProbeGuestThatStops() throws Exception {
    domain = connect.domainDefineXML(Guests.qemuXml("stops", libvirtd.disk("stops")));
    domain.create();
    Guests.take(domain, "clean-install");
    GuestProbe killer =
        GuestProbe.of(
            "login",
            own -> {
              libvirtd.guest("stops").ifPresent(ProcessHandle::destroyForcibly);
              return false;
            });

    RevertException silent =
        assertThrows(
            RevertException.class, reverter().awaitingGuest(killer, Duration.ofHours(1))::revert);

    assertEquals(RevertOutcome.GUEST_SILENT, silent.outcome());
    ProbeResult result = silent.details().guest().orElseThrow().probes().get(0);
    assertEquals(ProbeResult.Outcome.FAILED, result.outcome());
    assertEquals(Optional.of("domain \"stops\" is not running"), result.reason());
    assertEquals(DomainState.SHUTOFF, silent.details().after().orElseThrow().state());
  }

  @Test
  void domainWithoutAgentChannelIsNotReverted() throws Exception {
    domain = connect.domainDefineXML(Guests.qemuXml("mute", libvirtd.disk("mute")));
    domain.create();
    Guests.take(domain, "clean-install");
    DomainStatus before = DomainStatus.of(domain);

    RevertException refused = assertThrows(RevertException.class, reverter()::revert);

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertEquals(Optional.empty(), refused.details().guest());
    assertEquals(before, DomainStatus.of(domain));
    assertThrows(LibvirtException.class, GuestAgent.of(domain)::ping);
  }
}
