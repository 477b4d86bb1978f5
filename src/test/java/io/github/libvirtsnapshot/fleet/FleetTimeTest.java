package io.github.libvirtsnapshot.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.jna.DomainPointer;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.FaultyHost;
import io.github.libvirtsnapshot.scheduling.FaultyHost.Fault;
import io.github.libvirtsnapshot.scheduling.ManualThreads;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Time limits and retries of a run, with hosts that hang and connections that are lost. */
@Timeout(60)
class FleetTimeTest {
  private static final String WAY_OUT =
      "; way out: allow more time: deadline(...), or: revert-fleet --deadline SECONDS; or revert"
          + " the rest: unfinished() of the report, or: revert-fleet --resume FILE";

  private static final String SILENT = "the host did not respond within 30 s";

  private final ManualThreads threads = new ManualThreads();
  private final FakeLibvirt libvirt = new FakeLibvirt();
  private final FakeDomain domain = libvirt.addDomain("h", DomainState.RUNNING);
  private final CountingLibvirt references =
      CountingLibvirt.of(AnyDomainName.of(libvirt.library(), "h"));
  private final AtomicInteger opened = new AtomicInteger();
  private LogRecorder quiet;

  @BeforeEach
  void prepareHost() {
    domain.addSnapshot("clean", DomainState.RUNNING);
    quiet = LogRecorder.ofEverything();
  }

  @AfterEach
  void assertNoHandleIsLeaked() throws Exception {
    threads.release();
    references.assertBalanced();
    quiet.close();
  }

  private FaultyHost failing(Fault fault, int number, String function) {
    return FaultyHost.atCall(number, function, references.library(), fault, threads);
  }

  private Connect open(String uri) throws LibvirtException {
    opened.incrementAndGet();
    return new Connect(references.library(), uri);
  }

  private FleetReverter fleet(HostConnector connector) {
    return fleet(connector, domain -> SnapshotReverter.of(domain).to("clean"));
  }

  private FleetReverter safeFleet(HostConnector connector) {
    return fleet(connector, domain -> SnapshotReverter.of(domain).to("clean").withSafetySnapshot());
  }

  private FleetReverter fleet(
      HostConnector connector, Function<Domain, SnapshotReverter> reverter) {
    return FleetReverter.with(reverter).connector(connector).using(threads);
  }

  private FleetReport run(FleetReverter fleet) throws Exception {
    return threads.await(fleet.start().report());
  }

  private static List<String> words(FleetReport report) {
    return report.entries().stream()
        .map(entry -> entry.domain().orElse("(all)") + " " + entry.outcome())
        .toList();
  }

  private static String message(FleetReport report, int entry) {
    return report.entries().get(entry).failure().orElseThrow().getMessage();
  }

  private Connect hang() {
    threads.hang();
    throw new IllegalStateException("the host responded too late");
  }

  private static LibvirtException refused() {
    return new LibvirtException(
        LibvirtError.of(
            ErrorNumber.VIR_ERR_SYSTEM_ERROR, ErrorDomain.VIR_FROM_RPC, "connection refused"));
  }

  @Test
  void unresponsiveHostIsGivenUpAfterTheHostTimeout() throws Exception {
    FleetReport report =
        run(fleet(uri -> hang()).on("h", "web01", "web02").on("h", FleetReverter.allDomains()));

    assertEquals(
        List.of("web01 NOT_STARTED", "web02 NOT_STARTED", "(all) NOT_STARTED"), words(report));
    assertEquals(SILENT, message(report, 0));
    assertEquals(Duration.ofSeconds(30), threads.elapsed());
  }

  @Test
  void hostTimeoutIsConfigurable() throws Exception {
    FleetReport report =
        run(fleet(uri -> hang()).on("h", "web01").hostTimeout(Duration.ofMillis(2_500)));

    assertEquals("the host did not respond within 2.5 s", message(report, 0));
    assertEquals(Duration.ofMillis(2_500), threads.elapsed());
  }

  /**
   * While the first connection is in use, a second one is opened, and the host does not respond.
   */
  @Test
  void hangingSecondConnectionIsGivenUp() throws Exception {
    FleetReverter fleet =
        fleet(
            uri -> opened.get() == 0 ? open(uri) : hang(),
            domain -> {
              threads.sleep(Duration.ofSeconds(2));
              return SnapshotReverter.of(domain).to("clean");
            });
    FleetReport report = run(fleet.on("h", "web01", "web02", "web03").maxConcurrentPerHost(2));

    assertEquals(Map.of(RevertOutcome.REVERTED, 2, RevertOutcome.NOT_STARTED, 1), report.totals());
    assertEquals(SILENT, first(report).failure().orElseThrow().getMessage());
    assertEquals(Duration.ofSeconds(30), threads.elapsed());
  }

  @Test
  void pageHasTheTimesOfTheRun() throws Exception {
    FleetReverter fleet =
        fleet(
            this::open,
            domain -> {
              threads.sleep(Duration.ofSeconds(2));
              return SnapshotReverter.of(domain).to("clean");
            });
    String page = run(fleet.on("h", "web01", "web02").maxConcurrentPerHost(1)).toHtml();

    assertTrue(page.contains("web01: reverted, 0.0–2.0 s<"), page);
    assertTrue(page.contains("web02: reverted, 2.0–4.0 s<"), page);
    assertTrue(page.contains("ended after 4.0 s"), page);
  }

  @Test
  void domainThatWasNotStartedHasNoTime() throws Exception {
    String page = run(fleet(uri -> hang()).on("h", "web01")).toHtml();

    assertTrue(page.contains("not started: <bdi>web01</bdi>"), page);
    assertFalse(page.contains("<rect x="), page);
  }

  @Test
  void hangingReconnectionIsGivenUp() throws Exception {
    FaultyHost host = failing(Fault.LOST_AND_HANGS, 1, "virDomainRevertToSnapshot");
    FleetReport report = run(fleet(host::open).on("h", "web01"));

    assertEquals(List.of("web01 UNKNOWN"), words(report));
    assertTrue(threads.elapsed().compareTo(Duration.ofSeconds(35)) < 0);
  }

  /** One domain waits for the host timeout; the others of the host are given up with it. */
  @Test
  void hostThatStopsRespondingIsGivenUpForAllItsDomains() throws Exception {
    FaultyHost host = failing(Fault.LOST_AND_HANGS, 1, "virDomainRevertToSnapshot");
    FleetReport report =
        run(fleet(host::open).on("h", "web01", "web02", "web03", "db01").maxConcurrentPerHost(1));

    assertEquals(
        List.of("web01 UNKNOWN", "web02 NOT_STARTED", "web03 NOT_STARTED", "db01 NOT_STARTED"),
        words(report));
    assertEquals(SILENT, message(report, 1));
    assertEquals(Duration.ofSeconds(30), threads.elapsed());
  }

  @Test
  void refusedReconnectionIsRetriedForTheHostTimeout() throws Exception {
    FleetReport report =
        run(
            fleet(
                    uri -> {
                      if (opened.incrementAndGet() > 1) {
                        throw refused();
                      }
                      return failing(Fault.LOST, 1, "virDomainLookupByName").open(uri);
                    })
                .on("h", "web01"));

    assertEquals(List.of("web01 NOT_STARTED"), words(report));
    assertEquals("connection refused", message(report, 0));
    assertEquals(Duration.ofSeconds(30), threads.elapsed());
  }

  /** The slots that ending tasks release must not start other tasks. */
  @Test
  void noRevertStartsAfterStop() throws Exception {
    String[] domains = IntStream.range(0, 50).mapToObj(i -> "d" + i).toArray(String[]::new);
    FleetRun run =
        fleet(
                this::open,
                domain -> {
                  threads.sleep(Duration.ofSeconds(1));
                  return SnapshotReverter.of(domain).to("clean");
                })
            .on("h", domains)
            .start();
    threads.awaitQuiet();
    run.stop();
    FleetReport report = threads.await(run.report());
    threads.release();

    assertEquals(Map.of(RevertOutcome.NOT_STARTED, 50), report.totals());
    assertEquals(List.of(), domain.reverts());
  }

  /** libvirt was not called to revert, so there is no outcome to resolve. */
  @Test
  void connectionLostBeforeTheRevertIsRetried() throws Exception {
    FaultyHost host = failing(Fault.LOST, 1, "virConnectGetLibVersion");
    FleetReport report = run(fleet(host::open).on("h", "web01"));

    assertEquals(List.of("web01 REVERTED"), words(report));
    assertEquals(List.of("clean"), domain.reverts());
  }

  @Test
  void failedListingAffectsOnlyTheSelectedDomains() throws Exception {
    FaultyHost host = failing(Fault.DENIED, 1, "virConnectListAllDomains");
    FleetReport report =
        run(fleet(host::open).on("h", "named").on("h", FleetReverter.allDomains()));

    assertEquals(List.of("named REVERTED", "(all) NOT_STARTED"), words(report));
    assertEquals("read only access", message(report, 1));
  }

  /** A named domain that was reverted is not selected when the condition is tested again. */
  @Test
  void resumedSelectionLeavesOutRevertedDomains() throws Exception {
    FaultyHost host = failing(Fault.DENIED, 1, "virConnectListAllDomains");
    FleetReport report = run(fleet(host::open).on("h", "h").on("h", FleetReverter.allDomains()));
    assertEquals(List.of("h REVERTED", "(all) NOT_STARTED"), words(report));

    ManualThreads later = new ManualThreads();
    FleetReport rest = later.await(report.unfinished().using(later).start().report());
    later.release();
    assertEquals(List.of(), words(rest));
    assertEquals(List.of("clean"), domain.reverts());
  }

  /** The time to resolve an outcome begins when it becomes unknown. */
  @Test
  void earlierLossDoesNotShortenTheTimeToResolve() throws Exception {
    FaultyHost first = failing(Fault.LOST, 1, "virDomainLookupByName");
    FaultyHost second = failing(Fault.DONE_AND_LOST, 1, "virDomainRevertToSnapshot");
    FleetReport report =
        run(
            fleet(
                    uri -> {
                      int number = opened.incrementAndGet();
                      if (number == 3) {
                        throw refused();
                      }
                      return number == 1 ? first.open(uri) : second.open(uri);
                    },
                    domain -> {
                      threads.sleep(Duration.ofSeconds(60));
                      return SnapshotReverter.of(domain).to("clean");
                    })
                .on("h", "web01"));

    assertEquals(Verdict.REVERTED, report.entries().get(0).resolved().orElseThrow().verdict());
  }

  /** The failure of the first attempt names a safety snapshot that was deleted before the retry. */
  @Test
  void retryDoesNotNameADeletedSafetySnapshot() throws Exception {
    FaultyHost host = failing(Fault.LOST, 1, "virDomainRevertToSnapshot");
    FleetReport report =
        run(
            fleet(
                    uri -> {
                      if (opened.incrementAndGet() > 2) {
                        throw refused();
                      }
                      return host.open(uri);
                    },
                    domain -> {
                      threads.sleep(Duration.ofSeconds(opened.get() == 2 ? 60 : 0));
                      return SnapshotReverter.of(domain).to("clean").withSafetySnapshot();
                    })
                .on("h", "web01")
                .deadline(Duration.ofSeconds(20)));

    assertEquals(List.of("web01 NOT_STARTED"), words(report));
    assertEquals(
        "the deadline of 20 s passed; the last error: End of file" + WAY_OUT, message(report, 0));
    assertEquals(List.of("clean"), domain.snapshotNames());
  }

  @Test
  void deadlineDuringSafetySnapshotNamesTheSnapshot() throws Exception {
    FaultyHost host = failing(Fault.HANGS, 1, "virDomainSnapshotCreateXML");
    FleetReport report =
        run(safeFleet(host::open).on("h", "web01").deadline(Duration.ofSeconds(5)));

    FleetEntry entry = report.entries().get(0);
    assertEquals(RevertOutcome.NOT_STARTED, entry.outcome());
    assertTrue(
        message(report, 0)
            .contains(
                "was not started: the deadline of 5 s passed; safety snapshot \""
                    + entry.safetySnapshot().orElseThrow()
                    + "\" may exist until the run deletes it; if the guest is paused, resume it"),
        message(report, 0));
  }

  /** The revert is given up while the journal of the program hangs. */
  @Test
  void revertThatWasGivenUpTakesNoSafetySnapshot() throws Exception {
    FleetReport report =
        run(
            fleet(
                    this::open,
                    domain ->
                        SnapshotReverter.of(domain)
                            .to("clean")
                            .withSafetySnapshot()
                            .withJournal(intent -> threads.hang()))
                .on("h", "web01")
                .deadline(Duration.ofSeconds(5)));
    threads.release();

    assertEquals(List.of("web01 NOT_STARTED"), words(report));
    assertEquals(Optional.empty(), report.entries().get(0).safetySnapshot());
    assertEquals(List.of("clean"), domain.snapshotNames());
  }

  /** The result is reported before the host is queried again. */
  @Test
  void finishedRevertIsReportedEvenIfTheHostHangsAfterwards() throws Exception {
    FaultyHost host = failing(Fault.HANGS, 3, "virDomainListGetStats");
    FleetReport report = run(fleet(host::open).on("h", "web01"));

    assertEquals(List.of("web01 REVERTED"), words(report));
    assertEquals("virDomainListGetStats", host.faultyFunction());
  }

  /** A thread still hangs with a domain that was given up, but the host responds to the others. */
  @Test
  void deadlineMessageDoesNotBlameAResponsiveHost() throws Exception {
    FaultyHost host = failing(Fault.HANGS, 1, "virDomainListAllSnapshots");
    FleetReport report =
        run(
            fleet(
                    host::open,
                    domain -> {
                      threads.sleep(Duration.ofSeconds(20));
                      return SnapshotReverter.of(domain).to("clean").withSafetySnapshot();
                    })
                .on("h", "web01", "web02", "web03", "db01")
                .maxConcurrentPerHost(1)
                .deadline(Duration.ofSeconds(85)));

    assertEquals(
        List.of("web01 NOT_STARTED", "web02 REVERTED", "web03 NOT_STARTED", "db01 NOT_STARTED"),
        words(report));
    assertEquals("the deadline of 85 s passed" + WAY_OUT, message(report, 3));
  }

  /**
   * Perhaps only the storage of this domain hangs. All names lead to one domain, so the two others
   * are reverted one after the other.
   */
  @Test
  void unansweredQueryAffectsItsDomainOnly() throws Exception {
    FaultyHost host = failing(Fault.HANGS, 1, "virDomainListAllSnapshots");
    FleetReport report =
        run(safeFleet(host::open).on("h", "web01", "web02", "web03").maxConcurrentPerHost(2));

    assertEquals(2, report.totals().get(RevertOutcome.REVERTED), report.toString());
    FleetEntry entry = first(report);
    assertTrue(entry.failure().orElseThrow().getMessage().endsWith("was not started: " + SILENT));
    assertEquals(Duration.ofSeconds(30), threads.elapsed());
  }

  private static FleetEntry first(FleetReport report) {
    return report.entries().stream().filter(entry -> !entry.isReverted()).findFirst().orElseThrow();
  }

  @Test
  void hostTimeoutDoesNotLimitARevert() throws Exception {
    FleetReverter fleet =
        fleet(
            this::open,
            domain ->
                SnapshotReverter.of(domain)
                    .to("clean")
                    .withJournal(intent -> threads.sleep(Duration.ofMinutes(5))));
    FleetReport report = run(fleet.on("h", "web01"));

    assertTrue(report.isComplete());
    assertEquals(Duration.ofMinutes(5), threads.elapsed());
  }

  @Test
  void stopEndsTheWaitForAHangingHost() throws Exception {
    FleetRun run =
        fleet(uri -> hang()).on("h", "web01").on("h", FleetReverter.allDomains()).start();
    threads.awaitQuiet();
    run.stop();

    FleetReport report = threads.await(run.report());
    assertEquals(List.of("web01 NOT_STARTED", "(all) NOT_STARTED"), words(report));
    assertEquals("the run was stopped", message(report, 0));
    assertEquals(Duration.ZERO, threads.elapsed());
  }

  @Test
  void hostTimeoutDoesNotLimitACondition() throws Exception {
    FleetReverter fleet =
        fleet(this::open)
            .on(
                "h",
                domain -> {
                  threads.sleep(Duration.ofMinutes(2));
                  return true;
                });
    FleetReport report = run(fleet);

    assertEquals(List.of("h REVERTED"), words(report));
    assertEquals(Duration.ofMinutes(2), threads.elapsed());
  }

  @Test
  void hangingConditionEndsAtTheDeadline() throws Exception {
    FleetReport report =
        run(
            fleet(this::open)
                .on(
                    "h",
                    domain -> {
                      threads.hang();
                      return true;
                    })
                .on("h", "named")
                .deadline(Duration.ofMinutes(1)));

    assertEquals(List.of("(all) NOT_STARTED", "named NOT_STARTED"), words(report));
    assertEquals("the deadline of 60 s passed" + WAY_OUT, message(report, 0));
  }

  @Test
  void failingConditionAffectsOnlyTheSelectedDomains() throws Exception {
    FleetReport report =
        run(
            fleet(this::open)
                .on(
                    "h",
                    domain -> {
                      throw new IllegalStateException("error in the program");
                    })
                .on("h", "named"));

    assertEquals(List.of("(all) NOT_STARTED", "named REVERTED"), words(report));
    assertEquals("java.lang.IllegalStateException: error in the program", message(report, 0));
  }

  @Test
  void retryDeletesTheSafetySnapshotOfARevertThatChangedNothing() throws Exception {
    FaultyHost host = failing(Fault.LOST, 1, "virDomainRevertToSnapshot");
    FleetReport report = run(safeFleet(host::open).on("h", "web01"));

    assertTrue(report.isComplete(), report.toString());
    String safetySnapshot = report.entries().get(0).safetySnapshot().orElseThrow();
    assertEquals(List.of("clean", safetySnapshot), domain.snapshotNames());
  }

  @Test
  void safetySnapshotThatCannotBeDeletedIsReported() throws Exception {
    FaultyHost losing = failing(Fault.LOST, 1, "virDomainRevertToSnapshot");
    FaultyHost keeping =
        FaultyHost.atCall(1, "virDomainSnapshotDelete", references.library(), Fault.ERROR, threads);
    FleetReport report =
        run(
            safeFleet(uri -> opened.getAndIncrement() == 0 ? losing.open(uri) : keeping.open(uri))
                .on("h", "web01"));

    assertTrue(report.isComplete(), report.toString());
    FleetEntry entry = report.entries().get(0);
    assertEquals(
        List.of("clean", entry.leftSafetySnapshots().get(0), entry.safetySnapshot().orElseThrow()),
        domain.snapshotNames());
    assertTrue(
        entry
            .toString()
            .endsWith(
                "; safety snapshots that may still exist: " + entry.leftSafetySnapshots().get(0)));
  }

  @Test
  void interruptedSafetySnapshotIsDeletedBeforeTheNextAttempt() throws Exception {
    FaultyHost host = failing(Fault.DONE_AND_LOST, 1, "virDomainSnapshotCreateXML");
    FleetReport report = run(safeFleet(host::open).on("h", "web01"));

    assertTrue(report.isComplete(), report.toString());
    String safetySnapshot = report.entries().get(0).safetySnapshot().orElseThrow();
    assertEquals(List.of("clean", safetySnapshot), domain.snapshotNames());
    assertEquals(List.of("clean"), domain.reverts());
  }

  /** A libvirt whose daemon crashes while it creates a snapshot. */
  private static LibvirtLibrary leavingPaused(LibvirtLibrary libvirt) {
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            LibvirtLibrary.class.getClassLoader(),
            new Class<?>[] {LibvirtLibrary.class},
            (proxy, method, args) -> {
              Object result = FaultInjection.call(libvirt, method, args);
              if (method.getName().equals("virDomainSnapshotCreateXML")) {
                assertEquals(0, libvirt.virDomainSuspend((DomainPointer) args[0]));
              }
              return result;
            });
  }

  /** The guest is not reverted; the message has the command that resumes it. */
  @Test
  void guestLeftPausedByItsSafetySnapshotIsReported() throws Exception {
    FaultyHost host =
        FaultyHost.atCall(
            1,
            "virDomainSnapshotCreateXML",
            leavingPaused(references.library()),
            Fault.DONE_AND_LOST,
            threads);
    FleetReport report = run(safeFleet(host::open).on("h", "web01"));

    FleetEntry entry = report.entries().get(0);
    assertEquals(RevertOutcome.NOT_STARTED, entry.outcome());
    assertEquals(Verdict.INDETERMINATE, entry.resolved().orElseThrow().verdict());
    assertTrue(message(report, 0).contains("if the guest is paused, resume it: virsh resume "));
    assertEquals(List.of("clean", entry.safetySnapshot().orElseThrow()), domain.snapshotNames());
  }

  /** A daemon that was just started does not know the state of its guests yet. */
  @Test
  void outcomeIsResolvedOnlyByTwoEqualObservations() throws Exception {
    FaultyHost host = failing(Fault.DONE_AND_LOST, 1, "virDomainRevertToSnapshot");
    FleetReport report = run(fleet(host::open).on("h", "web01").deadline(Duration.ofMillis(1_500)));

    assertEquals(List.of("web01 UNKNOWN"), words(report));
    assertEquals(Optional.empty(), report.entries().get(0).resolved());

    FaultyHost again = failing(Fault.DONE_AND_LOST, 1, "virDomainRevertToSnapshot");
    ManualThreads later = new ManualThreads();
    FleetReport resolved =
        later.await(fleet(again::open).on("h", "web01").using(later).start().report());
    assertEquals(Verdict.REVERTED, resolved.entries().get(0).resolved().orElseThrow().verdict());
    later.release();
  }

  @Test
  void planEndsAtTheDeadline() throws Exception {
    FaultyHost host = failing(Fault.HANGS, 1, "virDomainGetXMLDesc");
    CompletableFuture<FleetPlan> plan = new CompletableFuture<>();
    FleetReverter fleet =
        fleet(host::open).on("h", "web01", "web02").deadline(Duration.ofSeconds(5));
    Thread planning = new Thread(() -> plan.complete(fleet.plan()));
    planning.start();
    threads.awaitHanging();
    while (!plan.isDone()) {
      threads.step();
    }

    assertEquals(
        List.of(false, true),
        plan.get().entries().stream().map(entry -> entry.plan().isPresent()).sorted().toList());
    assertTrue(
        plan.get()
            .toString()
            .contains(
                "the deadline of 5 s passed; the host has not responded for 5 s; way out: allow"
                    + " more time: deadline(...), or: revert-fleet --deadline SECONDS"),
        plan.get().toString());
    assertFalse(plan.get().toString().contains("--resume"), plan.get().toString());
    assertEquals(Duration.ofSeconds(5), threads.elapsed());
  }

  @Test
  void interruptEndsAPlan() throws Exception {
    FleetReverter fleet = fleet(uri -> hang()).on("h", "web01");
    Thread.currentThread().interrupt();
    FleetPlan plan = fleet.plan();

    assertTrue(Thread.interrupted());
    assertEquals("no plan: h \"web01\": the run was stopped", plan.entries().get(0).toString());
  }

  @Test
  void unfinishedRevertIsInProgressAtTheDeadline() throws Exception {
    FaultyHost host = failing(Fault.HANGS, 1, "virDomainRevertToSnapshot");
    FleetReport report = run(fleet(host::open).on("h", "web01").deadline(Duration.ofSeconds(5)));

    assertEquals(List.of("web01 IN_PROGRESS"), words(report));
    assertTrue(message(report, 0).contains(": the deadline of 5 s passed; "));
    assertFalse(message(report, 0).contains("way out"), message(report, 0));
    assertTrue(references.out() > 0, "the call still uses its connection");
  }

  @Test
  void connectionWithARunningCallIsNotReused() throws Exception {
    FaultyHost host = failing(Fault.HANGS, 1, "virDomainListAllSnapshots");
    FleetReport report =
        run(
            safeFleet(
                    uri -> {
                      opened.incrementAndGet();
                      return host.open(uri);
                    })
                .on("h", "web01", "web02")
                .maxConcurrentPerHost(1));

    assertEquals(List.of("web01 NOT_STARTED", "web02 REVERTED"), words(report));
    assertEquals(2, opened.get());
  }

  @Test
  void missingThreadIsReported() throws Exception {
    threads.rejectNext(1);
    FleetReport opening = run(fleet(this::open).on("h", "web01"));
    assertEquals(List.of("web01 NOT_STARTED"), words(opening));
    assertEquals("java.lang.OutOfMemoryError: unable to create native thread", message(opening, 0));
  }

  @Test
  void rejectedTaskFreesItsSlot() throws Exception {
    ManualThreads own = new ManualThreads();
    FleetReport report =
        own.await(
            fleet(
                    uri -> {
                      own.rejectNext(opened.get() == 0 ? 1 : 0);
                      return open(uri);
                    })
                .using(own)
                .on("h", "web01", "web02", "web03")
                .maxConcurrent(1)
                .start()
                .report());
    own.release();

    assertEquals(List.of("web01 NOT_STARTED", "web02 REVERTED", "web03 REVERTED"), words(report));
  }

  @Test
  void deadlineMessageHasTheLastErrorOfTheHost() throws Exception {
    FleetReport report =
        run(
            fleet(
                    uri -> {
                      if (opened.get() > 0) {
                        throw refused();
                      }
                      return failing(Fault.LOST, 1, "virDomainLookupByName")
                          .open("h" + opened.incrementAndGet());
                    })
                .on("h", "web01")
                .deadline(Duration.ofSeconds(20)));

    assertEquals(
        "the deadline of 20 s passed; the last error: connection refused" + WAY_OUT,
        message(report, 0));
    assertEquals(
        "connection refused",
        report.entries().get(0).failure().orElseThrow().getCause().getMessage());
  }

  @Test
  void deadlineMessageNamesAnUnresponsiveHost() throws Exception {
    FleetReport report =
        run(fleet(uri -> hang()).on("h", "web01").deadline(Duration.ofSeconds(20)));

    assertEquals(
        "the deadline of 20 s passed; the host has not responded for 20 s" + WAY_OUT,
        message(report, 0));
  }

  /**
   * The guest may have been stopped; the report must not lose this because the host is down now.
   */
  @Test
  void unknownOutcomeStaysUnknownUntilTheDomainIsReverted() throws Exception {
    FaultyHost host = failing(Fault.LOST_AND_HANGS, 1, "virDomainRevertToSnapshot");
    FleetReport unknown = run(fleet(host::open).on("h", "web01"));
    assertEquals(List.of("web01 UNKNOWN"), words(unknown));

    ManualThreads later = new ManualThreads();
    FleetReverter down =
        unknown
            .unfinished()
            .using(later)
            .connector(
                uri -> {
                  throw refused();
                });
    FleetReport resumed = later.await(down.start().report());
    FleetEntry entry = resumed.entries().get(0);
    assertEquals(RevertOutcome.UNKNOWN, entry.outcome());
    assertEquals(unknown.entries().get(0).failure(), entry.failure());
    assertEquals("connection refused", entry.notStartedAgain().orElseThrow().getMessage());
    assertTrue(entry.toString().endsWith("; not started again: connection refused"));
    assertFalse(resumed.isComplete());

    ManualThreads again = new ManualThreads();
    FleetReport done =
        again.await(resumed.unfinished().using(again).connector(this::open).start().report());
    assertEquals(List.of("web01 REVERTED"), words(done));
    assertEquals(Optional.empty(), done.entries().get(0).notStartedAgain());
    later.release();
    again.release();
  }

  @Test
  void remainingTimeEndsAtTheDeadline() throws Exception {
    List<FleetProgress> progress = Collections.synchronizedList(new ArrayList<>());
    FleetReverter fleet =
        fleet(
                this::open,
                domain -> {
                  threads.sleep(Duration.ofSeconds(10));
                  return SnapshotReverter.of(domain).to("clean");
                })
            .listener(
                new FleetListener() {
                  @Override
                  public void finished(FleetEntry entry, FleetProgress now) {
                    progress.add(now);
                  }
                });
    FleetReport report =
        run(
            fleet
                .on("h", "web01", "web02", "web03", "db01", "db02")
                .maxConcurrent(1)
                .deadline(Duration.ofSeconds(25)));

    assertEquals(2, report.totals().get(RevertOutcome.REVERTED));
    assertEquals(Duration.ofSeconds(10), progress.get(0).elapsed());
    assertEquals(Optional.of(Duration.ofSeconds(15)), progress.get(0).remaining());
    assertEquals(6.0, progress.get(0).perMinute().get("h"), 0.001);
    assertEquals(Optional.of(Duration.ofSeconds(5)), progress.get(1).remaining());
  }
}
