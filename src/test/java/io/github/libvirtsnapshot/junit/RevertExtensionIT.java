package io.github.libvirtsnapshot.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.flags.RevertFlag;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertListener;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/**
 * Runs test classes with JUnit's test kit, on libvirt's test driver. The test driver of libvirt 7.0
 * leaves a paused domain paused.
 */
@Tag("another-process")
class RevertExtensionIT {
  private static final String URI = "test:///default";

  private final Connect connect;
  private LogRecorder log;

  RevertExtensionIT() throws LibvirtException {
    connect = new Connect(URI);
  }

  /** Defines two paused domains, each with a snapshot of its running and its paused state. */
  @BeforeEach
  void defineDomains() throws LibvirtException {
    log = LogRecorder.ofEverything();
    for (String name : List.of("web01", "web02")) {
      try (Domain domain =
          connect.domainDefineXML(
              "<domain type='test'><name>"
                  + name
                  + "</name><memory>1024</memory><os><type>hvm</type></os><devices>"
                  + "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/>"
                  + "</channel></devices></domain>")) {
        domain.create();
        domain.snapshotCreateXML("<domainsnapshot><name>clean</name></domainsnapshot>").close();
        domain.suspend();
        domain.snapshotCreateXML("<domainsnapshot><name>paused</name></domainsnapshot>").close();
      }
    }
    SEEN.clear();
  }

  @AfterEach
  void removeDomains() throws LibvirtException {
    for (String name : List.of("web01", "web02")) {
      try (Domain domain = connect.domainLookupByName(name)) {
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
  }

  /** The observations of the test classes, in order. */
  private static final ConcurrentLinkedQueue<Object> SEEN = new ConcurrentLinkedQueue<>();

  private static void see(Domain domain) throws LibvirtException {
    SEEN.add(domain.getName() + " " + domain.getState().state());
  }

  @RevertedDomain(uri = URI, domain = "web01", snapshot = "clean")
  static class RevertsEachTime {
    @Test
    void one(Domain web01) throws LibvirtException {
      see(web01);
      web01.destroy();
    }

    @Test
    void two(Domain web01, RevertReport report, GuestAgent agent) throws LibvirtException {
      see(web01);
      web01.destroy();
      assertEquals("clean", report.snapshot());
      assertTrue(agent.toString().contains("web01"));
    }

    @Test
    @RevertedDomain(uri = URI, domain = "web01", snapshot = "clean", flags = RevertFlag.PAUSED)
    void methodOverridesTheClass(Domain web01) throws LibvirtException {
      assertEquals(DomainState.PAUSED, web01.getState().state());
    }
  }

  @Test
  void domainIsRevertedBeforeEachTest() {
    JupiterRun.assertAllSucceed(3, JupiterRun.of(RevertsEachTime.class));
    assertEquals(List.of("web01 RUNNING", "web01 RUNNING"), List.copyOf(SEEN));
  }

  @RevertedDomain(uri = URI, domain = "web01", snapshot = "clean", before = RevertBefore.EACH_CLASS)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  static class BeforeEachClass {
    @BeforeAll
    static void parametersAreResolvedBeforeAll(Domain web01, RevertReport report) {
      assertEquals(web01.getName(), report.domain());
    }

    @Test
    @Order(1)
    void one(Domain web01) throws LibvirtException {
      see(web01);
      web01.destroy();
    }

    @Test
    @Order(2)
    void two(Domain web01) throws LibvirtException {
      see(web01);
    }

    @Nested
    class Within {
      @Test
      void three(Domain web01) throws LibvirtException {
        see(web01);
      }
    }
  }

  @Test
  void domainIsRevertedBeforeEachClass() {
    JupiterRun.assertAllSucceed(3, JupiterRun.of(BeforeEachClass.class));
    assertEquals(List.of("web01 RUNNING", "web01 SHUTOFF", "web01 SHUTOFF"), List.copyOf(SEEN));
  }

  @RevertedDomain(uri = URI, domain = "web01", snapshot = "clean", before = RevertBefore.SUITE)
  static class InTheSuite {
    @Test
    void test(Domain web01) throws LibvirtException {
      see(web01);
      if (web01.isActive()) {
        web01.destroy();
      }
    }
  }

  static class AlsoInTheSuite extends InTheSuite {}

  @Test
  void domainIsRevertedOnceInASuite() {
    JupiterRun.assertAllSucceed(2, JupiterRun.of(InTheSuite.class, AlsoInTheSuite.class));
    assertEquals(List.of("web01 RUNNING", "web01 SHUTOFF"), List.copyOf(SEEN));
  }

  static class WithAllSettings {
    @Test
    @RevertedDomain(
        uri = URI,
        domain = "web01",
        snapshot = "paused",
        flags = {RevertFlag.RUNNING, RevertFlag.FORCE},
        guarded = true,
        awaitGuest = 5,
        setClock = true)
    void test(RevertReport report) {
      assertEquals(5, report.flags());
      assertTrue(report.guest().orElseThrow().responded());
      assertTrue(report.guest().orElseThrow().clock().isPresent());
    }

    @Test
    @RevertedDomain(uri = URI, domain = "web01")
    void revertsToTheCurrentSnapshot(RevertReport report) {
      assertEquals("paused", report.snapshot());
    }
  }

  @Test
  void annotationSettingsAreUsed() {
    JupiterRun.assertAllSucceed(2, JupiterRun.of(WithAllSettings.class));
  }

  @RevertedDomain(uri = URI, domain = "web01", snapshot = "clean")
  static class OneTestNeedsABrokenDomain {
    @Test
    void needsOne(Domain web01) throws LibvirtException {
      see(web01);
    }

    @Test
    @RevertedDomain(uri = URI, domain = "web02", snapshot = "gone")
    void needsBoth() {
      SEEN.add("it ran");
    }
  }

  @RevertedDomain(uri = URI, domain = "web02", snapshot = "gone", before = RevertBefore.SUITE)
  static class NeedsABrokenDomain {
    @Test
    void test() {
      SEEN.add("it ran");
    }
  }

  static class AlsoNeedsABrokenDomain extends NeedsABrokenDomain {}

  static class NeedsNoDomain {
    @Test
    void test() {}
  }

  @Test
  void failedRevertFailsOnlyTheTestsOfThatDomain() {
    EngineExecutionResults results =
        JupiterRun.of(
            OneTestNeedsABrokenDomain.class,
            NeedsABrokenDomain.class,
            AlsoNeedsABrokenDomain.class,
            NeedsNoDomain.class);

    results.testEvents().assertStatistics(counts -> counts.succeeded(2).failed(1).aborted(0));
    results.containerEvents().assertStatistics(counts -> counts.failed(2));
    assertEquals(List.of("web01 RUNNING"), List.copyOf(SEEN));
    List<Throwable> failures = JupiterRun.failures(results);
    assertEquals(3, failures.size());
    for (Throwable failure : failures) {
      RevertException refused = assertInstanceOf(RevertException.class, failure);
      assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
      assertTrue(
          refused
              .getMessage()
              .startsWith("reverting domain \"web02\" to snapshot \"gone\" (flags = none) was not"),
          refused.getMessage());
    }
  }

  @RevertedDomain(uri = URI, domain = "nobody")
  static class NeedsAnUnknownDomain {
    @Test
    void test() {}
  }

  @Test
  void missingDomainIsNamedInTheFailure() {
    List<Throwable> failures = JupiterRun.failures(JupiterRun.of(NeedsAnUnknownDomain.class));

    assertEquals(1, failures.size());
    String message = failures.get(0).getMessage();
    assertTrue(
        message.startsWith(
            "domain \"nobody\" at \"test:///default\": Domain not found; no domain has the name"
                + " \"nobody\": the domains are \"test\""),
        message);
  }

  /** Records how many tests run concurrently. */
  static class Parallel {
    private static final AtomicInteger INSIDE = new AtomicInteger();

    @Test
    void test() throws InterruptedException {
      SEEN.add(INSIDE.incrementAndGet());
      TimeUnit.MILLISECONDS.sleep(200);
      INSIDE.decrementAndGet();
    }
  }

  @Execution(ExecutionMode.CONCURRENT)
  @RevertedDomain(uri = URI, domain = "web01", snapshot = "clean")
  static class ParallelA extends Parallel {}

  @Execution(ExecutionMode.CONCURRENT)
  @RevertedDomain(uri = URI, domain = "web01", snapshot = "paused")
  static class ParallelB extends Parallel {}

  @Execution(ExecutionMode.CONCURRENT)
  @ResourceLock(providers = RevertExtension.class)
  static class ParallelC extends Parallel {
    @RegisterExtension
    static final RevertExtension DOMAINS = RevertExtension.of(TestDomain.of(URI, "web01"));
  }

  @Execution(ExecutionMode.CONCURRENT)
  static class ParallelWithoutLock extends Parallel {
    @RegisterExtension
    static final RevertExtension DOMAINS = RevertExtension.of(TestDomain.of(URI, "web01"));
  }

  @Test
  void testsOfOneDomainNeverRunConcurrently() {
    JupiterRun.assertAllSucceed(
        3, JupiterRun.inParallel(4, ParallelA.class, ParallelB.class, ParallelC.class));
    assertEquals(List.of(1, 1, 1), List.copyOf(SEEN));
  }

  @Test
  void extensionWithoutLocksIsRejected() {
    List<Throwable> failures =
        JupiterRun.failures(JupiterRun.inParallel(4, ParallelWithoutLock.class));

    assertEquals(1, failures.size());
    assertInstanceOf(ExtensionConfigurationException.class, failures.get(0));
    assertTrue(
        failures.get(0).getMessage().contains("@ResourceLock(providers = RevertExtension.class)"),
        failures.get(0).getMessage());
    JupiterRun.assertAllSucceed(1, JupiterRun.of(ParallelWithoutLock.class));
  }

  static class TwoDomains {
    private static final CyclicBarrier BOTH = new CyclicBarrier(2);

    @RegisterExtension
    static final RevertExtension DOMAINS = RevertExtension.of(domain("web01"), domain("web02"));

    private static TestDomain domain(String name) {
      return TestDomain.of(URI, name)
          .reverting(
              domain -> SnapshotReverter.of(domain).to("clean").listener(new WaitsForTheOther()));
    }

    @Test
    void test(@ForDomain("web02") Domain two, @ForDomain("web01") RevertReport one)
        throws LibvirtException {
      see(two);
      assertEquals("web01", one.domain());
    }

    private static final class WaitsForTheOther implements RevertListener {
      @Override
      public void reverting(RevertRequest request, DomainStatus before) {
        try {
          SEEN.add("met " + (BOTH.await(20, TimeUnit.SECONDS) >= 0));
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  @Test
  void severalDomainsAreRevertedConcurrently() {
    JupiterRun.assertAllSucceed(1, JupiterRun.of(TwoDomains.class));
    assertEquals(List.of("met true", "met true", "web02 RUNNING"), List.copyOf(SEEN));
  }

  static class Ambiguous {
    @RegisterExtension
    static final RevertExtension DOMAINS =
        RevertExtension.of(TestDomain.of(URI, "web01"), TestDomain.of(URI, "web02"));

    @Test
    void test(Domain which) {
      fail(which.toString());
    }
  }

  static class NotStatic {
    @RegisterExtension
    final RevertExtension domains =
        RevertExtension.of(TestDomain.of(URI, "web01").before(RevertBefore.EACH_CLASS));

    @Test
    void test() {
      SEEN.add("it ran");
    }
  }

  static class OnAMethod {
    @Test
    @RevertedDomain(uri = URI, domain = "web01", before = RevertBefore.SUITE)
    void test() {
      SEEN.add("it ran");
    }
  }

  @Test
  void invalidDeclarationsAreRejected() {
    assertOneFailure(ParameterResolutionException.class, "@ForDomain(\"name\")", Ambiguous.class);
    assertOneFailure(
        ExtensionConfigurationException.class, "make its RevertExtension static", NotStatic.class);
    assertOneFailure(
        ExtensionConfigurationException.class, "a method supports EACH_TEST only", OnAMethod.class);
    assertTrue(SEEN.isEmpty());
  }

  private static void assertOneFailure(
      Class<? extends Throwable> type, String words, Class<?> testClass) {
    List<Throwable> failures = JupiterRun.failures(JupiterRun.of(testClass));
    assertEquals(1, failures.size());
    assertInstanceOf(type, failures.get(0));
    assertTrue(failures.get(0).getMessage().contains(words), failures.get(0).getMessage());
  }

  static class RevertsAnotherDomain {
    @RegisterExtension
    static final RevertExtension DOMAIN =
        RevertExtension.of(TestDomain.of(URI, "web01").reverting(vm -> other(vm).to("clean")));

    private static SnapshotReverter other(Domain domain) {
      try (Connect connect = domain.getConnect();
          Domain other = connect.domainLookupByName("web02")) {
        return SnapshotReverter.of(other);
      } catch (LibvirtException e) {
        throw new IllegalStateException(e);
      }
    }

    @Test
    void test() {
      SEEN.add("it ran");
    }
  }

  @Test
  void reverterOfAnotherDomainIsNotUsed() throws LibvirtException {
    assertOneFailure(
        IllegalArgumentException.class,
        "returned a reverter of domain \"web02\"",
        RevertsAnotherDomain.class);
    assertTrue(SEEN.isEmpty());
    try (Domain web02 = connect.domainLookupByName("web02")) {
      assertEquals(DomainState.PAUSED, web02.getState().state());
    }
  }

  @RevertedDomain(uri = URI, domain = "web01", snapshot = "clean", snapshotOnFailure = true)
  @RevertedDomain(uri = URI, domain = "web02", snapshot = "clean")
  static class TakesASnapshotOnFailure {
    @Test
    void fails(@ForDomain("web01") Domain web01) throws LibvirtException {
      web01.suspend();
      throw new IllegalStateException("the test found something");
    }

    @Test
    void isAborted() {
      assumeTrue(false);
    }

    @Test
    void passes() {}
  }

  @Test
  void failedTestLeavesASnapshotThatIsLogged() throws LibvirtException {
    EngineExecutionResults results = JupiterRun.of(TakesASnapshotOnFailure.class);

    results.testEvents().assertStatistics(counts -> counts.succeeded(1).failed(1).aborted(1));
    results.testEvents().assertStatistics(counts -> counts.reportingEntryPublished(1));
    Throwable failure = JupiterRun.failures(results).get(0);
    assertEquals("the test found something", failure.getMessage());
    try (Domain web01 = connect.domainLookupByName("web01")) {
      List<String> taken =
          Stream.of(web01.snapshotListNames()).filter(name -> name.startsWith("failed-")).toList();
      assertEquals(1, taken.size());
      String name = taken.get(0);
      assertTrue(name.startsWith("failed-TakesASnapshotOnFailure.fails-"), name);
      String message = "the test failed; snapshot \"" + name + "\" of domain \"web01\" was created";
      assertEquals(message, failure.getSuppressed()[0].getMessage());
      assertTrue(log.lines().contains("INFO " + message), log.lines().toString());
      assertEquals(
          DomainState.PAUSED, SnapshotReverter.of(web01).to(name).revert().after().state());
    }
    try (Domain web02 = connect.domainLookupByName("web02")) {
      assertEquals(2, web02.snapshotNum());
    }
  }

  static class LeaksItsHandle {
    private static Domain leaked;

    @RegisterExtension
    static final RevertExtension DOMAINS = RevertExtension.of(TestDomain.of(URI, "web01"));

    @Test
    void test(Domain web01) {
      leaked = web01;
    }
  }

  @Test
  void handleIsClosedAfterTheTest() {
    JupiterRun.assertAllSucceed(1, JupiterRun.of(LeaksItsHandle.class));
    assertThrows(IllegalStateException.class, LeaksItsHandle.leaked::getName);
  }
}
