package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.CountingLibvirt;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.plan.RevertRequest;
import io.github.libvirtsnapshot.testing.FakeLibvirt;
import io.github.libvirtsnapshot.testing.FakeLibvirt.FakeDomain;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A callback that throws changes neither the native calls of a revert nor its result. */
class MisbehavingCallbackTest {
  private final FakeLibvirt libvirt = new FakeLibvirt();
  private final FakeDomain fake = libvirt.addDomain("web01", DomainState.RUNNING);
  private final CountingLibvirt references = CountingLibvirt.of(libvirt.library());
  private Domain domain;
  private SnapshotReverter reverter;
  private LogRecorder log;

  @BeforeEach
  void open() throws LibvirtException {
    log = LogRecorder.ofEverything();
    fake.addSnapshot("clean", DomainState.RUNNING);
    try (Connect connect = new Connect(references.library(), "fake:///")) {
      domain = connect.domainLookupByName("web01");
    }
    reverter = SnapshotReverter.of(domain).to("clean").withSafetySnapshot();
  }

  @AfterEach
  void close() {
    domain.close();
    log.close();
    references.assertBalanced();
  }

  static Stream<Throwable> throwables() {
    return Stream.of(
        new IllegalStateException("boom"),
        new AssertionError("boom"),
        new StackOverflowError("boom"),
        new IOException("boom"),
        new InterruptedException("boom"));
  }

  static Stream<Arguments> eventsAndThrowables() {
    return Stream.of(RevertListener.class.getDeclaredMethods())
        .filter(method -> !method.isSynthetic())
        .flatMap(method -> throwables().map(thrown -> arguments(method.getName(), thrown)));
  }

  /** Throws any throwable unchecked, as other JVM languages do. */
  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void throwUnchecked(Throwable thrown) throws T {
    throw (T) thrown;
  }

  /** A listener that throws at one event. */
  private record ThrowingListener(String event, Throwable thrown) implements RevertListener {
    private void throwIf(String current) {
      if (current.equals(event)) {
        MisbehavingCallbackTest.<RuntimeException>throwUnchecked(thrown);
      }
    }

    @Override
    public void planned(RevertPlan plan) {
      throwIf("planned");
    }

    @Override
    public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
      throwIf("safetySnapshotCreated");
    }

    @Override
    public void reverting(RevertRequest request, DomainStatus before) {
      throwIf("reverting");
    }

    @Override
    public void retrying(RevertRequest request, RevertAttempt failed) {
      throwIf("retrying");
    }

    @Override
    public void reverted(RevertReport report) {
      throwIf("reverted");
    }

    @Override
    public void failed(RevertException failure) {
      throwIf(failure.outcome() == RevertOutcome.ROLLED_BACK ? "rolledBack" : "failed");
    }
  }

  private RevertDetails details(SnapshotReverter running) {
    try {
      return running.revert().details();
    } catch (RevertException e) {
      return e.details();
    }
  }

  private void assertReverted(RevertDetails details) {
    assertEquals(RevertOutcome.REVERTED, details.outcome());
    assertEquals(List.of("clean"), fake.reverts());
    assertEquals(List.of("clean", details.safetySnapshot().orElseThrow()), fake.snapshotNames());
  }

  private void assertRolledBack(RevertDetails details) {
    assertEquals(RevertOutcome.ROLLED_BACK, details.outcome());
    assertEquals(2, fake.reverts().size());
    assertEquals(List.of("clean"), fake.snapshotNames());
    assertEquals(DomainState.RUNNING, fake.state());
  }

  @ParameterizedTest
  @MethodSource("eventsAndThrowables")
  void throwingListenerDoesNotAffectRevert(String event, Throwable thrown) {
    assertReverted(details(reverter.listener(new ThrowingListener(event, thrown))));
    assertEquals(
        thrown instanceof InterruptedException && isEventOfSuccess(event), Thread.interrupted());
    assertEquals(isEventOfSuccess(event), isListenerFailureLogged());
  }

  @ParameterizedTest
  @MethodSource("eventsAndThrowables")
  void throwingListenerDoesNotAffectRollback(String event, Throwable thrown) {
    fake.failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");

    assertRolledBack(details(reverter.listener(new ThrowingListener(event, thrown))));
    assertEquals(
        thrown instanceof InterruptedException && isEventOfRollback(event), Thread.interrupted());
    assertEquals(isEventOfRollback(event), isListenerFailureLogged());
  }

  private static boolean isEventOfSuccess(String event) {
    return List.of("planned", "safetySnapshotCreated", "reverting", "reverted").contains(event);
  }

  private static boolean isEventOfRollback(String event) {
    return List.of("planned", "safetySnapshotCreated", "reverting", "rolledBack").contains(event);
  }

  private boolean isListenerFailureLogged() {
    return log.lines().contains("WARNING a listener failed; the revert continues");
  }

  @ParameterizedTest
  @MethodSource("eventsAndThrowables")
  void futureCompletesIfListenerThrows(String event, Throwable thrown) throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try {
      RevertReport report =
          reverter
              .listener(new ThrowingListener(event, thrown))
              .revertAsync(executor, Duration.ofMinutes(1))
              .get(30, TimeUnit.SECONDS);

      assertReverted(report.details());
    } finally {
      executor.shutdown();
      assertTrue(executor.awaitTermination(10, TimeUnit.SECONDS));
    }
  }

  private static void withThrowingLogHandler(Throwable thrown, Runnable work) {
    Handler throwing =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            MisbehavingCallbackTest.<RuntimeException>throwUnchecked(thrown);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger logger = Logger.getLogger("io.github.libvirtsnapshot");
    logger.addHandler(throwing);
    try {
      work.run();
    } finally {
      logger.removeHandler(throwing);
    }
  }

  private static String standardError(Runnable work) {
    PrintStream before = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void throwingLogHandlerDoesNotAffectRevert(Throwable thrown) {
    String printed =
        standardError(
            () -> withThrowingLogHandler(thrown, () -> assertReverted(details(reverter))));

    assertTrue(printed.contains(thrown.getClass().getName() + ": boom"), printed);
    assertEquals(thrown instanceof InterruptedException, Thread.interrupted());
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void throwingLogHandlerDoesNotAffectRollback(Throwable thrown) {
    fake.failReverts("clean", ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");

    String printed =
        standardError(
            () -> withThrowingLogHandler(thrown, () -> assertRolledBack(details(reverter))));

    assertTrue(printed.contains(thrown.getClass().getName() + ": boom"), printed);
    assertEquals(thrown instanceof InterruptedException, Thread.interrupted());
  }

  @Test
  void throwingLogHandlerAndStandardErrorDoNotAffectRevert() {
    PrintStream before = System.err;
    System.setErr(
        new PrintStream(before) {
          @Override
          public void println(String text) {
            throw new AssertionError("boom");
          }
        });
    try {
      withThrowingLogHandler(new AssertionError("boom"), () -> assertReverted(details(reverter)));
    } finally {
      System.setErr(before);
    }
  }

  @Test
  void listenerThatCannotBeCreatedIsSkipped() {
    boolean[] lastListenerCalled = new boolean[1];
    CompositeListener reporter =
        CompositeListener.of(
            List.of(
                () -> {
                  throw new NoClassDefFoundError("jdk/jfr/Event");
                },
                () -> new ThrowingListener("failed", new AssertionError("boom")),
                () ->
                    new RevertListener() {
                      @Override
                      public void failed(RevertException failure) {
                        lastListenerCalled[0] = true;
                      }
                    }));

    reporter.failed(null);
    reporter.close();

    assertTrue(lastListenerCalled[0]);
    assertEquals(2, log.lines().size());
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void executorThatThrowsInsteadOfRunningFailsTheFuture(Throwable thrown) throws Exception {
    CompletableFuture<RevertReport> revert =
        reverter.revertAsync(
            work -> MisbehavingCallbackTest.<RuntimeException>throwUnchecked(thrown));

    ExecutionException failed = assertThrows(ExecutionException.class, revert::get);
    RevertException refused = assertInstanceOf(RevertException.class, failed.getCause());
    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertEquals(thrown, refused.getCause());
    assertEquals(List.of(), fake.reverts());
  }

  @ParameterizedTest
  @MethodSource("throwables")
  void executorThatThrowsAfterRunningDoesNotAffectRevert(Throwable thrown) throws Exception {
    CompletableFuture<RevertReport> revert =
        reverter.revertAsync(
            work -> {
              work.run();
              MisbehavingCallbackTest.<RuntimeException>throwUnchecked(thrown);
            });

    assertReverted(revert.get().details());
    assertTrue(
        log.lines()
            .contains("WARNING an executor failed after the revert started; the revert continues"),
        log.lines().toString());
  }

  @Test
  void listenerMayCloseTheDomain() {
    RevertListener closing =
        new RevertListener() {
          @Override
          public void reverting(RevertRequest request, DomainStatus before) {
            domain.close();
          }
        };

    assertReverted(details(reverter.listener(closing)));
  }
}
