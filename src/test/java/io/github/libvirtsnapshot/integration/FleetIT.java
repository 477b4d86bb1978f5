package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.fleet.FleetEntry;
import io.github.libvirtsnapshot.fleet.FleetReport;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reverts fleets of real daemons, some of which are down, hang or die during the run. */
@Timeout(300)
class FleetIT {
  private static final String TEST = "test+unix:///default";
  private static final int GUESTS = 3;

  private static List<String> words(FleetReport report) {
    return report.entries().stream()
        .map(entry -> entry.domain().orElseThrow() + " " + entry.outcome())
        .toList();
  }

  /**
   * Defines the domains web01, web02 and web03, each with a snapshot of its running state; they
   * exist until the last connection is closed.
   */
  private static Connect defineDomains(String uri) throws Exception {
    Connect connect = new Connect(uri);
    for (String name : List.of("web01", "web02", "web03")) {
      try (Domain domain = connect.domainDefineXML(Guests.testXml(name))) {
        domain.create();
        Guests.take(domain, "clean");
        domain.suspend();
      }
    }
    return connect;
  }

  @Test
  void hostsThatAreDownOrHangAffectTheirOwnDomainsOnly() throws Exception {
    try (PrivateLibvirtd good = PrivateLibvirtd.started();
        PrivateLibvirtd hanging = PrivateLibvirtd.started();
        Connect keeping = defineDomains(good.uri(TEST))) {
      String uri = good.uri(TEST);
      String nowhere = "test+unix:///default?socket=/nonexistent/libvirt-sock";
      hanging.signal("STOP");
      FleetReport report;
      try {
        report =
            FleetReverter.with(domain -> reverter(domain))
                .on(nowhere, "web04")
                .on(hanging.uri(TEST), "test")
                .on(uri, FleetReverter.allDomains().and(domain -> !domain.getName().equals("test")))
                .maxConcurrent(1)
                .deadline(Duration.ofSeconds(8))
                .revert();
      } finally {
        hanging.signal("CONT");
      }

      assertEquals(
          List.of(
              "web04 NOT_STARTED",
              "test NOT_STARTED",
              "web01 REVERTED",
              "web02 REVERTED",
              "web03 REVERTED"),
          words(report));
      assertEquals(RevertOutcome.NOT_STARTED, report.entries().get(1).outcome());
      assertTrue(keeping.isAlive());
      assertStates(uri, "running");
      awaitClients(good, 1);
      awaitClients(hanging, 0);
    }
  }

  /** The test driver of libvirt 7.0 leaves the domain paused, so the state is enforced. */
  private static SnapshotReverter reverter(Domain domain) {
    return SnapshotReverter.of(domain).to("clean").running().enforcingState();
  }

  private static void assertStates(String uri, String state) throws IOException {
    for (String name : List.of("web01", "web02", "web03")) {
      assertEquals(state, PrivateLibvirtd.run("virsh", "-c", uri, "domstate", name).strip());
    }
  }

  private static void awaitClients(PrivateLibvirtd libvirtd, int left) throws Exception {
    while (libvirtd.clients() > left) {
      Thread.sleep(50);
    }
  }

  /** Keepalive closes the connection, and the run tries the domain again on a new one. */
  @Test
  void hostThatHangsForAWhileIsRetried() throws Exception {
    try (PrivateLibvirtd libvirtd = PrivateLibvirtd.started();
        Connect keeping = defineDomains(libvirtd.uri(TEST))) {
      AtomicBoolean hung = new AtomicBoolean();
      FleetReport report =
          FleetReverter.with(
                  domain -> {
                    if (hung.compareAndSet(false, true)) {
                      libvirtd.signal("STOP");
                      later(17_000, () -> libvirtd.signal("CONT"));
                    }
                    return reverter(domain);
                  })
              .on(libvirtd.uri(TEST), "web01", "web02", "web03")
              .revert();

      assertTrue(report.isComplete(), report.toString());
      assertTrue(keeping.isAlive());
      assertStates(libvirtd.uri(TEST), "running");
      awaitClients(libvirtd, 1);
    }
  }

  private static void later(long millis, Runnable task) {
    CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(task);
  }

  /** libvirt-python checks each guest. */
  @Test
  @Tag("qemu")
  void outcomesOfAHostThatCrashesAreResolved() throws Exception {
    try (PrivateLibvirtd steady = PrivateLibvirtd.started();
        PrivateLibvirtd crashing = PrivateLibvirtd.started()) {
      define(steady, "steady");
      define(crashing, "crashing");
      AtomicBoolean crashed = new AtomicBoolean();
      RevertListener killing =
          new RevertListener() {
            @Override
            public void reverting(RevertRequest request, DomainStatus before) {
              if (request.domain().equals("crashing1") && crashed.compareAndSet(false, true)) {
                later(300, () -> restart(crashing));
              }
            }
          };
      FleetReport report =
          FleetReverter.with(
                  domain -> SnapshotReverter.of(domain).to("clean").running().listener(killing))
              .on(steady.qemu(), FleetReverter.allDomains())
              .on(crashing.qemu(), FleetReverter.allDomains())
              .maxConcurrentPerHost(2)
              .deadline(Duration.ofSeconds(90))
              .revert();

      System.out.println(report);
      assertEquals(2 * GUESTS, report.entries().size());
      for (FleetEntry entry : report.entries().subList(0, GUESTS)) {
        assertEquals(RevertOutcome.REVERTED, entry.outcome(), entry.toString());
      }
      for (FleetEntry entry : report.entries().subList(GUESTS, 2 * GUESTS)) {
        assertTrue(entry.isReverted() || entry.resolved().isPresent(), "not resolved: " + entry);
      }
      for (FleetEntry entry : report.unfinished().revert().entries()) {
        assertTrue(entry.isReverted(), entry.toString());
      }
      for (int guest = 0; guest < GUESTS; guest++) {
        assertTrue(new LibvirtPythonOracle(steady, "steady" + guest).look().startsWith("1 "));
        assertTrue(new LibvirtPythonOracle(crashing, "crashing" + guest).look().startsWith("1 "));
      }
    }
  }

  /** Defines paused guests, each with a snapshot of its running state. */
  private static void define(PrivateLibvirtd libvirtd, String prefix) throws Exception {
    try (Connect connect = new Connect(libvirtd.qemu())) {
      for (int guest = 0; guest < GUESTS; guest++) {
        String name = prefix + guest;
        try (Domain domain = connect.domainDefineXML(Guests.qemuXml(name, libvirtd.disk(name)))) {
          domain.create();
          Guests.take(domain, "clean");
          domain.suspend();
        }
      }
    }
  }

  private static void restart(PrivateLibvirtd libvirtd) {
    try {
      libvirtd.kill();
      libvirtd.startAfterKill();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
