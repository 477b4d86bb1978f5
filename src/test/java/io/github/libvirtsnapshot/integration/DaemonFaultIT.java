package io.github.libvirtsnapshot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.jna.NativeLibvirt;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertAttempt;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Outcomes of reverts on real QEMU whose daemon is killed or hangs. {@link LibvirtPythonOracle}
 * observes the actual state.
 */
@Timeout(900)
@Tag("qemu")
class DaemonFaultIT {
  private static final int MOMENTS = 20;
  private static final int CALLERS = 40;

  private static final int REVERT_MILLIS = 2_000;
  private static final int ROLL_BACK_MILLIS = 4_000;

  /** On a busy machine, too, libvirt is called to revert within this time. */
  private static final Duration UNTIL_REVERTING = Duration.ofSeconds(15);

  private static final String NAME = "web01";

  private final ExecutorService executor = Executors.newCachedThreadPool();
  private PrivateLibvirtd libvirtd;
  private LogRecorder log;

  @BeforeEach
  void start() throws Exception {
    libvirtd = PrivateLibvirtd.started();
    log = new LogRecorder(SnapshotReverter.class);
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainDefineXML(Guests.qemuXml(NAME, libvirtd.disk(NAME)))) {
      domain.create();
      Guests.take(domain, "clean");
    }
  }

  @AfterEach
  void stop() throws IOException {
    log.close();
    executor.shutdown();
    libvirtd.close();
  }

  private String actualState() throws IOException {
    return new LibvirtPythonOracle(libvirtd, NAME).look();
  }

  @Test
  @Tag("another-process")
  void outcomeIsCorrectWhenDaemonIsKilledDuringRevert() throws Exception {
    killAtMoments(REVERT_MILLIS, new RevertListener() {});
  }

  @Test
  @Tag("another-process")
  void outcomeIsCorrectWhenDaemonIsKilledDuringRollback() throws Exception {
    killAtMoments(
        ROLL_BACK_MILLIS,
        new RevertListener() {
          @Override
          public void reverting(RevertRequest request, DomainStatus before) {
            deleteSnapshotFromImage(request.snapshot().orElseThrow());
          }
        });
  }

  /** Ignores a failure of virsh: the daemon may already be killed. */
  private void deleteSnapshotFromImage(String snapshot) {
    try {
      int unused =
          new ProcessBuilder(
                  "virsh",
                  "-c",
                  libvirtd.qemu(),
                  "qemu-monitor-command",
                  NAME,
                  "--hmp",
                  "delvm " + snapshot)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void killAtMoments(int longestMillis, RevertListener listener) throws Exception {
    Map<RevertOutcome, Integer> outcomes = new EnumMap<>(RevertOutcome.class);
    Map<Verdict, Integer> verdicts = new EnumMap<>(Verdict.class);
    int reverted = 0;
    for (int moment = 0; moment < MOMENTS; moment++) {
      String snapshot = "clean-" + moment;
      takeSnapshot(snapshot);
      long guest = libvirtd.guest(NAME).orElseThrow().pid();
      try {
        killAfter(snapshot, moment * longestMillis / MOMENTS, listener);
        reverted++;
      } catch (ExecutionException e) {
        RevertException failure = (RevertException) e.getCause();
        outcomes.merge(failure.outcome(), 1, Integer::sum);
        resolveOutcome(failure, guest)
            .ifPresent(verdict -> verdicts.merge(verdict, 1, Integer::sum));
      }
    }
    System.out.printf(
        "daemon killed at %d moments: %d reverts completed before, failures: %s, resolved outcomes: %s%n",
        MOMENTS, reverted, outcomes, verdicts);
    assertTrue(outcomes.containsKey(RevertOutcome.UNKNOWN), outcomes.toString());
  }

  /** Starts a revert, kills the daemon after some milliseconds, and starts the daemon again. */
  private void killAfter(String snapshot, int millis, RevertListener listener) throws Exception {
    Connect connect = new Connect(libvirtd.qemu());
    Domain domain = connect.domainLookupByName(NAME);
    CountDownLatch started = new CountDownLatch(1);
    Future<RevertReport> revert =
        executor.submit(
            () -> {
              started.countDown();
              return SnapshotReverter.of(domain)
                  .to(snapshot)
                  .withSafetySnapshot()
                  .listener(listener)
                  .revert();
            });
    started.await();
    Thread.sleep(millis);
    libvirtd.kill();
    try {
      RevertReport report = revert.get();
      assertEquals(DomainState.RUNNING, report.after().state());
    } finally {
      domain.close();
      connect.close();
      libvirtd.startAfterKill();
    }
  }

  /**
   * Checks the exception against the actual state, and that a revert to the safety snapshot brings
   * the guest back.
   */
  private Optional<Verdict> resolveOutcome(RevertException failure, long guestBefore)
      throws Exception {
    long guest = libvirtd.guest(NAME).map(ProcessHandle::pid).orElse(-1L);
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(NAME)) {
      Optional<Verdict> verdict = Optional.empty();
      switch (failure.outcome()) {
        case NOT_STARTED -> {
          assertEquals(guestBefore, guest);
          resumeIfLeftPaused(failure, domain);
        }
        case ROLLED_BACK ->
            assertEquals(
                failure.details().safetySnapshot().isPresent(),
                failure.getMessage().contains("may still exist"));
        case UNKNOWN ->
            verdict = Optional.of(resolveOutcome(failure, connect, guest == guestBefore));
        case ROLLBACK_FAILED -> revertToSafetySnapshot(failure, domain);
        default -> throw new AssertionError(failure);
      }
      assertRunning();
      return verdict;
    }
  }

  /** A daemon that is killed while it creates an internal snapshot leaves the guest paused. */
  private static void resumeIfLeftPaused(RevertException failure, Domain domain)
      throws LibvirtException {
    // A daemon that has just started answers this call only after it has queried the guest's state.
    new DomainQueries(domain).readSize("vda");
    if (domain.getState().state() == DomainState.PAUSED) {
      assertEquals(Optional.empty(), failure.details().after());
      assertTrue(
          failure.getMessage().contains("virsh resume " + domain.getUUIDString()),
          failure.getMessage());
      domain.resume();
    }
  }

  private Verdict resolveOutcome(RevertException failure, Connect connect, boolean sameGuest)
      throws Exception {
    ResolvedOutcome resolved = resolveWhenStateIsStable(failure, connect);
    switch (resolved.verdict()) {
      case UNCHANGED -> {
        assertTrue(sameGuest);
        // A guest that was ordered to stop does so in less than 3 s.
        TimeUnit.SECONDS.sleep(3);
        assertEquals(LibvirtPythonOracle.words(resolved.now()), actualState());
      }
      case REVERTED -> assertFalse(sameGuest);
      case INDETERMINATE -> {}
    }
    try (Domain domain = connect.domainLookupByName(NAME)) {
      revertToSafetySnapshot(failure, domain);
    }
    return resolved.verdict();
  }

  private void assertRunning() throws IOException {
    String state = actualState();
    for (int attempt = 0; attempt < 50 && !state.startsWith("1 "); attempt++) {
      state = actualState();
    }
    assertTrue(state.startsWith("1 "), state);
  }

  /** A daemon that has just started still updates the state of its guests. */
  private ResolvedOutcome resolveWhenStateIsStable(RevertException failure, Connect connect)
      throws Exception {
    for (int attempt = 0; attempt < 50; attempt++) {
      String before = actualState();
      ResolvedOutcome resolved = failure.resolveOutcome(connect);
      if (before.equals(actualState())
          && before.equals(LibvirtPythonOracle.words(resolved.now()))) {
        return resolved;
      }
    }
    throw new AssertionError(
        "the resolved outcome differs from the state that libvirt-python observes");
  }

  private static void revertToSafetySnapshot(RevertException failure, Domain domain)
      throws RevertException {
    String name = failure.details().safetySnapshot().orElseThrow();
    assertTrue(failure.getMessage().contains(name), failure.getMessage());
    SnapshotReverter.of(domain).to(name).force().revert();
  }

  @Test
  void outcomeIsUnknownWhenDaemonIsKilledRightBeforeRevertCall() throws Exception {
    String untouched = actualState();
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(NAME)) {
      RevertException unknown =
          assertThrows(
              RevertException.class,
              SnapshotReverter.of(domain)
                      .to("clean")
                      .listener(
                          new RevertListener() {
                            @Override
                            public void reverting(RevertRequest request, DomainStatus before) {
                              killDaemon();
                            }
                          })
                  ::revert);
      libvirtd.start(Map.of());

      assertEquals(RevertOutcome.UNKNOWN, unknown.outcome());
      assertTrue(unknown.getMessage().contains("resolveOutcome(connect)"), unknown.getMessage());
      try (Connect newConnect = new Connect(libvirtd.qemu())) {
        assertEquals(Verdict.UNCHANGED, unknown.resolveOutcome(newConnect).verdict());
      }
      assertEquals(untouched.substring(0, 1), actualState().substring(0, 1));
    }
  }

  @Test
  void callsOf40ThreadsFailWithoutLeaksWhenDaemonIsKilled() throws Exception {
    CountingLibvirt references = CountingLibvirt.of(NativeLibvirt.shared());
    List<Future<LibvirtException>> failures = new ArrayList<>();
    CountDownLatch calling = new CountDownLatch(CALLERS);
    try (Connect connect = new Connect(references.library(), libvirtd.qemu())) {
      for (int i = 0; i < CALLERS; i++) {
        failures.add(executor.submit(() -> callUntilItFails(connect, calling)));
      }
      calling.await();
      killDaemon();
      for (Future<LibvirtException> failure : failures) {
        assertTrue(failure.get().getError().getRawCode() > 0, failure.get().toString());
      }
    }
    references.assertBalanced();
    libvirtd.start(Map.of());
    assertRunning();
  }

  private static LibvirtException callUntilItFails(Connect connect, CountDownLatch calling) {
    try {
      while (true) {
        try (Domain found = connect.domainLookupByName(NAME);
            DomainSnapshot snapshot = found.snapshotLookupByName("clean")) {
          var unused = List.of(found.getState(), found.getXMLDesc(), snapshot.getXMLDesc());
        }
        calling.countDown();
      }
    } catch (LibvirtException e) {
      return e;
    }
  }

  private void killDaemon() {
    try {
      libvirtd.kill();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Each snapshot needs a new name, because a killed daemon can leave a snapshot in the image. */
  private void takeSnapshot(String name) throws Exception {
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(NAME)) {
      Guests.bringTo(domain, DomainState.RUNNING);
      Guests.take(domain, name);
    }
  }

  @Test
  void revertIsInProgressWhenDaemonHangsPastDeadline() throws Exception {
    CountDownLatch reverted = new CountDownLatch(1);
    CompletableFuture<RevertReport> revert;
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(NAME)) {
      SnapshotReverter reverter =
          SnapshotReverter.of(domain)
              .to("clean")
              .listener(
                  new RevertListener() {
                    @Override
                    public void reverting(RevertRequest request, DomainStatus before) {
                      libvirtd.signal("STOP");
                    }

                    @Override
                    public void reverted(RevertReport report) {
                      reverted.countDown();
                    }
                  });
      revert = reverter.revertAsync(executor, UNTIL_REVERTING);
    }
    try {
      ExecutionException failed =
          assertThrows(ExecutionException.class, () -> revert.get(60, TimeUnit.SECONDS));
      RevertException overdue = (RevertException) failed.getCause();
      assertEquals(RevertOutcome.IN_PROGRESS, overdue.outcome());
      assertEquals(DomainState.RUNNING, overdue.details().before().orElseThrow().state());
      assertTrue(
          overdue.getMessage().contains("is still in progress on the host since 20"),
          overdue.getMessage());
      assertFalse(revert.cancel(true));
    } finally {
      libvirtd.signal("CONT");
    }
    assertTrue(reverted.await(30, TimeUnit.SECONDS));
    String last = log.lines().get(log.lines().size() - 1);
    assertTrue(last.startsWith("INFO reverted domain \"web01\""), last);
  }

  @Test
  void revertIsNotStartedWhenDaemonHangsBeforeRevertCall() throws Exception {
    String untouched = actualState();
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(NAME)) {
      libvirtd.signal("STOP");
      CompletableFuture<RevertReport> revert =
          SnapshotReverter.of(domain)
              .to("clean")
              .withSafetySnapshot()
              .revertAsync(executor, Duration.ofSeconds(1));
      ExecutionException failed =
          assertThrows(ExecutionException.class, () -> revert.get(60, TimeUnit.SECONDS));
      RevertException overdue = (RevertException) failed.getCause();
      assertEquals(RevertOutcome.NOT_STARTED, overdue.outcome());
    } finally {
      libvirtd.signal("CONT");
    }
    executor.shutdown();
    assertTrue(executor.awaitTermination(60, TimeUnit.SECONDS));
    assertEquals(untouched, actualState());
    String last = log.lines().get(log.lines().size() - 1);
    assertTrue(last.contains("was not started: the deadline of 1 s passed; way out: "), last);
  }

  /** Waits until libvirt waits for a response of the guest's process. */
  private void awaitRequestToGuest() throws Exception {
    while (PrivateLibvirtd.run("virsh", "-c", libvirtd.qemu(), "domcontrol", NAME)
        .startsWith("ok")) {
      Thread.sleep(50);
    }
  }

  @Test
  void revertOfBusyDomainIsRetried() throws Exception {
    try (Connect connect = new Connect(libvirtd.qemu());
        Domain domain = connect.domainLookupByName(NAME);
        Connect other = new Connect(libvirtd.qemu());
        Domain same = other.domainLookupByName(NAME)) {
      ProcessHandle guest = libvirtd.guest(NAME).orElseThrow();
      PrivateLibvirtd.signal(guest, "STOP");
      Future<?> pending =
          executor.submit(
              () -> {
                same.suspend();
                return null;
              });
      awaitRequestToGuest();
      RevertReport report =
          SnapshotReverter.of(domain)
              .to("clean")
              .retrying(3, Duration.ofMillis(500))
              .listener(
                  new RevertListener() {
                    @Override
                    public void retrying(RevertRequest request, RevertAttempt failed) {
                      PrivateLibvirtd.signal(guest, "CONT");
                    }
                  })
              .revert();
      pending.get();

      assertEquals(2, report.attempts().size());
      assertEquals(
          ErrorNumber.VIR_ERR_OPERATION_TIMEOUT,
          report.attempts().get(0).error().orElseThrow().getCode());
      assertEquals(Optional.empty(), report.attempts().get(1).error());
      assertTrue(
          log.lines().get(1).contains("failed in attempt 1 and is repeated"),
          log.lines().toString());
      assertEquals(LibvirtPythonOracle.words(Optional.of(report.after())), actualState());
    }
  }
}
