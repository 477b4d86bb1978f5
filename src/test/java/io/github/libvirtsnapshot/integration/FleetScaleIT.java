package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.fleet.FleetEntry;
import io.github.libvirtsnapshot.fleet.FleetListener;
import io.github.libvirtsnapshot.fleet.FleetProgress;
import io.github.libvirtsnapshot.fleet.FleetReport;
import io.github.libvirtsnapshot.fleet.FleetReverter;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Reverts many hosts with ten domains each. The hosts are test drivers of a few daemons; each host
 * has its own socket, which is a link. The test checks the domains with virsh. {@code
 * -Dfleet.hosts=1000} sets the size of docs/scale.md.
 */
@Timeout(580)
class FleetScaleIT {
  private static final int HOSTS = Integer.getInteger("fleet.hosts", 60);
  private static final int DOMAINS = 10;
  private static final int DAEMONS = 4;
  private static final int MAX_CONCURRENT = 64;
  private static final int MAX_CONCURRENT_PER_HOST = 4;

  /** Of twenty hosts, two are down, one hangs, and one crashes during the run. */
  private static final int SHARE = 20;

  private static final Duration DEADLINE = Duration.ofSeconds(20 + HOSTS / 10);

  private final List<PrivateLibvirtd> daemons = new ArrayList<>();
  private final List<Connect> keeping = new ArrayList<>();

  /** A host: its URI, its daemon (null if it is down) and its domains. */
  private record Host(String uri, PrivateLibvirtd daemon, List<String> domains) {}

  @BeforeEach
  void start() throws Exception {
    for (int i = 0; i < DAEMONS + 2; i++) {
      PrivateLibvirtd daemon = PrivateLibvirtd.started();
      daemons.add(daemon);
      keeping.add(new Connect(uri(daemon)));
    }
  }

  @AfterEach
  void stop() throws Exception {
    keeping.forEach(Connect::close);
    for (PrivateLibvirtd daemon : daemons) {
      daemon.close();
    }
  }

  private static String uri(PrivateLibvirtd daemon) {
    return daemon.uri("test+unix:///default");
  }

  private PrivateLibvirtd hanging() {
    return daemons.get(DAEMONS);
  }

  private PrivateLibvirtd crashing() {
    return daemons.get(DAEMONS + 1);
  }

  /** Creates a host with paused domains, each with a snapshot of its running state. */
  private Host host(int number, PrivateLibvirtd daemon) throws Exception {
    String name = "h" + number;
    Path link = daemon.directory().resolve(name);
    Files.createSymbolicLink(link, daemon.socket());
    List<String> domains = IntStream.range(0, DOMAINS).mapToObj(i -> name + "-" + i).toList();
    Connect connect = keeping.get(daemons.indexOf(daemon));
    for (String domain : domains) {
      try (Domain defined = connect.domainDefineXML(Guests.testXml(domain))) {
        defined.create();
        Guests.take(defined, "clean");
        defined.suspend();
      }
    }
    return new Host("test+unix:///default?socket=" + link, daemon, domains);
  }

  private static FleetReverter fleet(List<Host> hosts) {
    FleetReverter fleet =
        FleetReverter.with(
                domain -> SnapshotReverter.of(domain).to("clean").running().enforcingState())
            .maxConcurrent(MAX_CONCURRENT)
            .maxConcurrentPerHost(MAX_CONCURRENT_PER_HOST);
    for (Host host : hosts) {
      fleet = fleet.on(host.uri(), host.domains().toArray(String[]::new));
    }
    return fleet;
  }

  private static Set<String> running(PrivateLibvirtd daemon) throws IOException {
    return Set.of(
        PrivateLibvirtd.run("virsh", "-c", uri(daemon), "list", "--name", "--state-running")
            .strip()
            .split("\\s+"));
  }

  @Test
  void allDomainsAreRevertedAndNothingLeaks() throws Exception {
    List<Host> hosts = new ArrayList<>();
    for (int i = 0; i < HOSTS; i++) {
      hosts.add(host(i, daemons.get(i % DAEMONS)));
    }
    Duration bare = bare(hosts);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    threads.resetPeakThreadCount();
    int before = threads.getThreadCount();
    Stopwatch watch = Stopwatch.createStarted();

    FleetReport report = fleet(hosts).revert();

    Duration took = watch.elapsed();
    System.out.printf(
        "fleet: %d hosts, %d domains: %.1f s; the bare calls, sequentially: %.1f s; at most %d"
            + " additional threads; %d MB of heap%n",
        HOSTS,
        report.entries().size(),
        took.toMillis() / 1e3,
        bare.toMillis() / 1e3,
        threads.getPeakThreadCount() - before,
        heap() >> 20);
    assertTrue(report.isComplete(), report.toString());
    assertTrue(threads.getPeakThreadCount() - before <= 2 * MAX_CONCURRENT, "too many threads");
    for (Host host : hosts) {
      assertTrue(running(host.daemon()).containsAll(host.domains()), host.uri());
    }
    assertNothingLeaks();
  }

  /** Measures the bare libvirt calls, and pauses each domain again. */
  private Duration bare(List<Host> hosts) throws Exception {
    Stopwatch watch = Stopwatch.createUnstarted();
    for (Host host : hosts) {
      Connect connect = keeping.get(daemons.indexOf(host.daemon()));
      for (String name : host.domains()) {
        try (Domain domain = connect.domainLookupByName(name);
            DomainSnapshot snapshot = domain.snapshotLookupByName("clean")) {
          watch.start();
          snapshot.revert(RevertFlag.RUNNING);
          watch.stop();
          Guests.bringTo(domain, DomainState.PAUSED);
        }
      }
    }
    return watch.elapsed();
  }

  private static long heap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void eachOutcomeIsCorrectIfHostsFail() throws Exception {
    List<Host> hosts = new ArrayList<>();
    for (int i = 0; i < HOSTS; i++) {
      hosts.add(
          switch (i % SHARE) {
            case 3, 13 -> new Host("test+unix:///default?socket=/nonexistent/" + i, null, names());
            case 7 -> host(i, hanging());
            case 17 -> host(i, crashing());
            default -> host(i, daemons.get(i % DAEMONS));
          });
    }
    hanging().signal("STOP");
    AtomicBoolean crashed = new AtomicBoolean();
    Stopwatch watch = Stopwatch.createStarted();

    FleetReport report =
        fleet(hosts)
            .deadline(DEADLINE)
            .listener(
                new FleetListener() {
                  @Override
                  public void finished(FleetEntry entry, FleetProgress progress) {
                    if (entry.uri().contains(crashing().directory().toString())
                        && crashed.compareAndSet(false, true)) {
                      kill(crashing());
                    }
                  }
                })
            .revert();

    Duration took = watch.elapsed();
    hanging().signal("CONT");
    System.out.printf(
        "fleet with faults: %d hosts, %d domains: %.1f s, %s%n",
        HOSTS, report.entries().size(), took.toMillis() / 1e3, report.totals());
    assertTrue(took.compareTo(DEADLINE.plusSeconds(5)) < 0, took.toString());
    assertOutcomes(hosts, report);
    assertNothingLeaks();
  }

  private static List<String> names() {
    return IntStream.range(0, DOMAINS).mapToObj(i -> "d" + i).toList();
  }

  private static void kill(PrivateLibvirtd daemon) {
    try {
      daemon.kill();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The domains of a daemon that crashed do not exist any more. */
  private void assertOutcomes(List<Host> hosts, FleetReport report) throws IOException {
    Set<String> running = new HashSet<>();
    for (PrivateLibvirtd daemon : daemons.subList(0, DAEMONS + 1)) {
      running.addAll(running(daemon));
    }
    assertEquals(HOSTS * DOMAINS, report.entries().size());
    for (int i = 0; i < report.entries().size(); i++) {
      FleetEntry entry = report.entries().get(i);
      Host host = hosts.get(i / DOMAINS);
      assertEquals(host.uri(), entry.uri());
      assertEquals(host.domains().get(i % DOMAINS), entry.domain().orElseThrow());
      if (host.daemon() == null || host.daemon() == hanging()) {
        assertEquals(RevertOutcome.NOT_STARTED, entry.outcome(), entry.toString());
        assertFalse(running.contains(entry.domain().orElseThrow()), entry.toString());
      } else if (host.daemon() != crashing()) {
        assertTrue(entry.isReverted(), entry.toString());
        assertTrue(running.contains(entry.domain().orElseThrow()), entry.toString());
      } else {
        assertTrue(
            Set.of(RevertOutcome.REVERTED, RevertOutcome.UNKNOWN, RevertOutcome.NOT_STARTED)
                .contains(entry.outcome()),
            entry.toString());
      }
    }
  }

  /** This test itself has one connection to each daemon. */
  private void assertNothingLeaks() throws Exception {
    for (PrivateLibvirtd daemon : daemons) {
      while (daemon.clients() > 1) {
        Thread.sleep(50);
      }
    }
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("libvirt-fleet"))) {
      Thread.sleep(50);
    }
  }
}
