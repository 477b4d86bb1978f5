package io.github.libvirtsnapshot.fleet;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.GuestProbe;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.FaultyHost;
import io.github.libvirtsnapshot.scheduling.FaultyHost.Fault;
import io.github.libvirtsnapshot.scheduling.ManualThreads;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that revert the five domains of a lab on two hosts, or none of them. */
@Timeout(60)
class FleetTogetherTest {
  private static final String SAFETY = "before-revert-";

  private final ManualThreads threads = new ManualThreads();
  private final FakeLibvirt first = new FakeLibvirt();
  private final FakeLibvirt second = new FakeLibvirt();
  private final CountingLibvirt firstReferences = CountingLibvirt.of(first.library());
  private final CountingLibvirt secondReferences = CountingLibvirt.of(second.library());
  private final Map<String, FakeDomain> domains = new LinkedHashMap<>();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private HostConnector secondHost = uri -> new Connect(secondReferences.library(), uri);
  private LogRecorder quiet;

  @BeforeEach
  void addDomains() {
    add(first, "web01", "web02", "web03");
    add(second, "db01", "db02");
    quiet = LogRecorder.ofEverything();
  }

  private void add(FakeLibvirt host, String... names) {
    for (String name : names) {
      FakeDomain domain = host.addDomain(name, DomainState.RUNNING);
      domains.put(name, domain.addSnapshot("clean", DomainState.PAUSED));
    }
  }

  @AfterEach
  void assertNoHandleIsLeaked() throws Exception {
    threads.release();
    firstReferences.assertBalanced();
    secondReferences.assertBalanced();
    quiet.close();
  }

  private Connect open(String uri) throws LibvirtException {
    return uri.equals("h1") ? new Connect(firstReferences.library(), uri) : secondHost.open(uri);
  }

  /** Records the stages of each domain, as in {@code planned web01}. */
  private final class Recorder implements RevertListener {
    private final String domain;
    private final Consumer<String> then;

    Recorder(String domain, Consumer<String> then) {
      this.domain = domain;
      this.then = then;
    }

    private void add(String event) {
      events.add(event + " " + domain);
      then.accept(event + " " + domain);
    }

    @Override
    public void planned(RevertPlan plan) {
      add("planned");
    }

    @Override
    public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
      add("kept");
    }

    @Override
    public void reverting(RevertRequest request, DomainStatus before) {
      if (request.snapshot().equals(Optional.of("clean"))) {
        add("reverting");
      }
    }

    @Override
    public void reverted(RevertReport report) {
      if (report.snapshot().equals("clean")) {
        add("reverted");
      }
    }
  }

  private FleetReverter lab(UnaryOperator<SnapshotReverter> settings, Consumer<String> then) {
    return FleetReverter.with(
            domain ->
                settings.apply(
                    SnapshotReverter.of(domain)
                        .to("clean")
                        .listener(new Recorder(domain.getName(), then))))
        .on("h1", "web01", "web02", "web03")
        .on("h2", FleetReverter.allDomains())
        .connector(this::open)
        .using(threads)
        .together();
  }

  private FleetReverter lab() {
    return lab(reverter -> reverter, event -> {});
  }

  private FleetReport run(FleetReverter fleet) throws Exception {
    return threads.await(fleet.start().report());
  }

  private FleetPlan plan(FleetReverter fleet) throws Exception {
    return threads.await(CompletableFuture.supplyAsync(fleet::plan));
  }

  private static List<String> words(FleetReport report) {
    return report.entries().stream()
        .map(entry -> entry.domain().orElse("(all)") + " " + entry.outcome())
        .toList();
  }

  private static String message(FleetReport report, int entry) {
    return report.entries().get(entry).failure().orElseThrow().getMessage();
  }

  private void assertAllReverted(FleetReport report) {
    assertTrue(report.isComplete(), report.toString());
    domains.forEach(
        (name, domain) -> {
          assertEquals(List.of("clean"), domain.reverts(), name);
        });
  }

  /** No domain is left in another state, with another snapshot, or reverted. */
  private void assertAllAsBefore(FleetReport report) {
    assertEquals(List.of(), report.uncertain(), report.toString());
    report.entries().forEach(entry -> assertTrue(entry.isAsBefore(), entry.toString()));
    report.entries().forEach(entry -> assertFalse(entry.isReverted(), entry.toString()));
    domains.forEach(
        (name, domain) -> {
          assertEquals(DomainState.RUNNING, domain.state(), name);
          assertEquals(List.of("clean"), domain.snapshotNames(), name);
          List<String> reverts = domain.reverts();
          assertTrue(
              reverts.isEmpty() || reverts.get(reverts.size() - 1).startsWith(SAFETY),
              name + ": " + reverts);
        });
  }

  private void assertNothingWasReverted() {
    domains.forEach((name, domain) -> assertEquals(List.of(), domain.reverts(), name));
  }

  private List<String> stages() {
    return events.stream().map(event -> event.substring(0, event.indexOf(' '))).toList();
  }

  /** With one slot for each host, a domain that waits must not keep its slot. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64})
  void noDomainBeginsAStageBeforeAllHaveCompletedTheOneBefore(int concurrently) throws Exception {
    FleetReport report = run(lab().maxConcurrent(concurrently).maxConcurrentPerHost(concurrently));

    assertAllReverted(report);
    assertEquals(Collections.nCopies(5, "planned"), stages().subList(0, 5));
    assertEquals(Collections.nCopies(5, "kept"), stages().subList(5, 10));
    assertEquals(20, events.size());
    assertEquals(List.of(), report.uncertain());
    assertEquals(Optional.empty(), report.resumeSpread());
  }

  @Test
  void concurrencyLimitsApplyToTheRevertsAfterTheStages() throws Exception {
    FleetReport report = run(lab().maxConcurrent(1));

    assertAllReverted(report);
    List<String> reverts = stages().subList(10, 20);
    for (int each = 0; each < 10; each += 2) {
      assertEquals(List.of("reverting", "reverted"), reverts.subList(each, each + 2));
    }
  }

  @Test
  void nothingIsBegunIfOneDomainHasNoPlan() throws Exception {
    domains.get("db02").refuseReverts("clean", ErrorNumber.VIR_ERR_OPERATION_INVALID, "no");
    FleetReport report =
        run(
            FleetReverter.with(
                    domain ->
                        SnapshotReverter.of(domain)
                            .to(domain.getName().equals("db02") ? "missing" : "clean"))
                .on("h1", "web01", "web02", "web03")
                .on("h2", "db01", "db02")
                .connector(this::open)
                .using(threads)
                .together());

    assertAllAsBefore(report);
    assertNothingWasReverted();
    assertEquals(Map.of(RevertOutcome.NOT_STARTED, 5), report.totals());
    assertTrue(
        message(report, 0)
            .contains(
                "domain \"db02\" of h2 was not reverted, so no domain of the run stays reverted: "),
        message(report, 0));
    assertTrue(message(report, 0).contains("missing"), message(report, 0));
  }

  @Test
  void nothingIsRevertedIfOneSafetySnapshotFails() throws Exception {
    secondHost =
        FaultyHost.atCall(
                2, "virDomainSnapshotCreateXML", secondReferences.library(), Fault.ERROR, threads)
            ::open;
    FleetReport report = run(lab());

    assertAllAsBefore(report);
    assertNothingWasReverted();
    assertEquals(Map.of(RevertOutcome.NOT_STARTED, 5), report.totals());
    assertTrue(message(report, 0).contains("boom"), message(report, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 64})
  void domainsThatWereRevertedAreUndoneIfOneRevertFails(int concurrently) throws Exception {
    domains.get("db02").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    FleetReport report = run(lab().maxConcurrent(concurrently));

    assertAllAsBefore(report);
    assertEquals(RevertOutcome.ROLLED_BACK, report.entries().get(4).outcome());
    assertFalse(report.totals().containsKey(RevertOutcome.REVERTED), report.toString());
    for (FleetEntry entry : report.entries()) {
      assertTrue(entry.failure().orElseThrow().getMessage().contains("boom"), entry.toString());
    }
  }

  /** The failure waits until the others are reverted. */
  @Test
  void entryOfAnUndoneRevertSaysWhatHappened() throws Exception {
    domains.get("db02").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    CompletableFuture<Void> othersDone = new CompletableFuture<>();
    List<String> finished = Collections.synchronizedList(new ArrayList<>());
    FleetReport report =
        run(
            lab(
                    reverter -> reverter,
                    event -> {
                      if (event.equals("reverting db02")) {
                        threads.waitFor(othersDone);
                      }
                    })
                .listener(
                    new FleetListener() {
                      @Override
                      public void finished(FleetEntry entry, FleetProgress progress) {
                        finished.add(
                            entry.domain().orElseThrow()
                                + " "
                                + entry.outcome()
                                + " "
                                + progress.reverted()
                                + "/"
                                + progress.failed());
                        if (finished.size() == 4) {
                          othersDone.complete(null);
                        }
                      }
                    }));

    assertAllAsBefore(report);
    assertEquals(Map.of(RevertOutcome.ROLLED_BACK, 5), report.totals());
    assertTrue(
        message(report, 0)
            .matches(
                "reverting domain \"web01\" .* was done, but domain \"db02\" of h2 was not"
                    + " reverted, so no domain of the run stays reverted: .*boom.*; undone:"
                    + " the domain is running \\(from snapshot\\) again"),
        message(report, 0));
    assertEquals(9, finished.size(), finished.toString());
    assertTrue(finished.get(3).endsWith("REVERTED 4/0"), finished.toString());
    assertEquals("db02 ROLLED_BACK 4/1", finished.get(4));
    assertTrue(finished.get(8).endsWith("ROLLED_BACK 0/5"), finished.toString());
  }

  @Test
  void domainThatCannotBeUndoneIsNamedWithTheWayOut() throws Exception {
    domains.get("db02").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    CompletableFuture<Void> removed = new CompletableFuture<>();
    FleetReport report =
        run(
            lab(
                reverter -> reverter,
                event -> {
                  if (event.equals("reverting db02")) {
                    threads.waitFor(removed);
                  } else if (event.equals("reverted web01")) {
                    FakeDomain web01 = domains.get("web01");
                    web01.snapshotNames().stream()
                        .filter(name -> name.startsWith(SAFETY))
                        .forEach(
                            name ->
                                web01.failReverts(
                                    name, ErrorNumber.VIR_ERR_INTERNAL_ERROR, "disk full"));
                    removed.complete(null);
                  }
                }));

    assertEquals(
        List.of("web01"),
        report.uncertain().stream().map(entry -> entry.domain().orElseThrow()).toList());
    FleetEntry entry = report.entries().get(0);
    String safety = entry.safetySnapshot().orElseThrow();
    assertEquals(RevertOutcome.ROLLBACK_FAILED, entry.outcome());
    assertTrue(domains.get("web01").snapshotNames().contains(safety));
    assertTrue(message(report, 0).contains("disk full"), message(report, 0));
    assertTrue(
        message(report, 0).matches(".*virsh snapshot-revert --force [0-9a-f-]{36} " + safety),
        message(report, 0));
  }

  @Test
  void unfinishedRevertsTogetherAgain() throws Exception {
    domains.get("db02").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    FleetReport report = run(lab());
    assertAllAsBefore(report);

    FleetReport again = run(report.unfinished().using(new ManualThreads()), new ManualThreads());
    assertAllAsBefore(again);
    assertEquals(5, again.entries().size());

    domains.get("db02").allowReverts("clean");
    ManualThreads last = new ManualThreads();
    FleetReport done = last.await(again.unfinished().using(last).start().report());
    assertTrue(done.isComplete(), done.toString());
    assertEquals(List.of(), done.unfinished().using(last).plan().entries());
  }

  private static FleetReport run(FleetReverter fleet, ManualThreads other) throws Exception {
    return other.await(fleet.using(other).start().report());
  }

  @Test
  void completeRunCanBeUndone() throws Exception {
    FleetReport report = run(lab());

    FleetReport undone = run(report.undoing(), new ManualThreads());

    assertTrue(undone.isComplete(), undone.toString());
    domains.forEach((name, domain) -> assertEquals(2, domain.reverts().size(), name));
    domains.forEach((name, domain) -> assertEquals(2, domain.snapshotNames().size(), name));
  }

  @Test
  void hostThatIsDownLetsNothingBegin() throws Exception {
    secondHost =
        uri -> {
          throw new LibvirtException(
              LibvirtError.of(
                  ErrorNumber.VIR_ERR_SYSTEM_ERROR, ErrorDomain.VIR_FROM_RPC, "refused"));
        };
    FleetReport report = run(lab());

    assertEquals(
        List.of("web01 NOT_STARTED", "web02 NOT_STARTED", "web03 NOT_STARTED", "(all) NOT_STARTED"),
        words(report));
    assertNothingWasReverted();
    assertEquals(List.of(), report.uncertain());
    assertTrue(
        message(report, 0).contains("the domains that a condition selects of h2 were not listed"),
        message(report, 0));
  }

  @Test
  void conditionMaySelectNoDomain() throws Exception {
    FleetReport report =
        run(
            FleetReverter.with(domain -> SnapshotReverter.of(domain).to("clean"))
                .on("h1", "web01", "web02")
                .on("h2", domain -> false)
                .connector(this::open)
                .using(threads)
                .together());

    assertEquals(List.of("web01 REVERTED", "web02 REVERTED"), words(report));
  }

  @ParameterizedTest
  @ValueSource(strings = {"planned", "kept", "reverting", "reverted"})
  void stoppedRunRevertsAllOrNone(String stage) throws Exception {
    CompletableFuture<FleetRun> run = new CompletableFuture<>();
    CompletableFuture<Void> started = new CompletableFuture<>();
    FleetReverter fleet =
        lab(
            reverter -> reverter,
            event -> {
              threads.waitFor(started);
              if (event.startsWith(stage + " ")) {
                run.join().stop();
              }
            });
    run.complete(fleet.maxConcurrent(1).start());
    started.complete(null);
    FleetReport report = threads.await(run.join().report());

    assertAllAsBefore(report);
    assertTrue(message(report, 2).contains("the run was stopped"), message(report, 2));
  }

  @Test
  void stopAfterTheLastRevertHasStartedChangesNothing() throws Exception {
    CompletableFuture<FleetRun> run = new CompletableFuture<>();
    FleetReverter fleet =
        lab(
            reverter -> reverter,
            event -> {
              if (stages().stream().filter("reverting"::equals).count() == 5) {
                run.join().stop();
              }
            });
    run.complete(fleet.maxConcurrent(1).start());

    assertAllReverted(threads.await(run.join().report()));
  }

  /** The thread of the domain sleeps past the deadline. */
  @ParameterizedTest
  @ValueSource(strings = {"planned", "kept"})
  void deadlineBeforeTheRevertsLetsNoneStart(String stage) throws Exception {
    FleetReport report =
        run(
            lab(
                    reverter -> reverter,
                    event -> {
                      if (event.equals(stage + " web02")) {
                        threads.sleep(Duration.ofSeconds(20));
                      }
                    })
                .deadline(Duration.ofSeconds(10)));

    assertEquals(Duration.ofSeconds(10), threads.elapsed());
    assertEquals(Map.of(RevertOutcome.NOT_STARTED, 5), report.totals());
    assertTrue(message(report, 0).contains("the deadline of 10 s passed"), message(report, 0));
    threads.release();
    assertNothingWasReverted();
    domains.forEach((name, domain) -> assertEquals(List.of("clean"), domain.snapshotNames(), name));
  }

  @Test
  void deadlineDuringARevertUndoesTheOthersAndNamesTheOne() throws Exception {
    secondHost =
        FaultyHost.atCall(
                1, "virDomainRevertToSnapshot", secondReferences.library(), Fault.HANGS, threads)
            ::open;
    FleetReport report = run(lab().maxConcurrentPerHost(1).deadline(Duration.ofSeconds(100)));

    assertEquals(
        Map.of(
            RevertOutcome.ROLLED_BACK,
            3,
            RevertOutcome.IN_PROGRESS,
            1,
            RevertOutcome.NOT_STARTED,
            1),
        report.totals());
    assertEquals(List.of("clean"), domains.get("web01").snapshotNames());
    assertTrue(
        report.uncertain().stream().anyMatch(entry -> entry.outcome() == RevertOutcome.IN_PROGRESS),
        report.toString());
  }

  @Test
  void connectionLostBeforeTheStagesEndIsRetried() throws Exception {
    secondHost =
        FaultyHost.atCall(
                1, "virDomainSnapshotCreateXML", secondReferences.library(), Fault.LOST, threads)
            ::open;

    assertAllReverted(run(lab()));
  }

  @Test
  void lostRevertIsResolvedBeforeTheOthersAreUndone() throws Exception {
    secondHost =
        FaultyHost.atCall(
                1,
                "virDomainRevertToSnapshot",
                secondReferences.library(),
                Fault.DONE_AND_LOST,
                threads)
            ::open;

    assertAllReverted(run(lab()));
  }

  /** The host does not respond any more, so its domain can't be resolved. */
  @Test
  void domainOfADeadHostIsNamedAndTheOthersAreUndone() throws Exception {
    secondHost =
        FaultyHost.atCall(
                2,
                "virDomainRevertToSnapshot",
                secondReferences.library(),
                Fault.LOST_AND_HANGS,
                threads)
            ::open;
    FleetReport report = run(lab());

    assertTrue(
        report.entries().stream().limit(3).allMatch(FleetEntry::isAsBefore), report.toString());
    assertEquals(report.entries().subList(3, 5), report.uncertain());
  }

  @Test
  void exceptionOfTheFunctionLetsNothingBegin() throws Exception {
    FleetReport report =
        run(
            lab(
                reverter -> {
                  if (reverter.domain().getName().equals("db01")) {
                    throw new IllegalStateException("function boom");
                  }
                  return reverter;
                },
                event -> {}));

    assertAllAsBefore(report);
    assertNothingWasReverted();
    assertTrue(message(report, 0).contains("function boom"), message(report, 0));
  }

  @Test
  void noDomainIsPlannedAfterTheFirstFailure() throws Exception {
    List<String> started = Collections.synchronizedList(new ArrayList<>());
    FleetReport report =
        run(
            lab(
                    reverter -> {
                      throw new IllegalStateException("function boom");
                    },
                    event -> {})
                .maxConcurrent(1)
                .listener(
                    new FleetListener() {
                      @Override
                      public void started(String uri, String domain) {
                        started.add(domain);
                      }
                    }));

    assertAllAsBefore(report);
    assertEquals(1, started.size(), started.toString());
  }

  @Test
  void exceptionsOfListenersChangeNothing() throws Exception {
    FleetReport report =
        run(
            lab(
                    reverter -> reverter,
                    event -> {
                      throw new IllegalStateException("listener boom");
                    })
                .listener(
                    new FleetListener() {
                      @Override
                      public void finished(FleetEntry entry, FleetProgress progress) {
                        throw new IllegalStateException("listener boom");
                      }
                    }));

    assertAllReverted(report);
  }

  @Test
  void missingThreadLetsNothingBegin() throws Exception {
    FleetReport report =
        run(
            lab(
                reverter -> reverter,
                event -> {
                  if (event.equals("planned web01")) {
                    threads.rejectNext(1);
                  }
                }));

    assertAllAsBefore(report);
  }

  @Test
  void planHasSafetySnapshots() throws Exception {
    FleetPlan plan = plan(lab());

    plan.entries()
        .forEach(entry -> assertTrue(entry.plan().orElseThrow().safety().kind().isPresent()));
    assertNothingWasReverted();
  }

  private FleetReverter resuming(UnaryOperator<SnapshotReverter> settings, Consumer<String> then) {
    return lab(settings, then).resumingTogether();
  }

  @Test
  void guestsAreResumedAfterTheLastDomainIsReverted() throws Exception {
    List<List<DomainState>> whileReverting = Collections.synchronizedList(new ArrayList<>());
    FleetReport report =
        run(
            resuming(
                    reverter -> reverter,
                    event -> {
                      if (event.startsWith("reverting")) {
                        whileReverting.add(
                            domains.values().stream()
                                .filter(domain -> domain.reverts().contains("clean"))
                                .map(FakeDomain::state)
                                .toList());
                      }
                    })
                .maxConcurrent(1));

    assertAllReverted(report);
    domains.forEach((name, domain) -> assertEquals(DomainState.RUNNING, domain.state(), name));
    assertEquals(5, whileReverting.size());
    for (int before = 0; before < 5; before++) {
      assertEquals(Collections.nCopies(before, DomainState.PAUSED), whileReverting.get(before));
    }
    assertEquals(Optional.of(Duration.ZERO), report.resumeSpread());
  }

  @Test
  void pausedGuestsAreUndoneIfOneRevertFails() throws Exception {
    domains.get("db02").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    FleetReport report = run(resuming(reverter -> reverter, event -> {}));

    assertAllAsBefore(report);
    assertEquals(Optional.empty(), report.resumeSpread());
  }

  @Test
  void pausedGuestsAreUndoneAtTheDeadline() throws Exception {
    FleetReport report =
        run(
            resuming(
                    reverter -> reverter,
                    event -> {
                      if (event.equals("reverting db02")) {
                        threads.sleep(Duration.ofSeconds(20));
                      }
                    })
                .deadline(Duration.ofSeconds(10)));

    assertEquals(
        List.of("web01 ROLLED_BACK", "web02 ROLLED_BACK", "web03 ROLLED_BACK"),
        words(report).subList(0, 3));
    assertTrue(
        message(report, 0)
            .contains(
                " was done, but the deadline of 10 s passed; way out: allow more time:"
                    + " deadline(...), or: revert-fleet --deadline SECONDS; undone: "),
        message(report, 0));
    assertEquals(DomainState.RUNNING, domains.get("web01").state());
  }

  @Test
  void guestThatCannotBeResumedIsReportedAndNothingIsUndone() throws Exception {
    secondHost =
        FaultyHost.atCall(1, "virDomainResume", secondReferences.library(), Fault.ERROR, threads)
            ::open;
    FleetReport report = run(resuming(reverter -> reverter, event -> {}));

    assertAllReverted(report);
    assertEquals(Map.of(RevertOutcome.REVERTED, 4, RevertOutcome.NOT_RESUMED, 1), report.totals());
    FleetEntry stuck =
        report.entries().stream()
            .filter(entry -> entry.outcome() == RevertOutcome.NOT_RESUMED)
            .findFirst()
            .orElseThrow();
    String message = stuck.failure().orElseThrow().getMessage();
    assertTrue(message.contains("the guest was not resumed: boom"), message);
    assertTrue(message.contains("virsh resume "), message);
    assertEquals(DomainState.PAUSED, domains.get(stuck.domain().orElseThrow()).state());
  }

  @Test
  void resolvedRevertIsUndoneIfItsGuestWasNotResumed() throws Exception {
    secondHost =
        FaultyHost.atCall(
                1,
                "virDomainRevertToSnapshot",
                secondReferences.library(),
                Fault.DONE_AND_LOST,
                threads)
            ::open;

    assertAllAsBefore(run(resuming(reverter -> reverter, event -> {})));
  }

  @Test
  void pausedGuestIsNotResumed() throws Exception {
    FleetReport report = run(resuming(SnapshotReverter::paused, event -> {}));

    assertAllAsBefore(report);
    assertNothingWasReverted();
    assertTrue(
        report.toString().contains("resumingTogether() needs a running guest"), report.toString());
  }

  @Test
  void planOfALabThatIsResumedTogetherEndsInPausedGuests() throws Exception {
    FleetPlan plan = plan(resuming(SnapshotReverter::running, event -> {}));

    assertEquals(5, plan.entries().size());
    for (FleetPlan.Entry entry : plan.entries()) {
      RevertPlan of = entry.plan().orElseThrow();
      assertEquals(RevertFlag.PAUSED.value(), of.request().flags(), of.toString());
      assertEquals(Optional.of(DomainState.PAUSED), of.stateAfter(), of.toString());
    }
    assertTrue(plan.resumesTogether());
    assertTrue(
        plan.toString()
            .endsWith(
                "\nresuming together: each guest stays paused until all domains are reverted, and"
                    + " then all guests are resumed"),
        plan.toString());
    assertNothingWasReverted();
  }

  @Test
  void planSaysThatAPausedGuestIsNotResumedTogether() throws Exception {
    FleetPlan plan = plan(resuming(SnapshotReverter::paused, event -> {}));

    for (FleetPlan.Entry entry : plan.entries()) {
      assertTrue(
          entry.toString().contains("resumingTogether() needs a running guest"), entry.toString());
    }
  }

  @Test
  void ownSafetySnapshotSettingIsAllowed() throws Exception {
    domains.get("db02").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");

    assertAllAsBefore(run(lab(SnapshotReverter::withSafetySnapshot, event -> {})));
  }

  /** libvirt resumes the guest of db01 or db02 long after the others run. */
  @Test
  void runningLabIsNotUndoneAtTheDeadline() throws Exception {
    secondHost =
        FaultyHost.atCall(1, "virDomainResume", secondReferences.library(), Fault.HANGS, threads)
            ::open;
    FleetReport report =
        run(resuming(reverter -> reverter, event -> {}).deadline(Duration.ofSeconds(100)));

    assertAllReverted(report);
    assertEquals(Map.of(RevertOutcome.REVERTED, 4, RevertOutcome.IN_PROGRESS, 1), report.totals());
    assertTrue(report.toString().contains("the guest may not be resumed yet"), report.toString());
  }

  /** libvirt has ended the revert of web01, whose guest is not ready at the deadline. */
  @Test
  void domainThatWaitsForItsGuestAtTheDeadlineIsUndoneWithTheOthers() throws Exception {
    FleetReport report =
        run(
            lab(
                    reverter ->
                        reverter
                            .running()
                            .awaitingGuest(
                                GuestProbe.of("slow", this::sleepInWeb01), Duration.ofMinutes(10)),
                    event -> {
                      if (event.equals("reverting db02")) {
                        threads.sleep(Duration.ofSeconds(20));
                      }
                    })
                .deadline(Duration.ofSeconds(10)));

    assertEquals("web01 ROLLED_BACK", words(report).get(0));
    assertTrue(report.entries().get(0).isAsBefore(), report.toString());
    assertTrue(message(report, 0).contains("has not responded yet"), message(report, 0));
    assertEquals(List.of("clean"), domains.get("web01").snapshotNames());
  }

  private boolean sleepInWeb01(Domain domain) throws LibvirtException {
    if (domain.getName().equals("web01")) {
      threads.sleep(Duration.ofSeconds(20));
    }
    return true;
  }

  /**
   * The thread of db01 or db02 hangs, with the only slot of the host if there is one; the others
   * delete their safety snapshots before the end.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void safetySnapshotsAreDeletedBeforeTheReportAtTheDeadline(int perHost) throws Exception {
    secondHost =
        FaultyHost.atCall(
                2, "virDomainSnapshotCreateXML", secondReferences.library(), Fault.HANGS, threads)
            ::open;
    FleetReport report = run(lab().deadline(Duration.ofSeconds(10)).maxConcurrentPerHost(perHost));

    assertEquals(Map.of(RevertOutcome.NOT_STARTED, 5), report.totals());
    assertEquals(1, report.uncertain().size(), report.toString());
    assertEquals(
        4,
        report.entries().stream().filter(entry -> entry.safetySnapshot().isEmpty()).count(),
        report.toString());
  }

  /** The host of the domains hangs after the deadline, so their threads do not end. */
  @Test
  void taskThatDoesNotEndAfterTheDeadlineIsGivenUpAfterTheHostTimeout() throws Exception {
    secondHost =
        FaultyHost.atCall(
                1, "virDomainSnapshotDelete", secondReferences.library(), Fault.HANGS, threads)
            ::open;
    FleetReport report =
        run(
            lab(
                    reverter -> reverter,
                    event -> {
                      if (event.equals("kept web01")) {
                        threads.sleep(Duration.ofSeconds(20));
                      }
                    })
                .deadline(Duration.ofSeconds(10))
                .hostTimeout(Duration.ofSeconds(30)));

    assertEquals(Duration.ofSeconds(40), threads.elapsed());
    assertEquals(5, report.entries().size());
    assertNothingWasReverted();
  }

  @Test
  void planThatIsOutdatedAfterTheWaitLetsNothingBegin() throws Exception {
    FleetReport report =
        run(
            lab(
                reverter -> reverter,
                event -> {
                  if (event.startsWith("planned") && stages().size() == 5) {
                    domains.get("web02").addSnapshot("later", DomainState.RUNNING);
                  }
                }));

    assertNothingWasReverted();
    assertEquals(Map.of(RevertOutcome.NOT_STARTED, 5), report.totals());
    assertTrue(
        message(report, 1).contains("the domain has changed while it waited for the others"),
        message(report, 1));
  }

  private UnaryOperator<SnapshotReverter> journalOfWeb01FailsAfter(CompletableFuture<Void> event) {
    return reverter ->
        reverter.domain().getName().equals("web01")
            ? reverter.withJournal(
                intent -> {
                  threads.waitFor(event);
                  throw new IOException("journal full");
                })
            : reverter;
  }

  /** The journal of web01 fails when the safety snapshots of db01 and db02 exist. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void concurrencyLimitsApplyToTheDeletionOfSafetySnapshots(int perHost) throws Exception {
    AtomicInteger most = new AtomicInteger();
    LibvirtLibrary slow = withSlowDeletions(secondReferences.library(), most);
    secondHost = uri -> new Connect(slow, uri);
    CompletableFuture<Void> othersKept = new CompletableFuture<>();
    FleetReport report =
        run(
            lab(
                    journalOfWeb01FailsAfter(othersKept),
                    event -> {
                      if (events.containsAll(List.of("kept db01", "kept db02"))) {
                        othersKept.complete(null);
                      }
                    })
                .maxConcurrentPerHost(perHost));

    assertAllAsBefore(report);
    assertEquals(perHost, most.get());
  }

  /**
   * Lets each deletion of a snapshot last for a second.
   *
   * @param most gets the maximum number of concurrent deletions
   */
  private LibvirtLibrary withSlowDeletions(LibvirtLibrary library, AtomicInteger most) {
    AtomicInteger deleting = new AtomicInteger();
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {LibvirtLibrary.class},
            (proxy, method, arguments) -> {
              if (!method.getName().equals("virDomainSnapshotDelete")) {
                return FaultInjection.call(library, method, arguments);
              }
              most.accumulateAndGet(deleting.incrementAndGet(), Math::max);
              threads.sleep(Duration.ofSeconds(1));
              deleting.decrementAndGet();
              return FaultInjection.call(library, method, arguments);
            });
  }

  @Test
  void safetySnapshotIsDeletedOnANewConnectionIfTheOldOneIsLost() throws Exception {
    secondHost =
        FaultyHost.atCall(
                1, "virDomainSnapshotDelete", secondReferences.library(), Fault.LOST, threads)
            ::open;
    CompletableFuture<Void> othersKept = new CompletableFuture<>();
    FleetReport report =
        run(
            lab(
                journalOfWeb01FailsAfter(othersKept),
                event -> {
                  if (stages().stream().filter("kept"::equals).count() == 4) {
                    othersKept.complete(null);
                  }
                }));

    assertAllAsBefore(report);
    assertNothingWasReverted();
    assertTrue(report.toString().contains("journal full"), report.toString());
  }

  /** Fails the revert of web01 when all others are reverted. */
  private FleetReport runWithLateFailure(UnaryOperator<SnapshotReverter> settings)
      throws Exception {
    return runWithLateFailure(settings, () -> {});
  }

  private FleetReport runWithLateFailure(
      UnaryOperator<SnapshotReverter> settings, Runnable beforeFailure) throws Exception {
    domains.get("web01").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    return run(
        lab(
            settings,
            event -> {
              if (event.equals("reverting web01")) {
                threads.sleep(Duration.ofSeconds(5));
                beforeFailure.run();
              }
            }));
  }

  @Test
  void domainThatAnotherProgramHasChangedSinceItsRevertIsNamedAndNotUndone() throws Exception {
    FleetReport report =
        runWithLateFailure(
            reverter -> reverter,
            () -> domains.get("web02").addSnapshot("nightly", DomainState.RUNNING));

    assertEquals(
        Map.of(RevertOutcome.WRONG_STATE, 1, RevertOutcome.ROLLED_BACK, 4), report.totals());
    FleetEntry changed = report.entries().get(1);
    assertEquals(List.of(changed), report.uncertain());
    assertEquals(List.of("clean"), domains.get("web02").reverts());
    String safety = changed.safetySnapshot().orElseThrow();
    assertTrue(domains.get("web02").snapshotNames().contains(safety));
    String message = message(report, 1);
    assertTrue(message.contains("; it was not undone: another program has changed"), message);
    assertTrue(message.contains("the current snapshot is \"nightly\"; to discard"), message);
    assertTrue(message.endsWith(" " + safety), message);
  }

  /** Another program deletes the safety snapshot of a domain on the first host. */
  private void deleteSafetySnapshot(String name) {
    assertDoesNotThrow(
        () -> {
          try (Connect connect = first.connect();
              Domain domain = connect.domainLookupByName(name)) {
            for (String snapshot : domain.listSnapshotParents().keySet()) {
              if (snapshot.startsWith(SAFETY)) {
                domain.snapshotLookupByName(snapshot).delete();
              }
            }
          }
        });
  }

  private static void assertSafetySnapshotIsGone(FleetEntry entry, String reason) {
    String message = entry.failure().orElseThrow().getMessage();
    assertTrue(
        message.matches(
            ".*"
                + reason
                + ".*; another program has deleted safety snapshot \""
                + SAFETY
                + "\\S+\": the previous state can't be restored; revert to another snapshot, or"
                + " restore a backup"),
        message);
    assertEquals(Optional.empty(), entry.safetySnapshot());
  }

  @Test
  void safetySnapshotThatAnotherProgramHasDeletedIsNotTheWayOut() throws Exception {
    FleetReport report =
        runWithLateFailure(reverter -> reverter, () -> deleteSafetySnapshot("web02"));

    assertEquals(
        Map.of(RevertOutcome.ROLLBACK_FAILED, 1, RevertOutcome.ROLLED_BACK, 4), report.totals());
    assertEquals(List.of(report.entries().get(1)), report.uncertain());
    assertSafetySnapshotIsGone(report.entries().get(1), "; it could not be undone: ");
  }

  @Test
  void safetySnapshotOfChangedDomainThatIsDeletedIsNotTheWayOut() throws Exception {
    FleetReport report =
        runWithLateFailure(
            reverter -> reverter,
            () -> {
              deleteSafetySnapshot("web02");
              domains.get("web02").addSnapshot("nightly", DomainState.RUNNING);
            });

    assertEquals(RevertOutcome.WRONG_STATE, report.entries().get(1).outcome());
    assertEquals(List.of(report.entries().get(1)), report.uncertain());
    assertSafetySnapshotIsGone(report.entries().get(1), "; it was not undone: ");
  }

  @Test
  void safetySnapshotThatTheUndoCannotDeleteIsNamed() throws Exception {
    secondHost =
        FaultyHost.atCall(
                1, "virDomainSnapshotDelete", secondReferences.library(), Fault.DENIED, threads)
            ::open;
    FleetReport report = runWithLateFailure(reverter -> reverter);

    FleetEntry left =
        report.entries().stream()
            .filter(entry -> entry.safetySnapshot().isPresent())
            .findFirst()
            .orElseThrow();
    String name = left.safetySnapshot().orElseThrow();
    assertTrue(domains.get(left.domain().orElseThrow()).snapshotNames().contains(name));
    String message = left.failure().orElseThrow().getMessage();
    assertTrue(
        message.matches(".*; safety snapshot \"" + name + "\" may still exist: .*read only.*"),
        message);
  }

  @Test
  void undoWhoseConnectionIsLostDeletesTheSafetySnapshot() throws Exception {
    secondHost =
        FaultyHost.atCall(
                3,
                "virDomainRevertToSnapshot",
                secondReferences.library(),
                Fault.DONE_AND_LOST,
                threads)
            ::open;

    assertAllAsBefore(runWithLateFailure(reverter -> reverter));
  }

  @Test
  void undoDoesNotWaitForTheGuest() throws Exception {
    FleetReport report =
        runWithLateFailure(
            reverter ->
                reverter
                    .running()
                    .awaitingGuest(GuestProbe.of("never", domain -> false), Duration.ofSeconds(1)));

    assertAllAsBefore(report);
    assertEquals(Map.of(RevertOutcome.ROLLED_BACK, 5), report.totals(), report.toString());
    assertFalse(message(report, 1).contains("may still exist"), message(report, 1));
  }

  @Test
  void listenerIsToldThatAnUndoStarts() throws Exception {
    domains.get("db02").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    FleetReport report =
        run(
            lab()
                .listener(
                    new FleetListener() {
                      @Override
                      public void started(String uri, String domain) {
                        told.add("started " + domain);
                      }

                      @Override
                      public void finished(FleetEntry entry, FleetProgress progress) {
                        told.add(
                            (entry.isReverted() ? "reverted " : "failed ")
                                + entry.domain().orElseThrow());
                      }
                    }));

    assertAllAsBefore(report);
    for (FleetEntry entry : report.entries()) {
      String domain = entry.domain().orElseThrow();
      int reverted = told.indexOf("reverted " + domain);
      int started = told.lastIndexOf("started " + domain);
      int undone = told.lastIndexOf("failed " + domain);
      assertTrue(reverted < started || reverted < 0, told.toString());
      assertTrue(started < undone, told.toString());
    }
  }

  @Test
  void guestsThatAnotherProgramResumesBeforeTheLastRevertAreNamed() throws Exception {
    FleetReport report =
        run(
            resuming(
                reverter -> reverter,
                event -> {
                  if (event.equals("reverting web01")) {
                    threads.sleep(Duration.ofSeconds(5));
                    resumeOnSecondHost();
                  }
                }));

    assertEquals(
        Map.of(RevertOutcome.REVERTED, 3, RevertOutcome.NOT_RESUMED, 2),
        report.totals(),
        report.toString());
    assertTrue(
        report
            .toString()
            .contains(
                "the guest was not resumed: another program has changed the guest while the other"
                    + " domains were reverted; "),
        report.toString());
  }

  private void resumeOnSecondHost() {
    try (Connect other = new Connect(second.library(), "other");
        Domain db01 = other.domainLookupByName("db01");
        Domain db02 = other.domainLookupByName("db02")) {
      db01.resume();
      db02.resume();
    } catch (LibvirtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void guestThatMayNotBeResumedIsInTheText() throws Exception {
    secondHost =
        FaultyHost.atCall(
                1, "virDomainResume", secondReferences.library(), Fault.DONE_AND_LOST, threads)
            ::open;
    FleetReport report = run(resuming(reverter -> reverter, event -> {}));

    assertAllReverted(report);
    assertEquals(Map.of(RevertOutcome.REVERTED, 4, RevertOutcome.NOT_RESUMED, 1), report.totals());
    assertTrue(report.toString().contains("the guest may not be resumed: "), report.toString());
  }

  /** A lab that was stopped while the condition is tested has no domain yet. */
  @Test
  void emptyFleetIsComplete() throws Exception {
    FleetReport report =
        run(
            FleetReverter.with((Domain domain) -> SnapshotReverter.of(domain).to("clean"))
                .connector(this::open)
                .using(threads)
                .together());

    assertEquals(List.of(), report.entries());
    assertTrue(report.isComplete());
  }
}
