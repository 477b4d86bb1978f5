package io.github.libvirtsnapshot.plan.facts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class OverlayTurnsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final OverlayTurns turns = new OverlayTurns();

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts a revert that continues until the latch opens, and returns when it has begun. */
  private CompletableFuture<Long> start(Set<String> names, CountDownLatch end) {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Long> revert =
        CompletableFuture.supplyAsync(
            () ->
                turns.run(
                    names,
                    () -> {
                      begun.countDown();
                      await(end);
                      return System.nanoTime();
                    }),
            task -> new Thread(task).start());
    await(begun);
    return revert;
  }

  @Test
  void revertWithTheSameName_beginsInTheSecondAfterTheOther() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    CompletableFuture<Long> first = start(Set.of("/images/db", "/images/log"), end);
    AtomicLong begun = new AtomicLong();
    CompletableFuture<Void> second =
        CompletableFuture.runAsync(
            () -> turns.run(Set.of("/images/db"), () -> begun.getAndSet(System.nanoTime())),
            task -> new Thread(task).start());
    Thread.sleep(100);
    assertEquals(0, begun.get());
    end.countDown();
    second.get();
    Duration between = Duration.ofNanos(begun.get() - first.get());
    assertTrue(between.compareTo(SECOND) > 0, between::toString);
  }

  @Test
  void revertsWithOtherNames_doNotWait() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    CompletableFuture<Long> first = start(Set.of("/images/db"), end);
    assertEquals("done", turns.run(Set.of("/images/web"), () -> "done"));
    assertEquals("done", turns.run(Set.of(), () -> "done"));
    end.countDown();
    first.get();
  }

  @Test
  void revertThatThrows_releasesItsNames() {
    assertThrows(
        IllegalStateException.class,
        () ->
            turns.run(
                Set.of("/images/db"),
                () -> {
                  throw new IllegalStateException("lost");
                }));
    assertEquals("done", turns.run(Set.of("/images/db"), () -> "done"));
  }
}
