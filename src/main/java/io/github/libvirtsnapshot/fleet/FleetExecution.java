package io.github.libvirtsnapshot.fleet;

import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.StageBarrier;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.ResolvedOutcome.Verdict;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.scheduling.FairScheduler;
import io.github.libvirtsnapshot.scheduling.FairScheduler.HostQueue;
import io.github.libvirtsnapshot.scheduling.FairScheduler.Slot;
import io.github.libvirtsnapshot.scheduling.HostSession;
import io.github.libvirtsnapshot.scheduling.HostSession.Lease;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Changes the state of each domain's task: when the scheduler starts it, when its host fails, at
 * the deadline, and when the run is stopped.
 */
final class FleetExecution<T> {
  /** Receives the events of a run, on any thread. */
  @FunctionalInterface
  interface Observer<T> {
    /** Adds to the number of results that a host will have. */
    default void expected(String uri, int more) {}

    default void started(String uri, String domain) {}

    default void finished(DomainResult<T> result) {}

    /** The run has ended. */
    void over(List<DomainResult<T>> results);
  }

  private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(1);

  private final FleetSettings settings;
  private final DomainWork<T> work;
  private final Observer<T> observer;
  private final JobThreads threads;
  private final FairScheduler scheduler;
  private final Map<String, FleetHost<T>> hosts = new LinkedHashMap<>();
  private final AtomicInteger unfinished = new AtomicInteger();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final FleetBarrier barrier;
  private volatile Optional<AbandonReason> stopped = Optional.empty();

  /**
   * Creates an execution.
   *
   * @param threads are shut down by the caller when the run has ended
   * @param barrier lets the tasks wait for each other, or not
   */
  FleetExecution(
      FleetSettings settings,
      JobThreads threads,
      DomainWork<T> work,
      FleetBarrier barrier,
      Observer<T> observer) {
    this.settings = settings;
    this.barrier = barrier;
    this.threads = threads;
    this.work = work;
    this.observer = observer;
    this.scheduler = new FairScheduler(settings.limits().maxConcurrent(), threads);
    for (HostSelection selection : settings.selections()) {
      int results = hosts.computeIfAbsent(selection.uri(), this::host).add(selection);
      unfinished.addAndGet(results);
      observer.expected(selection.uri(), results);
    }
    barrier.expect(unfinished.get());
  }

  private FleetHost<T> host(String uri) {
    HostInventory inventory =
        HostInventory.create(settings.limits().hostFactsMaxAge(), threads::nanoTime);
    return new FleetHost<>(
        uri,
        new HostSession(() -> open(uri, inventory), threads, settings.limits().hostTimeout()),
        inventory);
  }

  /** The plans of all domains of a host share what is known about the host. */
  private Connect open(String uri, HostInventory inventory) throws LibvirtException {
    Connect connect = settings.connector().open(uri);
    inventory.shareOn(connect);
    return connect;
  }

  void start() {
    if (unfinished.get() == 0) {
      end();
      return;
    }
    settings
        .limits()
        .deadline()
        .ifPresent(deadline -> threads.schedule(deadline, () -> expire(deadline)));
    Map<HostQueue, FairScheduler.Job> first = new LinkedHashMap<>();
    hosts.values().forEach(host -> first.put(host.queue, new Opening(host)));
    scheduler.addAll(first);
  }

  /** Starts no further job: a running revert continues to its end, and all other tasks end now. */
  void stop(String why) {
    endAll(AbandonReason.of(why), DomainTask::stop);
  }

  /** A task that waits for others deletes its safety snapshot, within the host timeout. */
  private void expire(Duration deadline) {
    AbandonReason why =
        new AbandonReason(
            "the deadline of " + LogEscaper.seconds(deadline) + " passed",
            Optional.of(work.wayOutOfDeadline()));
    threads.schedule(settings.limits().hostTimeout(), () -> end(why, DomainTask::giveUp));
    barrier.expire();
    endAll(why, DomainTask::expire);
  }

  private void endAll(AbandonReason why, End<T> end) {
    stopped = Optional.of(stopped.orElse(why));
    barrier.fail(why.notStarted());
    end(why, end);
  }

  /** Ends all tasks before the first one frees its slot, so that no other one starts. */
  private void end(AbandonReason why, End<T> end) {
    Map<DomainTask<T>, Optional<DomainResult<T>>> results = new LinkedHashMap<>();
    for (FleetHost<T> host : hosts.values()) {
      AbandonReason reason = why.and(silence(host));
      failOpenSelections(host, new NotStartedException(reason.notStarted()));
      host.tasks().forEach(task -> results.put(task, end.apply(task, reason)));
    }
    results.forEach(this::abandon);
  }

  private interface End<T> {
    Optional<DomainResult<T>> apply(DomainTask<T> task, AbandonReason why);
  }

  /** Continues a reason with the silence of the host, if there is one. */
  private static String silence(FleetHost<?> host) {
    Duration silent = host.session.silence();
    return silent.compareTo(HostSession.SLOW) < 0
        ? ""
        : "; the host has not responded for "
            + LogEscaper.seconds(silent.truncatedTo(ChronoUnit.SECONDS));
  }

  private void failOpenSelections(FleetHost<T> host, LibvirtException failure) {
    host.openSelections().forEach(selection -> fail(host, selection, failure));
  }

  private void fail(FleetHost<T> host, HostSelection selection, LibvirtException failure) {
    if (host.failSelection(selection, failure)) {
      DomainResult<T> result = DomainResult.ofHost(host.uri, failure);
      observer.finished(result);
      failTogether(result);
      finishOne(host);
    }
  }

  /** Ends the tasks of a host that was never connected to. */
  private void fail(FleetHost<T> host, LibvirtException failure) {
    failOpenSelections(host, failure);
    host.tasks().forEach(task -> abandon(task, task.fail(failure)));
  }

  /** Ends the tasks of a host that does not respond; a running revert continues. */
  private void giveUp(FleetHost<T> host, String why) {
    failOpenSelections(host, new NotStartedException(why));
    host.tasks().forEach(task -> abandon(task, task.stop(AbandonReason.of(why))));
  }

  /** Reports a result that was set by another thread than the one of the task. */
  private void abandon(DomainTask<T> task, Optional<DomainResult<T>> result) {
    report(task, result);
    if (task.result().isPresent()) {
      task.releaseSlot();
    }
  }

  private void report(DomainTask<T> task, Optional<DomainResult<T>> result) {
    if (result.isPresent()) {
      try {
        observer.finished(result.get());
        if (!result.get().isReverted() || barrier.isBeforeResumption()) {
          failTogether(result.get());
        }
      } finally {
        finishOne(task.host);
      }
    }
  }

  /** Lets no further revert start if the domains are reverted together. */
  private void failTogether(DomainResult<T> failed) {
    String why = failed.failureWords();
    if (barrier.fail(why)) {
      end(AbandonReason.of(why), DomainTask::cancel);
    }
  }

  private boolean hasFailedTogether() {
    return barrier.failure().isPresent();
  }

  private void finishOne(FleetHost<T> host) {
    if (host.finishOne()) {
      close(host.session);
    }
    finish(1);
  }

  /**
   * Closing a connection calls the host, which may hang: no other thread may wait for that. If no
   * thread can be started, the handles are closed when they are garbage-collected.
   */
  private void close(HostSession session) {
    var unused = Tried.failure(() -> threads.execute(session::close));
  }

  private void finish(int results) {
    if (unfinished.addAndGet(-results) == 0) {
      end();
    }
  }

  private void end() {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    scheduler.close();
    barrier.expire();
    observer.over(
        settings.selections().stream()
            .flatMap(
                selection -> requireNonNull(hosts.get(selection.uri())).results(selection).stream())
            .toList());
  }

  /** Connects to a host for the first time, and selects the domains that are not named. */
  private final class Opening implements FairScheduler.Job, HostSession.Watcher {
    private final FleetHost<T> host;

    Opening(FleetHost<T> host) {
      this.host = host;
    }

    @Override
    public void run(Slot slot) {
      JobThreads.Timer slow = threads.schedule(HostSession.SLOW, slot::stopCounting);
      try {
        if (stopped.isEmpty()) {
          open();
        }
      } finally {
        slow.cancel();
        slot.release();
      }
    }

    private void open() {
      Optional<Throwable> failure = Tried.failure(this::selectAll);
      if (failure.isPresent()) {
        fail(host, NotStartedException.asLibvirtException(failure.get()));
        return;
      }
      scheduler.setLimit(host.queue, settings.limits().maxConcurrentPerHost());
      host.tasks().forEach(task -> scheduler.add(host.queue, new Attempt(task)));
    }

    private void selectAll() throws LibvirtException {
      try (Lease lease = host.session.lend(this)) {
        for (HostSelection selection : host.openSelections()) {
          select(selection, lease);
        }
      }
    }

    /** A failure affects only the domains that would have been selected. */
    private void select(HostSelection selection, Lease lease) {
      Tried<List<String>> selected = Tried.of(() -> host.select(selection, lease.connect()));
      if (selected.failure().isPresent()) {
        lease.discardIfLost(selected.failure().get());
        fail(host, selection, NotStartedException.asLibvirtException(selected.failure().get()));
        return;
      }
      List<String> names = selected.value().orElseThrow();
      unfinished.addAndGet(names.size());
      observer.expected(host.uri, names.size());
      if (host.addSelected(selection, names)) {
        barrier.expect(names.size() - 1);
        observer.expected(host.uri, -1);
        finishOne(host);
      } else {
        observer.expected(host.uri, -names.size());
        finish(names.size());
      }
    }

    @Override
    public void rejected(Throwable cause) {
      fail(host, NotStartedException.because(cause));
    }

    @Override
    public void unresponsive(String why) {
      giveUp(host, why);
    }

    @Override
    public void unreachable(String why) {
      giveUp(host, why);
    }
  }

  /** A job of a task. */
  private abstract class Step implements FairScheduler.Job, HostSession.Watcher {
    final DomainTask<T> task;

    Step(DomainTask<T> task) {
      this.task = task;
    }

    final Lease lend(Slot slot) throws LibvirtException {
      return task.host.session.lend(this, slot);
    }

    /** Schedules the next step of a task that waits for its host. */
    final void later(Step next) {
      stopped.ifPresentOrElse(
          why -> report(task, task.stop(why)),
          () -> threads.schedule(BETWEEN_ATTEMPTS, next::enqueue));
    }

    final void enqueue() {
      scheduler.add(task.host.queue, this);
    }

    final boolean mayWait() {
      return task.mayWait(threads.nanoTime(), settings.limits().hostTimeout());
    }

    @Override
    public void rejected(Throwable cause) {
      report(task, task.giveUp(AbandonReason.of(LogEscaper.escape(cause.toString()))));
    }

    @Override
    public void unresponsive(String why) {
      abandon(task, task.giveUp(AbandonReason.of(why)));
    }

    @Override
    public void unreachable(String why) {
      giveUp(task.host, why);
    }
  }

  /** Does the work on a domain. */
  private final class Attempt extends Step {
    Attempt(DomainTask<T> task) {
      super(task);
    }

    @Override
    public void run(Slot slot) {
      AttemptSlot held = new AttemptSlot(scheduler, task, slot);
      try {
        if (stopped.isEmpty() && task.prepare(slot)) {
          attempt(slot, barrier.stages(held));
        }
      } finally {
        held.release();
      }
    }

    private void attempt(Slot slot, StageBarrier stages) {
      Tried<Lease> lent = Tried.of(() -> lend(slot));
      lent.value().ifPresent(lease -> attempt(lease, stages));
      lent.failure().ifPresent(this::withoutConnection);
    }

    private void withoutConnection(Throwable failure) {
      if (failure instanceof LibvirtException e) {
        waitForHost(e);
      } else {
        report(task, task.fail(NotStartedException.because(failure)));
      }
    }

    private void attempt(Lease lease, StageBarrier stages) {
      Tried.failure(
              () -> {
                try (lease) {
                  observer.started(task.host.uri, task.domain);
                  Cleanup.afterFailure(() -> work(lease, stages), lease::discardIfLost);
                }
              })
          .ifPresent(this::failed);
    }

    /** The inventory queries the host, which may hang, so the result is reported first. */
    private void work(Lease lease, StageBarrier stages) throws LibvirtException {
      try (Domain domain = lease.connect().domainLookupByName(task.domain)) {
        DomainWork.Job<T> job =
            work.prepare(
                task.host.uri, task.domain, settings.reverter(task.host.uri, task.domain, domain));
        if (stopped.isPresent() || !task.run(job)) {
          throw job.giveUp(stopped.orElse(AbandonReason.of("the task of this domain has ended")));
        }
        T value = job.run(stages);
        report(task, task.succeed(value));
        task.host.inventory.refresh(domain);
      }
    }

    private void failed(Throwable failure) {
      boolean lost =
          HostSession.isLoss(failure)
              || Arrays.stream(failure.getSuppressed()).anyMatch(HostSession::isLoss);
      if (failure instanceof RevertException e && hasToBeResolved(e, lost)) {
        if (task.resolveLater(e)) {
          later(new Resolution(task));
        }
      } else if (lost && isNotStarted(failure)) {
        waitForHost(NotStartedException.asLibvirtException(failure));
      } else {
        report(task, task.fail(NotStartedException.asLibvirtException(failure)));
      }
    }

    /** A safety snapshot may exist although the connection was lost while it was taken. */
    private boolean hasToBeResolved(RevertException e, boolean lost) {
      return e.outcome() == RevertOutcome.UNKNOWN
          || (lost && isNotStarted(e) && e.details().safetySnapshot().isPresent());
    }

    private boolean isNotStarted(Throwable failure) {
      return !(failure instanceof RevertException e) || e.outcome() == RevertOutcome.NOT_STARTED;
    }

    private void waitForHost(LibvirtException failure) {
      if (!task.waitForHost(failure)) {
        return;
      }
      if (mayWait() && !hasFailedTogether()) {
        later(this);
      } else {
        report(task, task.fail(failure));
      }
    }
  }

  /** Resolves the unknown outcome of a revert. */
  private final class Resolution extends Step {
    Resolution(DomainTask<T> task) {
      super(task);
    }

    @Override
    public void run(Slot slot) {
      JobThreads.Timer slow = threads.schedule(HostSession.SLOW, slot::stopCounting);
      try {
        if (stopped.isEmpty() && task.resolve(slot)) {
          resolve(slot).ifPresentOrElse(Runnable::run, this::waitForAnswer);
        }
      } finally {
        slow.cancel();
        slot.release();
      }
    }

    /** Returns the action after the lease is closed; empty while the outcome is unresolved. */
    private Optional<Runnable> resolve(Slot slot) {
      return Tried.of(
              () -> {
                try (Lease lease = lend(slot)) {
                  return Cleanup.afterFailure(() -> resolve(lease), failure -> lease.discard());
                }
              })
          .value()
          .flatMap(Function.identity());
    }

    private Optional<Runnable> resolve(Lease lease) throws LibvirtException {
      RevertIntent intent = task.intent();
      Optional<ResolvedOutcome> seen = intent.resolveOutcome(lease.connect());
      if (!task.isConfirmed(seen, threads.nanoTime())) {
        return Optional.empty();
      }
      task.host.inventory.changed(intent.request().uuid());
      Optional<T> value = work.resolved(intent, seen.orElseThrow(), lease.connect());
      if (value.isPresent()) {
        return Optional.of(() -> report(task, task.succeed(value.get())));
      }
      if (seen.orElseThrow().verdict() != Verdict.UNCHANGED || !task.mayStartOver()) {
        return Optional.of(() -> report(task, task.leaveUnresolved()));
      }
      Optional<String> left = deleteSafetySnapshot(intent, lease);
      return Optional.of(() -> startOver(left));
    }

    /** Returns the name of the safety snapshot if it may still exist. */
    private Optional<String> deleteSafetySnapshot(RevertIntent intent, Lease lease)
        throws ConnectionLostException {
      try {
        intent.deleteSafetySnapshot(lease.connect());
        return Optional.empty();
      } catch (ConnectionLostException e) {
        throw e;
      } catch (LibvirtException | RuntimeException e) {
        return intent.safetySnapshot();
      }
    }

    private void startOver(Optional<String> leftSafetySnapshot) {
      if (task.startOver(leftSafetySnapshot)) {
        new Attempt(task).enqueue();
      }
    }

    private void waitForAnswer() {
      if (mayWait()) {
        later(this);
      } else {
        report(task, task.leaveUnresolved());
      }
    }
  }
}
