package io.github.libvirtsnapshot.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.ManualThreads;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Scheduling and reporting, with fake hosts. Each fake host has one domain, which it returns for
 * any name.
 */
@Timeout(60)
class FleetReverterTest {
  private final Map<String, Host> hosts = new ConcurrentHashMap<>();
  private final List<String> down = Collections.synchronizedList(new ArrayList<>());
  private final List<String> started = Collections.synchronizedList(new ArrayList<>());
  private final List<FleetEntry> finished = Collections.synchronizedList(new ArrayList<>());
  private final List<FleetProgress> progress = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger opened = new AtomicInteger();

  private final FleetListener listener =
      new FleetListener() {
        @Override
        public void started(String uri, String domain) {
          started.add(uri + " " + domain);
        }

        @Override
        public void finished(FleetEntry entry, FleetProgress progressNow) {
          finished.add(entry);
          progress.add(progressNow);
        }
      };

  private Connect open(String uri) throws LibvirtException {
    opened.incrementAndGet();
    if (down.contains(uri)) {
      throw new LibvirtException(
          LibvirtError.of(
              ErrorNumber.VIR_ERR_SYSTEM_ERROR, ErrorDomain.VIR_FROM_RPC, "connection refused"));
    }
    Host host = hosts.computeIfAbsent(uri, FleetReverterTest::host);
    return new Connect(AnyDomainName.of(host.libvirt.library(), uri), uri);
  }

  private record Host(FakeLibvirt libvirt, FakeDomain domain) {}

  private static Host host(String uri) {
    FakeLibvirt libvirt = new FakeLibvirt();
    return new Host(
        libvirt,
        libvirt.addDomain(uri, DomainState.RUNNING).addSnapshot("clean", DomainState.RUNNING));
  }

  private FleetReverter fleet() {
    return FleetReverter.with(domain -> SnapshotReverter.of(domain).to("clean"))
        .connector(this::open)
        .listener(listener);
  }

  private static List<String> words(FleetReport report) {
    return report.entries().stream()
        .map(entry -> entry.uri() + " " + entry.domain().orElse("(all)") + " " + entry.outcome())
        .toList();
  }

  @Test
  void entriesAreInTheOrderOfTheRequest() {
    FleetReport report =
        fleet()
            .on("h2", "web02", "web01")
            .on("h1", "web03")
            .on("h2", "db01")
            .maxConcurrent(3)
            .revert();

    assertEquals(
        List.of("h2 web02 REVERTED", "h2 web01 REVERTED", "h1 web03 REVERTED", "h2 db01 REVERTED"),
        words(report));
    assertTrue(report.isComplete());
    assertEquals(Map.of(RevertOutcome.REVERTED, 4), report.totals());
    assertEquals(4, finished.size());
    assertTrue(opened.get() <= 4, "at most one connection for each concurrent revert");
    assertEquals("4 domains: 4 reverted", report.toString());
  }

  @Test
  void textNamesHostsWithTheNumberOfTheirDomains() {
    assertEquals(
        "[h1: 1 domain, h2: 2 domains, h3: by condition]",
        fleet()
            .on("h1", "web01")
            .on("h2", "web01", "web02")
            .on("h3", FleetReverter.allDomains())
            .toString());
  }

  @Test
  void emptyFleetOpensNoConnection() {
    FleetReport empty = fleet().revert();

    assertEquals(List.of(), empty.entries());
    assertEquals("0 domains", empty.toString());
    assertEquals(0, opened.get());
  }

  @Test
  void hostThatIsDownAffectsItsOwnDomainsOnly() {
    down.add("h1");
    FleetReport report = fleet().on("h1", "web01", "web02").on("h2", "web03").revert();

    assertEquals(
        List.of("h1 web01 NOT_STARTED", "h1 web02 NOT_STARTED", "h2 web03 REVERTED"),
        words(report));
    assertEquals("connection refused", report.entries().get(0).failure().get().getMessage());
    assertEquals(
        "3 domains: 1 reverted, 2 not started",
        report.toString().lines().findFirst().orElseThrow());
    assertFalse(report.isComplete());
    assertEquals(2, opened.get());
    assertEquals("1 of 3 reverted, 2 not reverted", progress.get(progress.size() - 1).toString());

    down.clear();
    FleetReport again = report.unfinished().revert();
    assertEquals(List.of("h1 web01 REVERTED", "h1 web02 REVERTED"), words(again));
    assertEquals(List.of(), again.unfinished().revert().entries());
  }

  /** The first run leaves the parent as the current snapshot. */
  @Test
  void unfinishedRevertsToTheSnapshotThatWasSelectedBefore() throws Exception {
    open("h1").close();
    FakeDomain domain =
        hosts
            .get("h1")
            .domain
            .addSnapshot("parent", DomainState.RUNNING)
            .addSnapshot("child", DomainState.RUNNING)
            .setStateAfterReverts("parent", DomainState.SHUTOFF);
    FleetReport report =
        FleetReverter.with(host -> SnapshotReverter.of(host).toParent())
            .connector(this::open)
            .on("h1", "web01")
            .revert();
    assertEquals(List.of("h1 web01 WRONG_STATE"), words(report));

    FleetReport again = report.unfinished().revert();

    assertEquals(List.of("h1 web01 WRONG_STATE"), words(again));
    assertEquals(List.of("parent", "parent"), domain.reverts());
    again.unfinished().revert();
    assertEquals(List.of("parent", "parent", "parent"), domain.reverts());
  }

  @Test
  void unfinishedSelectsTheSnapshotAgainIfNoRevertWasStarted() throws Exception {
    open("h1").close();
    FakeDomain domain = hosts.get("h1").domain;
    FleetReport report =
        FleetReverter.with(host -> SnapshotReverter.of(host).toParent())
            .connector(this::open)
            .on("h1", "web01")
            .revert();
    assertEquals(List.of("h1 web01 NOT_STARTED"), words(report));

    domain.addSnapshot("child", DomainState.RUNNING);
    assertTrue(report.unfinished().revert().isComplete());
    assertEquals(List.of("clean"), domain.reverts());
  }

  @Test
  void functionReceivesTheUriOfTheHost() {
    FleetReport report =
        FleetReverter.with((uri, host) -> SnapshotReverter.of(host).to("of " + uri))
            .connector(this::open)
            .on("h1", "web01")
            .revert();

    assertTrue(report.toString().contains("to snapshot \"of h1\""), report.toString());
  }

  @Test
  void entryOfAMissingSnapshotListsTheSnapshots() {
    FleetReport report =
        FleetReverter.with(domain -> SnapshotReverter.of(domain).to("claen"))
            .connector(this::open)
            .on("h1", "web01")
            .revert();

    assertTrue(report.toString().endsWith("; the snapshots are \"clean\""), report.toString());
  }

  @Test
  void reverterOfAnotherHostIsNotUsed() throws Exception {
    try (Connect connect = open("h2");
        Domain other = connect.domainLookupByName("web01")) {
      FleetReport report =
          FleetReverter.with(domain -> SnapshotReverter.of(other).to("clean"))
              .connector(this::open)
              .on("h1", "web01")
              .revert();

      assertEquals(List.of("h1 web01 NOT_STARTED"), words(report));
      assertTrue(report.toString().contains("returned a reverter of domain"), report.toString());
    }
    assertEquals(List.of(), hosts.get("h2").domain().reverts());
  }

  @Test
  void conditionSelectsDomainsAfterConnecting() {
    FleetReport report =
        fleet()
            .on("h1", FleetReverter.allDomains())
            .on("h2", domain -> domain.getName().equals("nobody"))
            .on("h1", "named")
            .revert();
    assertEquals(List.of("h1 h1 REVERTED", "h1 named REVERTED"), words(report));

    down.add("h3");
    FleetReport unknown = fleet().on("h3", FleetReverter.allDomains()).revert();
    assertEquals(List.of("h3 (all) NOT_STARTED"), words(unknown));
    assertEquals(Optional.empty(), unknown.entries().get(0).domain());
    assertEquals(1, finished.stream().filter(entry -> entry.uri().equals("h3")).count());

    down.clear();
    assertEquals(List.of("h3 h3 REVERTED"), words(unknown.unfinished().revert()));
  }

  /** The slot of a host that does not respond is given to another host. */
  @Test
  void hangingHostDoesNotDelayOtherHosts() throws Exception {
    ManualThreads threads = new ManualThreads();
    FleetRun run =
        fleet()
            .connector(
                uri -> {
                  if (uri.equals("h1")) {
                    threads.hang();
                  }
                  return open(uri);
                })
            .on("h1", "web01")
            .on("h1", FleetReverter.allDomains())
            .on("h2", "web02")
            .maxConcurrent(1)
            .deadline(Duration.ofSeconds(3))
            .using(threads)
            .start();
    FleetReport report = threads.await(run.report());

    assertEquals(
        List.of("h1 web01 NOT_STARTED", "h1 (all) NOT_STARTED", "h2 web02 REVERTED"),
        words(report));
    assertEquals(
        "the deadline of 3 s passed; the host has not responded for 3 s; way out: allow more time:"
            + " deadline(...), or: revert-fleet --deadline SECONDS; or revert the rest:"
            + " unfinished() of the report, or: revert-fleet --resume FILE",
        report.entries().get(0).failure().get().getMessage());
    assertEquals(List.of("h2 web02"), started);
    threads.release();
    assertEquals(List.of(), hosts.get("h1").domain.reverts());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void respectsConcurrencyLimits() {
    Concurrency all = new Concurrency();
    Map<String, Concurrency> each = new ConcurrentHashMap<>();
    FleetReverter fleet =
        FleetReverter.with(
                domain -> {
                  Concurrency host =
                      each.computeIfAbsent(domain.getName(), uri -> new Concurrency());
                  all.enter();
                  host.enter();
                  sleep(20);
                  host.leave();
                  all.leave();
                  return SnapshotReverter.of(domain).to("clean");
                })
            .connector(this::open)
            .maxConcurrent(4)
            .maxConcurrentPerHost(2);
    for (int host = 0; host < 5; host++) {
      fleet =
          fleet.on("h" + host, IntStream.range(0, 6).mapToObj(i -> "d" + i).toArray(String[]::new));
    }

    assertTrue(fleet.revert().isComplete());
    assertEquals(4, all.most.getAndSet(0));
    each.values().forEach(host -> assertTrue(host.most.get() <= 2, host.most.toString()));

    assertTrue(
        fleet
            .only(List.of())
            .on("h0", "web01", "web02", "web03", "db01", "db02")
            .revert()
            .isComplete());
    assertEquals(2, all.most.get());
  }

  /** Measures the maximum concurrency. */
  private static final class Concurrency {
    private final AtomicInteger within = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    void enter() {
      int now = within.incrementAndGet();
      most.accumulateAndGet(now, Math::max);
    }

    void leave() {
      within.decrementAndGet();
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void startsOneDomainOfEachHostInTurn() {
    FleetReport report =
        fleet()
            .on("h1", "web01", "web02", "web03")
            .on("h2", "db01", "db02", "mail01")
            .maxConcurrent(1)
            .revert();

    assertTrue(report.isComplete());
    assertEquals(
        List.of("h1 web01", "h2 db01", "h1 web02", "h2 db02", "h1 web03", "h2 mail01"),
        List.copyOf(started));
  }

  @Test
  void stoppedRunStartsNoFurtherRevert() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    FleetRun run =
        FleetReverter.with(
                domain ->
                    SnapshotReverter.of(domain)
                        .to("clean")
                        .withJournal(
                            intent -> {
                              begun.countDown();
                              await(goOn);
                            }))
            .connector(this::open)
            .on("h1", "web01", "web02")
            .on("h2", "web03")
            .maxConcurrent(1)
            .start();
    begun.await();
    run.stop();
    goOn.countDown();

    FleetReport report = run.report().get();
    assertEquals(
        List.of("h1 web01 REVERTED", "h1 web02 NOT_STARTED", "h2 web03 NOT_STARTED"),
        words(report));
    assertInstanceOf(NotStartedException.class, report.entries().get(1).failure().get());
    assertEquals(0, run.progress().left());
  }

  /** The function may take any time. */
  @Test
  void stopDoesNotWaitForTheReverterFunction() throws Exception {
    ManualThreads threads = new ManualThreads();
    FleetRun run =
        FleetReverter.with(
                domain -> {
                  threads.hang();
                  return SnapshotReverter.of(domain).to("clean");
                })
            .connector(this::open)
            .on("h1", "web01", "web02")
            .using(threads)
            .start();
    threads.awaitQuiet();
    run.stop();

    FleetReport report = threads.await(run.report());
    assertEquals(List.of("h1 web01 NOT_STARTED", "h1 web02 NOT_STARTED"), words(report));
    threads.release();
    assertEquals(List.of(), hosts.get("h1").domain.reverts());
  }

  @Test
  void interruptStopsTheRunAndStaysSet() {
    Thread.currentThread().interrupt();
    FleetReport report = fleet().on("h1", "web01").on("h2", "web02").maxConcurrent(1).revert();

    assertTrue(Thread.interrupted());
    assertEquals(2, report.entries().size());
  }

  @Test
  void exceptionsOfFunctionAndListenerAreReported() throws Exception {
    try (LogRecorder log = new LogRecorder(FleetReverter.class)) {
      FleetReport report =
          FleetReverter.with(
                  domain -> {
                    throw new IllegalStateException("no x://fred:s3cret@host1/");
                  })
              .connector(this::open)
              .listener(
                  new FleetListener() {
                    @Override
                    public void started(String uri, String domain) {
                      throw new IllegalStateException("error in the listener");
                    }
                  })
              .on("h1", "web01")
              .revert();

      assertEquals(List.of("h1 web01 NOT_STARTED"), words(report));
      assertEquals(
          "java.lang.IllegalStateException: no x://fred:***@host1/",
          report.entries().get(0).failure().get().getMessage());
      assertEquals(List.of("WARNING a fleet listener failed"), log.lines());
    }
  }

  @Test
  void hangingListenerDoesNotDelayTheReport() {
    CountDownLatch hanging = new CountDownLatch(1);
    FleetReport report =
        fleet()
            .listener(
                new FleetListener() {
                  @Override
                  public void started(String uri, String domain) {
                    await(hanging);
                  }
                })
            .on("h1", "web01", "web02")
            .revert();

    assertTrue(report.isComplete());
    hanging.countDown();
  }

  @Test
  void undoingRevertsToTheSafetySnapshots() {
    FleetReport report =
        FleetReverter.with(domain -> SnapshotReverter.of(domain).to("clean").withSafetySnapshot())
            .connector(this::open)
            .on("h1", "web01")
            .on("h2", "web02")
            .revert();
    assertTrue(report.isComplete(), report.toString());
    String safetySnapshot = report.entries().get(0).safetySnapshot().orElseThrow();

    FleetReport undone = report.undoing().revert();

    assertTrue(undone.isComplete(), undone.toString());
    assertEquals(List.of("clean", safetySnapshot), hosts.get("h1").domain.reverts());
    assertEquals(
        List.of(),
        fleet().on("h3", "web03").revert().undoing().revert().entries(),
        "a revert without a safety snapshot can't be undone");
  }

  @Test
  void planHasAnEntryForEachDomain() {
    down.add("h2");
    FleetPlan plan = fleet().on("h1", "web01").on("h2", "web02").plan();

    assertTrue(plan.entries().get(0).plan().isPresent());
    assertEquals("no plan: h2 \"web02\": connection refused", plan.entries().get(1).toString());
    assertEquals(List.of(), hosts.get("h1").domain.reverts());
  }

  @Test
  void invalidSettingsThrowImmediately() {
    FleetReverter fleet = fleet().on("h1", "web01").on("h1", FleetReverter.allDomains());
    assertThrows(IllegalArgumentException.class, () -> fleet.on("h1", "web02", "web01"));
    assertThrows(IllegalArgumentException.class, () -> fleet.on("h1", "web02", "web02"));
    assertThrows(IllegalArgumentException.class, () -> fleet.on("h2"));
    assertThrows(IllegalArgumentException.class, () -> fleet.on("h1", FleetReverter.allDomains()));
    assertThrows(IllegalArgumentException.class, () -> fleet.maxConcurrent(0));
    assertThrows(IllegalArgumentException.class, () -> fleet.maxConcurrentPerHost(0));
    assertThrows(IllegalArgumentException.class, () -> fleet.deadline(Duration.ZERO));
    assertThrows(
        IllegalArgumentException.class, () -> fleet.deadline(Duration.ofSeconds(Long.MAX_VALUE)));
  }

  @Test
  void progressIsReportedInOrder() {
    FleetReverter fleet = fleet();
    for (int host = 0; host < 200; host++) {
      fleet = fleet.on("h" + host, "web01");
    }
    fleet.revert();

    assertEquals(
        IntStream.range(0, 200).map(i -> 199 - i).boxed().toList(),
        progress.stream().map(FleetProgress::left).toList());
  }

  @Test
  void estimateIsEmptyUntilEachHostHasFinishedADomain() throws Exception {
    FleetReport report =
        fleet().on("h1", "web01", "web02").on("h2", "web03", "db01").maxConcurrent(1).revert();

    assertTrue(report.isComplete());
    assertEquals(List.of(3, 2, 1, 0), progress.stream().map(FleetProgress::left).toList());
    assertEquals(Optional.empty(), progress.get(0).remaining());
    assertTrue(progress.get(1).remaining().isPresent());
    assertEquals(Optional.of(Duration.ZERO), progress.get(3).remaining());
    assertEquals("4 of 4 reverted", progress.get(3).toString());
  }
}
