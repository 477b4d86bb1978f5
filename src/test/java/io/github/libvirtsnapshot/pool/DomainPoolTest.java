package io.github.libvirtsnapshot.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.NoSuchDomainException;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DomainPoolTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(50);

  @TempDir Path locks;

  private final FakeLibvirt host = new FakeLibvirt();
  private final FakeLibvirt otherHost = new FakeLibvirt();
  private final CountingLibvirt references = CountingLibvirt.of(host.library());
  private final CountingLibvirt otherReferences = CountingLibvirt.of(otherHost.library());
  private final BlockingQueue<WithdrawnDomain> withdrawn = new LinkedBlockingQueue<>();
  private LogRecorder quiet;

  @BeforeEach
  void captureLog() {
    quiet = LogRecorder.ofEverything();
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    quiet.close();
    await(() -> references.out() == 0 && otherReferences.out() == 0);
    references.assertBalanced();
    otherReferences.assertBalanced();
    try (Stream<Path> files = Files.list(locks)) {
      for (Path file : files.toList()) {
        assertTrue(!DomainLock.isLocked(file), file.toString());
      }
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      assertTrue(i < 2_000, "the condition does not become true");
      Thread.sleep(5);
    }
  }

  private static FakeDomain add(FakeLibvirt host, String name) {
    return host.addDomain(name, DomainState.RUNNING).addSnapshot("clean", DomainState.RUNNING);
  }

  private Connect open(String uri) throws LibvirtException {
    return new Connect(uri.equals("other") ? otherReferences.library() : references.library(), uri);
  }

  private PoolSettings pool(String... names) {
    return DomainPool.with(domain -> SnapshotReverter.of(domain).to("clean"))
        .on("host", names)
        .connector(this::open)
        .lockFolder(locks)
        .listener(
            new PoolListener() {
              @Override
              public void withdrawn(WithdrawnDomain domain) {
                withdrawn.add(domain);
                throw new IllegalStateException("the listener fails");
              }
            });
  }

  @Test
  void domainIsRevertedBeforeEachUse() throws Exception {
    FakeDomain web = add(host, "web");
    try (DomainPool pool = pool("web").open()) {
      try (PooledDomain machine = pool.acquire(LONG)) {
        assertEquals(List.of("clean"), web.reverts());
        assertEquals("web", machine.domain().getName());
        assertEquals("clean", machine.report().snapshot());
        assertEquals("host", machine.uri());
        assertEquals("pooled domain \"web\" of host", machine.toString());
        machine.domain().suspend();
      }
      try (PooledDomain machine = pool.acquire(LONG)) {
        assertEquals(List.of("clean", "clean"), web.reverts());
        assertEquals(DomainState.RUNNING, machine.domain().getState().state());
      }
      assertEquals(2, pool.status().acquired());
    }
    assertEquals(List.of("clean", "clean", "clean"), web.reverts());
  }

  @Test
  void givingBackTwiceRevertsOnce() throws Exception {
    FakeDomain web = add(host, "web");
    try (DomainPool pool = pool("web").open()) {
      PooledDomain machine = pool.acquire(LONG);
      machine.close();
      machine.close();
    }
    assertEquals(List.of("clean", "clean"), web.reverts());
  }

  @Test
  void noDomainHasTwoUsers() throws Exception {
    add(host, "web");
    try (DomainPool pool = pool("web").open();
        PooledDomain machine = pool.acquire(LONG)) {
      NoDomainAvailableException refused =
          assertThrows(NoDomainAvailableException.class, () -> pool.acquire(SHORT));
      assertEquals(
          "no domain was ready within 0.05 s: 0 ready, 1 in use, 0 being reverted, 0 locked by"
              + " others, 0 withdrawn; 0 callers wait",
          refused.getMessage());
      assertTrue(
          Stream.of(refused.getStackTrace()).anyMatch(e -> e.getMethodName().equals("acquire")));
      assertNotNull(machine.domain());
    }
  }

  @Test
  void callersAreServedInTheOrderInWhichTheyCame() throws Exception {
    add(host, "web");
    List<Integer> order = new ArrayList<>();
    try (DomainPool pool = pool("web").open()) {
      PooledDomain first = pool.acquire(LONG);
      List<CompletableFuture<Void>> callers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        int number = i;
        callers.add(
            CompletableFuture.runAsync(
                () -> {
                  try (PooledDomain machine = pool.acquire(LONG)) {
                    assertNotNull(machine.domain());
                    order.add(number);
                  } catch (Exception e) {
                    throw new AssertionError(e);
                  }
                },
                task -> new Thread(task).start()));
        await(() -> pool.status().waiting() == number + 1);
      }
      first.close();
      for (CompletableFuture<Void> caller : callers) {
        caller.get();
      }
    }
    assertEquals(List.of(0, 1, 2, 3, 4), order);
  }

  @Test
  void interruptEndsTheWait() throws Exception {
    add(host, "web");
    try (DomainPool pool = pool("web").open();
        PooledDomain machine = pool.acquire(LONG)) {
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, () -> pool.acquire(LONG));
      assertEquals(0, pool.status().waiting());
      assertNotNull(machine.domain());
    }
  }

  @Test
  void domainThatAnotherProgramChangedIsRevertedAgain() throws Exception {
    FakeDomain web = add(host, "web");
    try (DomainPool pool = pool("web").open()) {
      await(() -> pool.status().ready() == 1);
      try (Connect connect = host.connect();
          Domain domain = connect.domainLookupByName("web")) {
        domain.destroy();
        domain.create();
      }
      try (PooledDomain machine = pool.acquire(LONG)) {
        assertEquals(DomainState.RUNNING, machine.domain().getState().state());
        assertEquals(List.of("clean", "clean"), web.reverts());
      }
    }
  }

  @Test
  void pausedStandbyIsResumedWhenItIsHandedOut() throws Exception {
    FakeDomain web = add(host, "web");
    try (DomainPool pool = pool("web").standby(Standby.PAUSED).open()) {
      await(() -> pool.status().ready() == 1);
      assertEquals(DomainState.PAUSED, web.state());
      try (PooledDomain machine = pool.acquire(LONG)) {
        assertEquals(DomainState.RUNNING, web.state());
        assertEquals(Optional.empty(), machine.clock());
      }
    }
    assertEquals(DomainState.PAUSED, web.state());
  }

  @Test
  void pausedStandbyThatAnotherProgramResumedIsRevertedAgain() throws Exception {
    FakeDomain web = add(host, "web");
    try (DomainPool pool = pool("web").standby(Standby.PAUSED).open()) {
      await(() -> pool.status().ready() == 1);
      try (Connect connect = host.connect();
          Domain domain = connect.domainLookupByName("web")) {
        domain.resume();
      }
      pool.acquire(LONG).close();
    }
    assertEquals(3, web.reverts().size());
  }

  @Test
  void failedRevertTakesDomainOutAndTheOtherOneIsHandedOut() throws Exception {
    add(host, "bad").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    add(host, "good");
    try (DomainPool pool = pool("bad", "good").open()) {
      try (PooledDomain machine = pool.acquire(LONG)) {
        assertEquals("good", machine.domain().getName());
      }
      WithdrawnDomain out = withdrawn.take();
      assertEquals("bad", out.domain());
      assertInstanceOf(RevertException.class, out.failure());
      assertEquals(List.of(out), pool.withdrawn());
      assertEquals(1, pool.status().withdrawn());
    }
  }

  @Test
  void poolThatCannotServeAnyMoreSaysWhyAtOnce() throws Exception {
    add(host, "a").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    try (DomainPool pool = pool("a", "missing").open()) {
      NoDomainAvailableException refused =
          assertThrows(NoDomainAvailableException.class, () -> pool.acquire(LONG.multipliedBy(10)));
      assertTrue(
          refused
              .getMessage()
              .startsWith(
                  "the pool has withdrawn all domains and tries none of them again; \"a\" of"),
          refused.getMessage());
      assertTrue(refused.getMessage().contains("boom"), refused.getMessage());
      assertInstanceOf(RevertException.class, refused.getCause());
      NoSuchDomainException missing =
          assertInstanceOf(NoSuchDomainException.class, refused.getSuppressed()[0]);
      assertTrue(
          missing.getMessage().endsWith("\"missing\": the domains are \"a\""),
          missing.getMessage());
    }
  }

  @Test
  void reverterOfAnotherDomainTakesDomainOut() throws Exception {
    FakeDomain other = add(host, "other");
    try (Connect connect = open("host");
        Domain wrong = connect.domainLookupByName("other")) {
      assertTakesDomainOut(
          domain -> SnapshotReverter.of(wrong).to("clean"),
          "returned a reverter of domain \"other\", but was called for domain \"a\"");
    }
    assertEquals(List.of(), other.reverts());
  }

  @Test
  void functionThatReturnsNullTakesDomainOut() throws Exception {
    assertTakesDomainOut(
        domain -> null, "the function returned null instead of a reverter of domain \"a\"");
  }

  private void assertTakesDomainOut(Function<Domain, SnapshotReverter> function, String words)
      throws Exception {
    add(host, "a");
    try (DomainPool pool =
        DomainPool.with(function).on("host", "a").connector(this::open).lockFolder(locks).open()) {
      NoDomainAvailableException refused =
          assertThrows(NoDomainAvailableException.class, () -> pool.acquire(LONG));
      assertTrue(refused.getMessage().contains(words), refused.getMessage());
    }
  }

  @Test
  void hostThatIsDownAffectsItsOwnDomainsOnly() throws Exception {
    add(host, "web");
    try (DomainPool pool =
        pool("web")
            .on("down", "a", "b", "c")
            .connector(
                uri -> {
                  if (uri.equals("down")) {
                    throw new LibvirtException(LibvirtError.none("no route"));
                  }
                  return open(uri);
                })
            .open()) {
      pool.acquire(LONG).close();
      await(() -> pool.withdrawn().size() == 3);
      assertEquals(
          List.of("a", "b", "c"), pool.withdrawn().stream().map(WithdrawnDomain::domain).toList());
    }
  }

  @Test
  void withdrawnDomainIsTriedAgainAfterGrowingPause() throws Exception {
    FakeDomain web = add(host, "web").failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "x");
    try (DomainPool pool =
        pool("web").retryingWithdrawn(Duration.ofMillis(1), Duration.ofMillis(50)).open()) {
      CompletableFuture<RevertReport> report =
          CompletableFuture.supplyAsync(
              () -> {
                try (PooledDomain machine = pool.acquire(LONG)) {
                  return machine.report();
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      Duration last = Duration.ZERO;
      for (int i = 0; i < 6; i++) {
        WithdrawnDomain out = withdrawn.take();
        Duration pause = Duration.between(out.since(), out.nextAttempt().orElseThrow());
        assertTrue(pause.compareTo(last) > 0, pause.toString());
        last = pause;
      }
      assertEquals(Duration.ofMillis(32), last);
      web.allowReverts("clean");
      assertEquals("web", report.get().domain());
      assertEquals(List.of(), pool.withdrawn());
    }
  }

  @Test
  void poolsShareDomainAndTheOneThatWaitsIsNext() throws Exception {
    add(host, "web");
    try (DomainPool first = pool("web").open();
        DomainPool second = pool("web").open()) {
      PooledDomain machine = first.acquire(LONG);
      await(() -> second.status().locked() == 1);
      CompletableFuture<PooledDomain> waiting =
          CompletableFuture.supplyAsync(() -> acquire(second));
      await(() -> second.status().waiting() == 1);
      await(this::isNextLocked);
      machine.close();
      try (PooledDomain taken = waiting.get(20, TimeUnit.SECONDS)) {
        assertEquals("web", taken.report().domain());
        await(() -> first.status().locked() == 1);
      }
    }
  }

  @Test
  void domainThatStandsByIsLeftToPoolWhoseCallersWait() throws Exception {
    FakeDomain web = add(host, "web");
    try (DomainPool first = pool("web").open()) {
      await(() -> first.status().ready() == 1);
      try (DomainPool second = pool("web").open()) {
        try (PooledDomain machine = second.acquire(LONG)) {
          assertEquals("web", machine.report().domain());
          await(() -> first.status().locked() == 1);
          assertEquals(List.of("clean", "clean"), web.reverts());
        }
        await(() -> second.status().ready() == 1);
        first.acquire(LONG).close();
        await(() -> second.status().locked() == 1);
      }
    }
  }

  private boolean isNextLocked() {
    try (Stream<Path> files = Files.list(locks)) {
      for (Path file : files.filter(name -> name.toString().endsWith(".next")).toList()) {
        if (DomainLock.isLocked(file)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PooledDomain acquire(DomainPool pool) {
    try {
      return pool.acquire(LONG);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void closingRefusesCallersAndNamesDomainInUse() throws Exception {
    FakeDomain web = add(host, "web");
    DomainPool pool = pool("web").open();
    PooledDomain machine = pool.acquire(LONG);
    CompletableFuture<PooledDomain> waiting = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                waiting.complete(pool.acquire(LONG));
              } catch (Exception e) {
                waiting.completeExceptionally(e);
              }
            })
        .start();
    await(() -> pool.status().waiting() == 1);
    pool.close();
    pool.close();
    ExecutionException refused =
        assertThrows(ExecutionException.class, () -> waiting.get(10, TimeUnit.SECONDS));
    assertEquals("the pool was closed", refused.getCause().getMessage());
    assertEquals(
        List.of("\"web\" of host: the domain was in use when the pool was closed"),
        pool.withdrawn().stream().map(WithdrawnDomain::toString).toList());
    assertThrows(IllegalStateException.class, () -> pool.acquire(LONG));
    machine.close();
    assertEquals(List.of("clean"), web.reverts());
  }

  @Test
  void closingGivesUpRevertAfterTheLimit() throws Exception {
    add(host, "web");
    CountDownLatch release = new CountDownLatch(1);
    DomainPool pool =
        DomainPool.with(
                domain -> {
                  awaitLatch(release);
                  return SnapshotReverter.of(domain).to("clean");
                })
            .on("host", "web")
            .connector(this::open)
            .lockFolder(locks)
            .closeTimeout(SHORT)
            .open();
    await(() -> references.out() > 0);
    pool.close();
    assertEquals(
        List.of("\"web\" of host: the pool was closed before the domain was ready"),
        pool.withdrawn().stream().map(WithdrawnDomain::toString).toList());
    release.countDown();
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void revertThatTakesTooLongTakesDomainOut() throws Exception {
    add(host, "web");
    CountDownLatch release = new CountDownLatch(1);
    try (DomainPool pool =
        DomainPool.with(
                domain -> {
                  awaitLatch(release);
                  return SnapshotReverter.of(domain).to("clean");
                })
            .on("host", "web")
            .connector(this::open)
            .lockFolder(locks)
            .revertTimeout(SHORT)
            .open()) {
      NoDomainAvailableException refused =
          assertThrows(NoDomainAvailableException.class, () -> pool.acquire(LONG));
      assertTrue(
          refused
              .getMessage()
              .endsWith(
                  "the domain was not ready within 0.05 s; for slower guests, set revertTimeout(...)"),
          refused.getMessage());
      release.countDown();
    }
  }

  @Test
  void flightRecorderHasWaitsAndWithdrawals() throws Exception {
    add(host, "web");
    Path file = locks.resolveSibling(locks.getFileName() + ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("io.github.libvirtsnapshot.PoolWait");
      recording.enable("io.github.libvirtsnapshot.PoolWithdrawal");
      recording.start();
      try (DomainPool pool = pool("web", "missing").open()) {
        pool.acquire(LONG).close();
        assertEquals("missing", withdrawn.take().domain());
      }
      recording.stop();
      recording.dump(file);
      List<RecordedEvent> events = RecordingFile.readAllEvents(file);
      assertEquals(
          Set.of("PoolWait web of host", "PoolWithdrawal missing of host"),
          events.stream()
              .filter(event -> event.getEventType().getName().contains(".Pool"))
              .map(
                  event ->
                      event.getEventType().getName().replaceFirst(".*[.]", "")
                          + " "
                          + event.getString("domain")
                          + " of "
                          + event.getString("host"))
              .collect(Collectors.toSet()));
    } finally {
      Files.deleteIfExists(file);
    }
  }

  @Test
  void settingsRefuseWrongValues() {
    PoolSettings settings = DomainPool.with(domain -> SnapshotReverter.of(domain));
    Map<String, Runnable> wrong =
        Map.of(
            "no domain of \"host\" is named: name at least one",
            () -> settings.on("host"),
            "a domain of \"host\" is named twice: name each domain once",
            () -> settings.on("host", "a", "a"),
            "maxConcurrent is 0; the minimum is 1",
            () -> settings.maxConcurrent(0),
            "maxConcurrentPerHost is 0; the minimum is 1",
            () -> settings.maxConcurrentPerHost(0),
            "timeout is 0 s; the range is from 1 nanosecond to about 292 years",
            () -> settings.revertTimeout(Duration.ZERO),
            "first is 2 s and longest is 1 s; first must not be longer",
            () -> settings.retryingWithdrawn(Duration.ofSeconds(2), Duration.ofSeconds(1)));
    wrong.forEach(
        (message, call) ->
            assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage()));
    assertEquals(
        "the pool has no domain: call on(uri, names)",
        assertThrows(IllegalStateException.class, settings::open).getMessage());
    assertEquals("[host: 1 domain]", settings.on("host", "a").toString());
    assertEquals("[host: 2 domains]", settings.on("host", "a", "b").toString());
  }
}
