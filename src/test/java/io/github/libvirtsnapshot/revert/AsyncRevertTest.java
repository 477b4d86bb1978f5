package io.github.libvirtsnapshot.revert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainSnapshot;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogRecorder;
import io.github.libvirtsnapshot.MockedLibvirt;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AsyncRevertTest {
  private final MockedLibvirt libvirt = new MockedLibvirt();
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);
  private LogRecorder log;
  private Domain domain;
  private SnapshotReverter reverter;

  @BeforeEach
  void open() throws LibvirtException {
    log = new LogRecorder(SnapshotReverter.class);
    domain = libvirt.open();
    reverter = SnapshotReverter.of(domain).to(MockedLibvirt.SNAPSHOT);
    when(libvirt.library.virDomainRevertToSnapshot(any(), anyInt()))
        .then(
            call -> {
              asked.countDown();
              answer.await();
              return 0;
            });
  }

  @AfterEach
  void everyReferenceIsGivenBack() throws InterruptedException {
    domain.close();
    threads.shutdown();
    assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    log.close();
    libvirt.references.assertBalanced();
  }

  private void verifyNotReverted() {
    verify(libvirt.library, never()).virDomainRevertToSnapshot(any(), anyInt());
  }

  private static RevertException failure(CompletableFuture<RevertReport> revert) {
    ExecutionException failed =
        assertThrows(ExecutionException.class, () -> revert.get(10, TimeUnit.SECONDS));
    return assertInstanceOf(RevertException.class, failed.getCause());
  }

  @Test
  void theCallerMayCloseItsHandlesAtOnce() throws Exception {
    DomainSnapshot snapshot = domain.snapshotLookupByName(MockedLibvirt.SNAPSHOT);
    CompletableFuture<RevertReport> revert =
        SnapshotReverter.of(domain).to(snapshot).revertAsync(threads);
    snapshot.close();
    domain.close();
    asked.await();
    answer.countDown();

    assertEquals(DomainState.RUNNING, revert.get().after().state());
  }

  @Test
  void itCanBeCancelledBeforeItStarts() throws Exception {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(queue::add);

    assertTrue(revert.cancel(false));
    queue.remove().run();

    assertTrue(revert.isCancelled());
    assertEquals(List.of(), log.lines());
    verifyNotReverted();
  }

  @Test
  void itCanNotBeCancelledOnceLibvirtWasAsked() throws Exception {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(threads);
    asked.await();

    assertFalse(revert.cancel(true));
    answer.countDown();

    assertEquals(DomainState.RUNNING, revert.get().after().state());
  }

  @Test
  void pastTheDeadlineTheLateResultIsLogged() throws Exception {
    CompletableFuture<RevertReport> revert = reverter.revertAsync(threads, Duration.ofSeconds(2));
    asked.await();

    RevertException overdue = failure(revert);

    assertEquals(RevertOutcome.IN_PROGRESS, overdue.outcome());
    assertEquals(1, log.lines().size());
    answer.countDown();
    threads.shutdown();
    assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
    assertTrue(log.lines().get(1).startsWith("INFO reverted "), log.lines().toString());
  }

  @Test
  void aRevertThatDidNotStartByItsDeadlineNeverDoes() throws Exception {
    CompletableFuture<RevertReport> revert =
        reverter.revertAsync(queue::add, Duration.ofMillis(20));

    RevertException overdue = failure(revert);
    queue.remove().run();

    assertEquals(RevertOutcome.NOT_STARTED, overdue.outcome());
    assertTrue(overdue.getMessage().contains("its deadline of PT0.02S passed"));
    verifyNotReverted();
  }

  @Test
  void aFailureIsTheFuturesFailure() throws Exception {
    libvirt.failToReadState();
    assertEquals(RevertOutcome.NOT_STARTED, failure(reverter.revertAsync(threads)).outcome());
  }

  @Test
  void anExecutorThatRefusesLeavesNothingBehind() {
    assertThrows(
        RejectedExecutionException.class,
        () ->
            reverter.revertAsync(
                work -> {
                  throw new RejectedExecutionException();
                }));
  }

  @Test
  void aDeadlineHasToBePositive() {
    for (Duration deadline : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class, () -> reverter.revertAsync(threads, deadline));
      assertTrue(refused.getMessage().startsWith("deadline is " + deadline));
    }
  }
}
