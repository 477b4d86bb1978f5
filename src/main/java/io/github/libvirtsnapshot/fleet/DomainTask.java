package io.github.libvirtsnapshot.fleet;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertIntent;
import io.github.libvirtsnapshot.scheduling.FairScheduler.Slot;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The state of one domain during a run. A task ends once, with one result. A method that a thread
 * calls after that changes nothing, and reports that the task has ended.
 *
 * <pre>{@code
 *            prepare             run
 * WAITING ------------> PREPARING ---> RUNNING
 *  ^   \                    |             |
 *  |    \  resolve          |             |
 *  |     `---------> RESOLVING            |
 *  |                   |    |             |
 *  `-------------------+----+-------------'
 *       waitForHost, resolveLater, startOver
 *
 * any of them -- succeed, fail, giveUp, stop --> DONE
 * }</pre>
 */
final class DomainTask<T> {
  private enum State {
    /** The task waits for a slot, or for its host. */
    WAITING,
    /** The task has a slot. The host is being connected, and the domain looked up. */
    PREPARING,
    /** The task has a slot. The revert or the plan is running. */
    RUNNING,
    /** The task has a slot. The unknown outcome of a revert is being resolved. */
    RESOLVING,
    /** The task has its result. */
    DONE
  }

  /** After so many resolved outcomes, the domain is not reverted again. */
  private static final int MAX_RESOLUTIONS = 3;

  final FleetHost<T> host;
  final String domain;

  private State state = State.WAITING;
  private Optional<Slot> slot = Optional.empty();
  private Optional<DomainWork.Job<T>> job = Optional.empty();

  /** Whether the job waits for other tasks, or ends by itself because one of them has failed. */
  private boolean waitsForOthers;

  private Optional<DomainResult<T>> result = Optional.empty();

  /** The reason why the task had to wait for its host. */
  private Optional<LibvirtException> lastFailure = Optional.empty();

  /** The time since when the task waits for its host. */
  private Optional<Long> hostLost = Optional.empty();

  private Optional<RevertException> unresolved = Optional.empty();

  /** The last observation of the domain. */
  private Optional<ResolvedOutcome> lastSeen = Optional.empty();

  /** The observation that was the same twice in succession. */
  private Optional<ResolvedOutcome> resolved = Optional.empty();

  private int resolutions;

  /** Whether the host has responded since the outcome became unknown. */
  private boolean responded;

  private List<String> leftSafetySnapshots = ImmutableList.of();

  DomainTask(FleetHost<T> host, String domain) {
    this.host = host;
    this.domain = domain;
  }

  /** Starts an attempt; returns false if the task has ended. */
  synchronized boolean prepare(Slot held) {
    return enter(State.PREPARING, held);
  }

  /** Starts to resolve the outcome; returns false if the task has ended. */
  synchronized boolean resolve(Slot held) {
    return enter(State.RESOLVING, held);
  }

  private boolean enter(State next, Slot held) {
    slot = Optional.of(held);
    return enter(next);
  }

  private boolean enter(State next) {
    if (state == State.DONE) {
      return false;
    }
    state = next;
    return true;
  }

  /** Starts the job; returns false if the task has ended, and the job must not run. */
  synchronized boolean run(DomainWork.Job<T> started) {
    job = Optional.of(started);
    waitsForOthers = false;
    return enter(State.RUNNING);
  }

  /** Lets the task wait for its host; returns false if the task has ended. */
  synchronized boolean waitForHost(LibvirtException failure) {
    lastFailure = Optional.of(failure);
    return enter(State.WAITING);
  }

  /** Lets the task wait until an unknown outcome is resolved; returns false if it has ended. */
  synchronized boolean resolveLater(RevertException unknown) {
    unresolved = Optional.of(unknown);
    lastSeen = Optional.empty();
    hostLost = Optional.empty();
    resolutions++;
    responded = false;
    return enter(State.WAITING);
  }

  /**
   * Records an observation of the domain. The first response of the host restarts the host timeout.
   *
   * @param seen empty if an operation is running on the domain
   * @return whether the last observation was the same: a daemon that was just started does not know
   *     the state of its guests yet
   */
  synchronized boolean isConfirmed(Optional<ResolvedOutcome> seen, long now) {
    resolved = seen.filter(found -> lastSeen.filter(found::equals).isPresent());
    lastSeen = seen;
    if (!responded) {
      responded = true;
      hostLost = Optional.of(now);
    }
    return resolved.isPresent();
  }

  /** Starts over after a revert that changed nothing; returns false if the task has ended. */
  synchronized boolean startOver(Optional<String> leftSafetySnapshot) {
    if (state == State.DONE) {
      return false;
    }
    leftSafetySnapshots =
        ImmutableList.<String>builder()
            .addAll(leftSafetySnapshots)
            .addAll(leftSafetySnapshot.stream().toList())
            .build();
    lastFailure =
        unresolved
            .map(RevertException::getCause)
            .filter(LibvirtException.class::isInstance)
            .map(LibvirtException.class::cast);
    unresolved = Optional.empty();
    resolved = Optional.empty();
    lastSeen = Optional.empty();
    hostLost = Optional.empty();
    return enter(State.WAITING);
  }

  /** Returns whether a revert that changed nothing may be tried again. */
  synchronized boolean mayStartOver() {
    return resolutions <= MAX_RESOLUTIONS;
  }

  /** Returns whether the task has waited for its host for less than this time. */
  synchronized boolean mayWait(long now, Duration atMost) {
    hostLost = Optional.of(hostLost.orElse(now));
    return now - hostLost.get() < atMost.toNanos();
  }

  /** Returns the intent of the revert whose outcome is to be resolved. */
  synchronized RevertIntent intent() {
    return unresolved.flatMap(RevertException::intent).orElseThrow();
  }

  /** Ends the task; returns the result, unless the task had ended before. */
  synchronized Optional<DomainResult<T>> succeed(T value) {
    return end(Optional.of(value), Optional.empty());
  }

  /** Ends the task; returns the result, unless the task had ended before. */
  synchronized Optional<DomainResult<T>> fail(LibvirtException failure) {
    return end(Optional.empty(), Optional.of(failure));
  }

  /** Ends the task as unresolved; returns the result, unless the task had ended before. */
  synchronized Optional<DomainResult<T>> leaveUnresolved() {
    return fail(unresolved.orElseThrow());
  }

  /** Ends the task in any state; returns the result, unless the task had ended before. */
  synchronized Optional<DomainResult<T>> giveUp(AbandonReason why) {
    return state == State.RUNNING ? fail(job.orElseThrow().giveUp(why)) : failWithoutJob(why);
  }

  /** Ends the task unless its job waits for other tasks, and so ends by itself. */
  synchronized Optional<DomainResult<T>> expire(AbandonReason why) {
    return waitsForOthers ? stop(why) : giveUp(why);
  }

  /** Ends the task unless a revert is running, which continues to its end. */
  synchronized Optional<DomainResult<T>> stop(AbandonReason why) {
    return state == State.RUNNING
        ? job.orElseThrow().stop(why).flatMap(this::fail)
        : failWithoutJob(why);
  }

  /** Ends the task unless a revert is running or its outcome is being resolved. */
  synchronized Optional<DomainResult<T>> cancel(AbandonReason why) {
    return state == State.RUNNING || unresolved.isPresent()
        ? Optional.empty()
        : failWithoutJob(why);
  }

  private Optional<DomainResult<T>> failWithoutJob(AbandonReason why) {
    return fail(
        unresolved
            .<LibvirtException>map(unknown -> unknown)
            .orElseGet(() -> NotStartedException.after(lastFailure, why)));
  }

  private Optional<DomainResult<T>> end(Optional<T> value, Optional<LibvirtException> failure) {
    if (!enter(State.DONE)) {
      return Optional.empty();
    }
    boolean isUnresolved =
        failure.filter(why -> unresolved.filter(why::equals).isPresent()).isPresent();
    result =
        Optional.of(
            new DomainResult<>(
                host.uri,
                Optional.of(domain),
                value,
                failure,
                isUnresolved ? resolved : Optional.empty(),
                leftSafetySnapshots));
    return result;
  }

  /** Returns the result, once the task has ended. */
  synchronized Optional<DomainResult<T>> result() {
    return result;
  }

  /** Frees the slot while the job waits for other tasks. */
  void waitForOthers() {
    synchronized (this) {
      waitsForOthers = true;
    }
    releaseSlot();
  }

  /** Continues in another slot, which is freed immediately if the task has ended. */
  void continueIn(Slot held) {
    synchronized (this) {
      waitsForOthers = false;
    }
    cleanUpIn(held);
  }

  /** Lets the job clean up in another slot, and end by itself. */
  void cleanUpIn(Slot held) {
    boolean ended;
    synchronized (this) {
      slot = Optional.of(held);
      ended = state == State.DONE;
    }
    if (ended) {
      held.release();
    }
  }

  /** Frees the slot of a task that waits or has ended, even while a thread hangs in its job. */
  void releaseSlot() {
    Optional<Slot> held;
    synchronized (this) {
      held = slot;
    }
    held.ifPresent(Slot::release);
  }
}
