package io.github.libvirtsnapshot.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Stopwatch;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.pool.NoDomainAvailableException;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/**
 * Runs test classes that declare several domains, on libvirt's test driver. The test driver of
 * libvirt 7.0 leaves a paused domain paused, so that the tests destroy their domains.
 */
@Tag("another-process")
@Timeout(120)
class AnyOfDomainsIT {
  private static final String URI = "test:///default";

  private final Connect connect;
  private LogRecorder log;

  AnyOfDomainsIT() throws LibvirtException {
    connect = new Connect(URI);
  }

  @BeforeEach
  void defineDomains() throws LibvirtException {
    log = LogRecorder.ofEverything();
    for (String name : List.of("web01", "web02")) {
      try (Domain domain =
          connect.domainDefineXML(
              "<domain type='test'><name>"
                  + name
                  + "</name><memory>1024</memory><os><type>hvm</type></os></domain>")) {
        domain.create();
        domain.snapshotCreateXML("<domainsnapshot><name>clean</name></domainsnapshot>").close();
      }
    }
    SEEN.clear();
    USERS.clear();
  }

  @AfterEach
  void removeDomains() throws Exception {
    for (String name : List.of("web01", "web02")) {
      try (Domain domain = connect.domainLookupByName(name)) {
        assertFalse(DomainLock.isLocked(lockFile(domain)), name);
        for (DomainSnapshot snapshot : domain.listAllSnapshots()) {
          snapshot.delete();
          snapshot.close();
        }
        if (domain.isActive()) {
          domain.destroy();
        }
        domain.undefine();
      }
    }
    connect.close();
    log.close();
    for (int i = 0; isPoolThreadAlive(); i++) {
      assertTrue(i < 1_000, "a thread of a pool remains");
      Thread.sleep(20);
    }
  }

  private static Path lockFile(Domain domain) throws LibvirtException {
    return DomainLock.file(DomainLock.defaultFolder(), URI, domain.getUUIDString());
  }

  private static boolean isPoolThreadAlive() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("libvirt-pool"));
  }

  /** The observations of the test classes, in order. */
  private static final ConcurrentLinkedQueue<String> SEEN = new ConcurrentLinkedQueue<>();

  private static TestDomain anyOfBoth() {
    return TestDomain.anyOf(URI, "web01", "web02").reverting(AnyOfDomainsIT::toClean);
  }

  private static SnapshotReverter toClean(Domain domain) {
    return SnapshotReverter.of(domain).to("clean").running().enforcingState();
  }

  /** Uses a domain, which must be clean and have no other user, and leaves it dirty. */
  private static void use(Domain domain) throws Exception {
    String name = domain.getName();
    assertEquals(1, USERS.computeIfAbsent(name, key -> new AtomicInteger()).incrementAndGet());
    assertEquals(DomainState.RUNNING, domain.getState().state());
    domain.destroy();
    TimeUnit.MILLISECONDS.sleep(20);
    SEEN.add(name);
    USERS.get(name).decrementAndGet();
  }

  private static final Map<String, AtomicInteger> USERS = new ConcurrentHashMap<>();

  /** Counts the tests that have begun and do not have their domain yet. */
  static final class CountsWaiting implements BeforeEachCallback {
    private static final AtomicInteger WAITING = new AtomicInteger();
    private static final AtomicInteger MOST = new AtomicInteger();

    @Override
    public void beforeEach(ExtensionContext context) {
      MOST.accumulateAndGet(WAITING.incrementAndGet(), Math::max);
    }
  }

  @Execution(ExecutionMode.CONCURRENT)
  @ExtendWith(CountsWaiting.class)
  static class ParallelA {
    @RegisterExtension static final RevertExtension MACHINES = RevertExtension.of(anyOfBoth());

    @RepeatedTest(20)
    void test(Domain domain, RevertReport report, GuestAgent agent) throws Exception {
      CountsWaiting.WAITING.decrementAndGet();
      assertEquals(domain.getName(), report.domain());
      assertTrue(agent.toString().contains(domain.getName()));
      use(domain);
    }
  }

  @Execution(ExecutionMode.CONCURRENT)
  @RevertedDomain(
      uri = URI,
      domain = {"web02", "web01"},
      snapshot = "clean",
      flags = RevertFlag.RUNNING)
  static class ParallelB {
    @RepeatedTest(10)
    void test(Domain domain) throws Exception {
      use(domain);
    }
  }

  /** JUnit starts further threads while a worker waits for a future. */
  @Test
  void parallelTestsNeverShareDomainAndOccupyNoFurtherThreads() {
    CountsWaiting.MOST.set(0);
    JupiterRun.assertAllSucceed(20, JupiterRun.inParallel(4, ParallelA.class));
    assertEquals(Set.of("web01", "web02"), new HashSet<>(SEEN));
    assertTrue(CountsWaiting.MOST.get() <= 4, CountsWaiting.MOST + " tests waited");
  }

  /** The two classes revert differently, so that each has a pool. */
  @Test
  void poolsOfDifferentDeclarationsShareTheirDomains() {
    JupiterRun.assertAllSucceed(30, JupiterRun.inParallel(4, ParallelA.class, ParallelB.class));
    assertEquals(Set.of("web01", "web02"), new HashSet<>(SEEN));
  }

  @TestMethodOrder(MethodOrderer.MethodName.class)
  static class Sequential {
    /** Each test allows the revert of the domain of the test before. */
    private static final Semaphore REVERTS = new Semaphore(0);

    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(
            TestDomain.anyOf(URI, "web01", "web02")
                .reverting(vm -> toClean(vm).listener(new WaitsForTheNextTest())));

    private static final class WaitsForTheNextTest implements RevertListener {
      @Override
      public void reverting(RevertRequest request, DomainStatus before) {
        if (!REVERTS.tryAcquire()) {
          SEEN.add("a revert waits");
          REVERTS.acquireUninterruptibly();
        }
      }
    }

    @RepeatedTest(8)
    void test(Domain domain) throws Exception {
      REVERTS.release();
      use(domain);
    }
  }

  /** The revert of a domain that a test gave back ends only when the next test has begun. */
  @Test
  void sequentialTestsAlternateAndDoNotWaitForRevert() {
    Sequential.REVERTS.drainPermits();
    Sequential.REVERTS.release(3);
    JupiterRun.assertAllSucceed(8, JupiterRun.of(Sequential.class));
    List<String> order = SEEN.stream().filter(seen -> seen.startsWith("web")).toList();
    for (int i = 1; i < order.size(); i++) {
      assertNotEquals(order.get(i - 1), order.get(i), order.toString());
    }
  }

  static class AnyOfTwo {
    @RegisterExtension static final RevertExtension MACHINES = RevertExtension.of(anyOfBoth());

    @RepeatedTest(4)
    void test(Domain domain) throws Exception {
      use(domain);
    }
  }

  @Test
  void failedRevertOfOneDomainLeavesTheOtherInUse() throws LibvirtException {
    deleteClean("web02");
    JupiterRun.assertAllSucceed(4, JupiterRun.of(AnyOfTwo.class));
    assertEquals(List.of("web01", "web01", "web01", "web01"), List.copyOf(SEEN));
  }

  @Test
  void testsFailAtOnceIfNoDomainCanBeReverted() throws LibvirtException {
    deleteClean("web01");
    deleteClean("web02");
    Stopwatch watch = Stopwatch.createStarted();
    List<Throwable> failures = JupiterRun.failures(JupiterRun.of(AnyOfTwo.class));

    assertTrue(watch.elapsed().toSeconds() < 30, watch.toString());
    assertEquals(4, failures.size());
    assertEquals(List.of(), List.copyOf(SEEN));
    for (Throwable failure : failures) {
      assertInstanceOf(NoDomainAvailableException.class, failure);
      assertTrue(failure.getMessage().contains("the pool has withdrawn all domains"));
      assertTrue(failure.getMessage().contains("\"web01\""), failure.getMessage());
      assertInstanceOf(RevertException.class, failure.getCause());
    }
  }

  private void deleteClean(String name) throws LibvirtException {
    try (Domain domain = connect.domainLookupByName(name);
        DomainSnapshot clean = domain.snapshotLookupByName("clean")) {
      clean.delete();
    }
  }

  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  @RevertedDomain(
      uri = URI,
      domain = {"web01", "web02"},
      snapshot = "clean",
      flags = RevertFlag.RUNNING,
      snapshotOnFailure = true)
  static class FailsOnce {
    @Test
    @Order(1)
    void fails(@ForDomain("web02") Domain either) throws LibvirtException {
      SEEN.add(either.getName());
      either.destroy();
      throw new IllegalStateException("the test found something");
    }

    @RepeatedTest(4)
    @Order(2)
    void passes(Domain domain) throws Exception {
      use(domain);
    }
  }

  @Test
  void failedTestLeavesSnapshotAndItsDomainIsRevertedForLaterTests() throws LibvirtException {
    EngineExecutionResults results = JupiterRun.of(FailsOnce.class);

    results.testEvents().assertStatistics(counts -> counts.succeeded(4).failed(1));
    String failed = SEEN.remove();
    assertTrue(SEEN.contains(failed), failed + " was not used again: " + SEEN);
    String message = JupiterRun.failures(results).get(0).getSuppressed()[0].getMessage();
    try (Domain domain = connect.domainLookupByName(failed)) {
      List<String> taken =
          Stream.of(domain.snapshotListNames()).filter(name -> name.startsWith("failed-")).toList();
      assertEquals(1, taken.size());
      assertEquals(
          "the test failed; snapshot \""
              + taken.get(0)
              + "\" of domain \""
              + failed
              + "\" was"
              + " created",
          message);
      assertEquals(DomainState.RUNNING, domain.getState().state());
      assertEquals(
          DomainState.SHUTOFF,
          SnapshotReverter.of(domain).to(taken.get(0)).revert().after().state());
    }
  }

  static class TwoSets {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(
            TestDomain.of(URI, "test").reverting(vm -> SnapshotReverter.of(vm).to("base")),
            anyOfBoth());

    @RepeatedTest(3)
    void test(@ForDomain("web01") Domain web, @ForDomain("test") Domain other) throws Exception {
      assertEquals("test", other.getName());
      use(web);
    }
  }

  @Test
  void oneDomainAndAnyOfSeveralAreBothPrepared() throws LibvirtException {
    try (Domain domain = connect.domainLookupByName("test");
        DomainSnapshot base =
            domain.snapshotCreateXML("<domainsnapshot><name>base</name></domainsnapshot>")) {
      JupiterRun.assertAllSucceed(3, JupiterRun.of(TwoSets.class));
      base.delete();
    }
  }

  static class LeaksItsHandle {
    private static final List<Domain> LEAKED = new ArrayList<>();

    @RegisterExtension static final RevertExtension MACHINES = RevertExtension.of(anyOfBoth());

    @Test
    void test(Domain domain) {
      LEAKED.add(domain);
    }
  }

  @Test
  void handleIsClosedAfterTheTest() {
    JupiterRun.assertAllSucceed(1, JupiterRun.of(LeaksItsHandle.class));
    assertThrows(IllegalStateException.class, LeaksItsHandle.LEAKED.get(0)::getName);
  }

  @RevertedDomain(
      uri = URI,
      domain = {"web01", "web02"},
      snapshot = "clean",
      before = RevertBefore.EACH_CLASS)
  static class BeforeEachClass {
    @Test
    void test() {
      SEEN.add("ran");
    }
  }

  static class BeforeTheSuite {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(anyOfBoth().before(RevertBefore.SUITE));

    @Test
    void test() {
      SEEN.add("ran");
    }
  }

  @RevertedDomain(
      uri = URI,
      domain = {"web01", "web02"},
      snapshotOnFailure = true)
  static class RevertsToTheCurrentSnapshot {
    @Test
    void test() {
      SEEN.add("ran");
    }
  }

  static class TheSameDomainTwice {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(anyOfBoth(), TestDomain.of(URI, "web01"));

    @Test
    void test() {
      SEEN.add("ran");
    }
  }

  @RevertedDomain(
      uri = URI,
      domain = {})
  static class NoDomain {
    @Test
    void test() {
      SEEN.add("ran");
    }
  }

  @RevertedDomain(uri = URI, domain = "web01", waitAtMost = 0)
  static class NoWait {
    @Test
    void test() {
      SEEN.add("ran");
    }
  }

  @Test
  void invalidDeclarationsAreRejected() {
    assertRejected("before each test only", JupiterRun.of(BeforeEachClass.class));
    assertRejected("before each test only", JupiterRun.of(BeforeTheSuite.class));
    assertRejected(
        "name the snapshot of the revert", JupiterRun.of(RevertsToTheCurrentSnapshot.class));
    assertRejected("name the same domain", JupiterRun.of(TheSameDomainTwice.class));
    assertRejected("SAME_THREAD", JupiterRun.inParallel(2, ParallelFactory.class));
    assertRejected("name at least one", JupiterRun.of(NoDomain.class));
    assertRejected("waitAtMost = 0: name at least 1 second", JupiterRun.of(NoWait.class));
    assertEquals(List.of(), List.copyOf(SEEN));
  }

  private static void assertRejected(String words, EngineExecutionResults results) {
    List<Throwable> failures = JupiterRun.failures(results);
    assertEquals(1, failures.size());
    assertInstanceOf(ExtensionConfigurationException.class, failures.get(0));
    assertTrue(failures.get(0).getMessage().contains(words), failures.get(0).getMessage());
  }

  @Execution(ExecutionMode.CONCURRENT)
  static class ParallelFactory {
    @RegisterExtension static final RevertExtension MACHINES = RevertExtension.of(anyOfBoth());

    @TestFactory
    Stream<DynamicTest> factory(Domain domain) {
      return dynamicTests(domain);
    }
  }

  private static Stream<DynamicTest> dynamicTests(Domain domain) {
    return IntStream.range(0, 5)
        .mapToObj(
            i ->
                DynamicTest.dynamicTest(
                    "dynamic " + i,
                    () -> {
                      SEEN.add(domain.getName() + " " + domain.getState().state());
                      TimeUnit.MILLISECONDS.sleep(20);
                    }));
  }

  @Execution(ExecutionMode.CONCURRENT)
  static class FactoriesOnOneThread {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(TestDomain.anyOf(URI, "web01").reverting(AnyOfDomainsIT::toClean));

    @TestFactory
    @Execution(ExecutionMode.SAME_THREAD)
    Stream<DynamicTest> one(Domain domain) {
      return dynamicTests(domain);
    }

    @TestFactory
    @Execution(ExecutionMode.SAME_THREAD)
    Stream<DynamicTest> two(Domain domain) {
      return dynamicTests(domain);
    }

    @RepeatedTest(5)
    void test(Domain domain) throws Exception {
      use(domain);
    }
  }

  @Test
  void factoryOnOneThreadKeepsItsDomainForItsTests() {
    for (int threads = 1; threads <= 3; threads++) {
      JupiterRun.assertAllSucceed(15, JupiterRun.inParallel(threads, FactoriesOnOneThread.class));
    }
    JupiterRun.assertAllSucceed(15, JupiterRun.of(FactoriesOnOneThread.class));
    assertEquals(Set.of("web01 RUNNING", "web01"), new HashSet<>(SEEN));
  }

  @Execution(ExecutionMode.CONCURRENT)
  @RevertedDomain(uri = URI, domain = "web01", snapshot = "clean", flags = RevertFlag.RUNNING)
  static class OneDomain {
    @RepeatedTest(3)
    void test(Domain domain) throws Exception {
      use(domain);
    }
  }

  @Execution(ExecutionMode.CONCURRENT)
  @RevertedDomain(
      uri = "test:///default?another=text",
      domain = "web01",
      snapshot = "clean",
      flags = RevertFlag.RUNNING,
      before = RevertBefore.SUITE)
  static class OneDomainForTheSuite {
    @Test
    void test(Domain domain) {
      SEEN.add("suite " + domain.getName());
    }
  }

  /** A pool leaves the domain that stands by to the class that waits for it. */
  @Test
  void testsOfOneDomainAndOfAnyShareTheDomain() {
    JupiterRun.assertAllSucceed(
        10, JupiterRun.of(AnyOfTwo.class, OneDomain.class, AnyOfAgain.class));
    assertTrue(SEEN.contains("web01"), SEEN.toString());
  }

  static class AnyOfAgain extends AnyOfTwo {
    @Override
    @RepeatedTest(3)
    void test(Domain domain) throws Exception {
      use(domain);
    }
  }

  static class SeesTheLockOfTheSuite {
    @Test
    void test() throws Exception {
      try (Connect connect = new Connect(URI);
          Domain domain = connect.domainLookupByName("web01")) {
        SEEN.add("locked: " + DomainLock.isLocked(lockFile(domain)));
      }
    }
  }

  @Test
  void classSharesLockThatTheSuiteHoldsToItsEnd() {
    JupiterRun.assertAllSucceed(
        5, JupiterRun.of(OneDomainForTheSuite.class, OneDomain.class, SeesTheLockOfTheSuite.class));
    assertEquals(
        List.of("suite web01", "web01", "web01", "web01", "locked: true"), List.copyOf(SEEN));
  }

  @Test
  void testsOfOneDomainNeverRunConcurrentlyIfTheirUrisDifferInTextOnly() {
    JupiterRun.assertAllSucceed(
        6, JupiterRun.inParallel(4, OneDomain.class, AnotherOneDomain.class));
  }

  @Execution(ExecutionMode.CONCURRENT)
  @RevertedDomain(
      uri = "test:///default?another=text",
      domain = "web01",
      snapshot = "clean",
      flags = RevertFlag.RUNNING)
  static class AnotherOneDomain {
    @RepeatedTest(3)
    void test(Domain domain) throws Exception {
      use(domain);
    }
  }

  static class WaitsForShortTime {
    @RegisterExtension
    static final RevertExtension MACHINES =
        RevertExtension.of(
            TestDomain.of(URI, "web01")
                .reverting(AnyOfDomainsIT::toClean)
                .waitingAtMost(Duration.ofMillis(300)));

    @Test
    void test() {
      SEEN.add("ran");
    }
  }

  @Test
  void waitForLockIsLimited() throws Exception {
    try (Domain domain = connect.domainLookupByName("web01");
        DomainLock held = DomainLock.tryLock(lockFile(domain)).orElseThrow()) {
      List<Throwable> failures = JupiterRun.failures(JupiterRun.of(WaitsForShortTime.class));

      assertEquals(1, failures.size());
      assertEquals(
          "domain \"web01\" at \"test:///default\" is used by this process, which did not release"
              + " the lock file "
              + held.file()
              + " within 0.3 s: wait until its tests have ended, or raise the limit with"
              + " waitAtMost or waitingAtMost",
          failures.get(0).getMessage());
      assertEquals(List.of(), List.copyOf(SEEN));
    }
    JupiterRun.assertAllSucceed(1, JupiterRun.of(WaitsForShortTime.class));
  }
}
