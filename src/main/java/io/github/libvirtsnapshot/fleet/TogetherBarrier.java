package io.github.libvirtsnapshot.fleet;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.internal.StageBarrier;
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
final class TogetherBarrier implements FleetBarrier {
  /** The tasks that have completed a stage; {@code ended} is complete when all have. */
  private record Completed(Set<DomainTask<?>> tasks, CompletableFuture<Void> ended) {}

  private final JobThreads threads;
  private final boolean resumesGuests;
  private final ResumeSpread spread;
  private final Map<Stage, Completed> stages = new EnumMap<>(Stage.class);
  private final CompletableFuture<String> failure = new CompletableFuture<>();
  private final CompletableFuture<Void> expired = new CompletableFuture<>();
  private int expected;

  TogetherBarrier(JobThreads threads, boolean resumesGuests) {
    this.threads = threads;
    this.resumesGuests = resumesGuests;
    this.spread = new ResumeSpread(threads::nanoTime);
    for (Stage stage : Stage.values()) {
      stages.put(stage, new Completed(new HashSet<>(), new CompletableFuture<>()));
    }
  }

  @Override
  public boolean resumesGuests() {
    return resumesGuests;
  }

  @Override
  public synchronized void expect(int more) {
    expected += more;
    endStages();
  }

  @Override
  public StageBarrier stages(AttemptSlot slot) {
    return new AttemptStages(this, slot, spread);
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

  /** Waits for an event until the deadline or the end of the run. */
  void awaitUnlessExpired(CompletableFuture<?> event) {
    threads.waitFor(CompletableFuture.anyOf(event, expired));
  }

  @Override
  public void expire() {
    expired.complete(null);
  }

  @Override
  public synchronized boolean fail(String why) {
    return failure.complete(why);
  }

  @Override
  public Optional<String> failure() {
    return Optional.ofNullable(failure.getNow(null));
  }

  @Override
  public boolean isBeforeResumption() {
    return resumesGuests && !at(Stage.REVERTED).ended.isDone();
  }

  @Override
  public Optional<Duration> resumeSpread() {
    return spread.duration();
  }
}
