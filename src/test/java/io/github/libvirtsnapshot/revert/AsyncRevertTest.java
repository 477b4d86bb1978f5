package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.MockedLibvirt;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RevertRequest;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AsyncRevertTest extends MockedRevert {
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch revertCalled = new CountDownLatch(1);
  private final CountDownLatch revertMayReturn = new CountDownLatch(1);

  @BeforeEach
  void blockReverts() {
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              revertCalled.countDown();
              revertMayReturn.await();
              return 0;
            });
  }

  @AfterEach
  @Override
  void closeAndCheckReferences() throws InterruptedException {
    threads.shutdown();
    assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    super.closeAndCheckReferences();
  }

  private static RevertException failure(CompletableFuture<RevertReport> revert) {
    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> revert.get(10, TimeUnit.SECONDS));
    return assertInstanceOf(RevertException.class, failed.getCause());
  }

  /** An executor may run a task twice: only the first run reverts. */
  @Test
  void taskThatRunsTwiceRevertsOnce() throws Exception {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(queue::add);
    Runnable task = queue.remove();
    threads.execute(task);
    revertCalled.await();

    task.run();

    assertFalse(revert.isDone());
    revertMayReturn.countDown();
    assertEquals(RevertOutcome.REVERTED, revert.get(10, TimeUnit.SECONDS).outcome());
  }

  @Test
  void taskOfCancelledRevertLeavesFutureCancelled() {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(queue::add);
    assertTrue(revert.cancel(true));

    queue.remove().run();

    assertTrue(revert.isCancelled());
    verifyNotReverted();
  }

  @Test
  void callerMayCloseHandlesWhileRevertIsPending() throws Exception {
    DomainSnapshot snapshot = domain.snapshotLookupByName(MockedLibvirt.SNAPSHOT);
    CompletableFuture<RevertReport> revert =
        SnapshotReverter.of(domain).to(snapshot).revertAsync(threads);
    snapshot.close();
    domain.close();
    revertCalled.await();
    revertMayReturn.countDown();

    assertEquals(DomainState.RUNNING, revert.get().after().state());
  }

  @Test
  void revertCanBeCancelledBeforeItStarts() throws Exception {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(queue::add);

    assertTrue(revert.cancel(false));
    queue.remove().run();

    assertTrue(revert.isCancelled());
    assertEquals(List.of(), log.lines());
    verifyNotReverted();
  }

  @Test
  void revertCannotBeCancelledAfterLibvirtIsCalled() throws Exception {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(threads);
    revertCalled.await();

    assertFalse(revert.cancel(true));
    revertMayReturn.countDown();

    assertEquals(DomainState.RUNNING, revert.get().after().state());
  }

  @Test
  void resultAfterDeadlineIsLogged() throws Exception {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(threads, Duration.ofSeconds(2));
    revertCalled.await();

    RevertException overdue = failure(revert);

    assertEquals(RevertOutcome.IN_PROGRESS, overdue.outcome());
    assertEquals(1, log.lines().size());
    revertMayReturn.countDown();
    threads.shutdown();
    assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    assertTrue(log.lines().get(1).startsWith("INFO reverted "), log.lines().toString());
  }

  @Test
  void revertThatMissesItsDeadlineIsNotStarted() throws Exception {
    CompletableFuture<RevertReport> revert =
        reverter.revertAsync(queue::add, Duration.ofMillis(20));

    RevertException overdue = failure(revert);
    queue.remove().run();

    assertEquals(RevertOutcome.NOT_STARTED, overdue.outcome());
    assertEquals(
        "reverting domain \"web01\" to snapshot \"clean\" (flags = none) was not started: the"
            + " deadline of 0.02 s passed; way out: allow more time: revertAsync(executor,"
            + " deadline), or: revert-domain --timeout SECONDS",
        overdue.getMessage());
    verifyNotReverted();
  }

  @Test
  void deadlineDuringPreparation_logSaysWhatTheExceptionSays() throws Exception {
    CountDownLatch journalMayReturn = new CountDownLatch(1);
    CompletableFuture<RevertReport> revert =
        reverter
            .withJournal(intent -> journalMayReturn.await())
            .revertAsync(threads, Duration.ofMillis(20));

    RevertException overdue = failure(revert);
    journalMayReturn.countDown();
    threads.shutdown();
    assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));

    assertEquals(List.of("WARNING " + overdue.getMessage()), log.lines());
    verifyNotReverted();
  }

  @Test
  void failedRevertFailsItsFuture() throws Exception {
    libvirt.failToReadState();
    assertEquals(RevertOutcome.NOT_STARTED, failure(reverter.revertAsync(threads)).outcome());
  }

  @Test
  void rejectingExecutorFailsTheFuture() {
    RejectedExecutionException full = new RejectedExecutionException("full");
    RevertException refused =
        failure(
            reverter.revertAsync(
                work -> {
                  throw full;
                }));

    assertEquals(RevertOutcome.NOT_STARTED, refused.outcome());
    assertSame(full, refused.getCause());
    assertTrue(
        refused.getMessage().endsWith("RejectedExecutionException: full"), refused.getMessage());
    verifyNotReverted();
  }

  @Test
  void deadlineOutOfRangeIsRefused() {
    for (Duration deadline :
        List.of(
            Duration.ZERO,
            Duration.ofSeconds(-1),
            RetryPolicy.LONGEST.plusNanos(1),
            ChronoUnit.FOREVER.getDuration())) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class, () -> reverter.revertAsync(threads, deadline));
      assertEquals(
          "deadline is "
              + LogEscaper.seconds(deadline)
              + "; the range is from 1 nanosecond to about 292 years",
          refused.getMessage());
    }
  }

  @Test
  void deadlineExpiresWhileTheCommonPoolHangs() throws Exception {
    ForkJoinPool pool = ForkJoinPool.commonPool();
    assertTrue(
        pool.getParallelism() > 1,
        "the JDK's timers use the common pool only if it has more than one thread");
    CountDownLatch end = new CountDownLatch(1);
    for (int i = 0; i < 10 * pool.getParallelism(); i++) {
      pool.execute(() -> Uninterruptibles.awaitUninterruptibly(end));
    }
    try {
      CompletableFuture<RevertReport> revert =
          reverter.revertAsync(queue::add, Duration.ofMillis(20));

      assertEquals(RevertOutcome.NOT_STARTED, failure(revert).outcome());
    } finally {
      end.countDown();
    }
  }

  @Test
  void hangingCallbackDoesNotDelayOtherDeadlines() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    Thread testThread = Thread.currentThread();
    CompletableFuture<Void> hanging =
        reverter
            .revertAsync(queue::add, Duration.ofMillis(500))
            .handle(
                (report, failure) -> {
                  // If the test thread was paused this long, the deadline has already passed.
                  if (Thread.currentThread() != testThread) {
                    Uninterruptibles.awaitUninterruptibly(end);
                  }
                  return null;
                });
    try {
      CompletableFuture<RevertReport> second =
          reverter.revertAsync(queue::add, Duration.ofMillis(600));

      assertEquals(RevertOutcome.NOT_STARTED, failure(second).outcome());
    } finally {
      end.countDown();
    }
    hanging.get(10, TimeUnit.SECONDS);
  }

  @Test
  void cancelledAndExpiredRevertsLeaveNoReferenceOrThread() throws Exception {
    int before = libvirt.references.out();
    CompletableFuture<RevertReport> cancelled =
        reverter.revertAsync(queue::add, Duration.ofDays(1));
    CompletableFuture<RevertReport> timedOut =
        reverter.revertAsync(queue::add, Duration.ofMillis(1));
    cancelled.cancel(true);
    failure(timedOut);

    assertEquals(before, libvirt.references.out());
    awaitEndOfDeadlineThread();
  }

  @Test
  void deadlineThreadIsDaemonAndEndsOnCancellation() throws Exception {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(queue::add, Duration.ofDays(1));

    Thread deadlineThread =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("libvirt-snapshot-deadline"))
            .findAny()
            .orElseThrow();
    assertTrue(deadlineThread.isDaemon());
    revert.cancel(false);
    deadlineThread.join();
  }

  @Test
  void revertCancelledAfterSafetySnapshotDeletesTheSnapshot() throws Exception {
    AtomicReference<CompletableFuture<RevertReport>> revert = new AtomicReference<>();
    CountDownLatch started = new CountDownLatch(1);
    List<RevertException> failures = new ArrayList<>();
    revert.set(
        reverter
            .withSafetySnapshot()
            .listener(
                new RevertListener() {
                  @Override
                  public void safetySnapshotCreated(RevertRequest request, String safetySnapshot) {
                    Uninterruptibles.awaitUninterruptibly(started);
                    assertTrue(revert.get().cancel(false));
                  }

                  @Override
                  public void reverting(RevertRequest request, DomainStatus before) {
                    throw new AssertionError("reverting() was called after the cancellation");
                  }

                  @Override
                  public void failed(RevertException failure) {
                    failures.add(failure);
                  }
                })
            .revertAsync(threads));
    started.countDown();
    threads.shutdown();
    assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));

    RevertException cancelled = failures.get(0);
    assertEquals(RevertOutcome.NOT_STARTED, cancelled.outcome());
    assertEquals(Optional.empty(), cancelled.details().safetySnapshot());
    assertEquals(Optional.empty(), cancelled.details().begun());
    assertEquals(DomainState.RUNNING, cancelled.details().after().orElseThrow().state());
    assertEquals(2, log.lines().size(), log.lines().toString());
    verify(libvirt.library).virDomainSnapshotDelete(any(), anyInt());
    verifyNotReverted();
  }

  @Test
  void longestDeadlineIsAccepted() {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(queue::add, RetryPolicy.LONGEST);
    assertTrue(revert.cancel(false));
  }

  @Test
  void completedRevertLeavesNoReferenceOrThread() throws Exception {
    int before = libvirt.references.out();
    revertMayReturn.countDown();
    reverter.revertAsync(threads, Duration.ofDays(1)).get(10, TimeUnit.SECONDS);

    assertEquals(before, libvirt.references.out());
    awaitEndOfDeadlineThread();
  }

  private static void awaitEndOfDeadlineThread() throws InterruptedException {
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("libvirt-snapshot-deadline"))) {
      Thread.sleep(5);
    }
  }

  @Test
  void revertDoesNotStartIfItsFutureIsCompleted() throws Exception {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(queue::add);
    revert.orTimeout(1, TimeUnit.MILLISECONDS);
    assertThrows(ExecutionException.class, revert::get);

    queue.remove().run();

    verifyNotReverted();
    assertTrue(log.lines().get(0).endsWith("was not started: the revert was cancelled"));
  }

  @Test
  void closedDomainFailsTheFuture() {
    domain.close();

    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> reverter.revertAsync(threads).get());
    assertInstanceOf(IllegalStateException.class, failed.getCause());
  }

  @Test
  void failureToReferenceTheDomainFailsTheFuture() {
    libvirt.setError(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
    when(libvirt.library.virDomainRef(any())).thenReturn(-1);

    RevertException failed = failure(reverter.revertAsync(threads));

    assertEquals(RevertOutcome.NOT_STARTED, failed.outcome());
    assertEquals(Optional.empty(), failed.details().before());
  }

  @Test
  void expiredRevertReportsKnownDetails() throws Exception {
    CompletableFuture<RevertReport> revert =
        reverter.withSafetySnapshot().revertAsync(threads, Duration.ofSeconds(1));
    revertCalled.await();

    RevertException overdue = failure(revert);
    revertMayReturn.countDown();

    assertEquals(DomainState.RUNNING, overdue.details().before().orElseThrow().state());
    assertTrue(overdue.details().safetySnapshot().isPresent());
    assertTrue(overdue.details().begun().isPresent());
    assertTrue(
        overdue
            .getMessage()
            .contains("is still in progress on the host since " + overdue.details().begun().get()),
        overdue.getMessage());
  }
}
