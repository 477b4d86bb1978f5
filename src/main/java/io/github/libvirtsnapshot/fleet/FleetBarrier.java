package io.github.libvirtsnapshot.fleet;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.internal.StageBarrier.Stage;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Lets the tasks of a fleet wait for each other after each stage. Once a task has failed, no task
 * continues to the next stage.
 */
final class FleetBarrier {
  /** The tasks that have completed a stage; {@code ended} is complete when all have. */
  private record Completed(Set<DomainTask<?>> tasks, CompletableFuture<Void> ended) {}

  private final JobThreads threads;
  private final boolean resumesGuests;
  private final Map<Stage, Completed> stages = new EnumMap<>(Stage.class);
  private final CompletableFuture<String> failure = new CompletableFuture<>();
  private int expected;
  private Optional<Long> firstResumed = Optional.empty();
  private Optional<Long> lastResumed = Optional.empty();

  FleetBarrier(JobThreads threads, boolean resumesGuests) {
    this.threads = threads;
    this.resumesGuests = resumesGuests;
    for (Stage stage : Stage.values()) {
      stages.put(stage, new Completed(new HashSet<>(), new CompletableFuture<>()));
    }
  }

  boolean resumesGuests() {
    return resumesGuests;
  }

  /** Adds to the number of tasks; a condition that was not tested yet counts as one. */
  synchronized void expect(int more) {
    expected += more;
    endStages();
  }

  /**
   * Waits until all tasks have completed the stage.
   *
   * @return the failure of another task, unless the guests are to be resumed now
   */
  Optional<String> await(Stage stage, DomainTask<?> task) {
    CompletableFuture<Void> ended = complete(stage, task);
    Optional<String> failed = awaitUnlessFailed(ended);
    return stage == Stage.REVERTED && ended.isDone() ? Optional.empty() : failed;
  }

  private synchronized CompletableFuture<Void> complete(Stage stage, DomainTask<?> task) {
    at(stage).tasks.add(task);
    endStages();
    return at(stage).ended;
  }

  private Completed at(Stage stage) {
    return requireNonNull(stages.get(stage));
  }

  private void endStages() {
    if (failure.isDone()) {
      return;
    }
    stages.values().stream()
        .filter(stage -> stage.tasks.size() == expected)
        .forEach(stage -> stage.ended.complete(null));
  }

  /** Waits for an event or the failure of a task, and returns the failure, if there is one. */
  Optional<String> awaitUnlessFailed(CompletableFuture<?> event) {
    threads.waitFor(CompletableFuture.anyOf(event, failure));
    return failure();
  }

  /** Lets no task continue; returns whether this is the first failure. */
  synchronized boolean fail(String why) {
    return failure.complete(why);
  }

  /** Returns the first failure. */
  Optional<String> failure() {
    return Optional.ofNullable(failure.getNow(null));
  }

  /** Returns whether the guests are to be resumed, and a task that ends now prevents that. */
  boolean isBeforeResumption() {
    return resumesGuests && !allReverted();
  }

  /** Returns whether all guests were to be resumed. */
  boolean allReverted() {
    return at(Stage.REVERTED).ended.isDone();
  }

  synchronized void resumed() {
    long now = threads.nanoTime();
    firstResumed = Optional.of(firstResumed.orElse(now));
    lastResumed = Optional.of(now);
  }

  /** Returns the time from the first guest that was resumed to the last one. */
  synchronized Optional<Duration> resumeSpread() {
    return firstResumed.map(first -> Duration.ofNanos(lastResumed.orElseThrow() - first));
  }
}
