package io.github.libvirtsnapshot.fleet;

import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.fleet.FairScheduler.Slot;
import io.github.libvirtsnapshot.revert.ResolvedOutcome;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertIntent;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The way of one domain through a run. It ends once, with one result; a thread that comes back to a
 * task that has ended is told so, and changes nothing.
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
    /** It waits for a slot, or for its host. */
    WAITING,
    /** It has a slot. Its host is connected to, and the domain is looked up. */
    PREPARING,
    /** It has a slot. Its revert or plan runs. */
    RUNNING,
    /** It has a slot. libvirt is asked what became of a revert whose outcome is unknown. */
    RESOLVING,
    /** It has its result. */
    DONE
  }

  /** How often an outcome may have to be resolved before the domain is left as it is. */
  private static final int MAX_RESOLUTIONS = 3;

  final FleetHost<T> host;
  final String domain;

  private State state = State.WAITING;
  private Optional<Slot> slot = Optional.empty();
  private Optional<DomainWork.Job<T>> job = Optional.empty();
  private Optional<DomainResult<T>> result = Optional.empty();

  /** Why it had to wait for its host. */
  private Optional<LibvirtException> lastFailure = Optional.empty();

  /** Since when it waits for its host. */
  private Optional<Long> hostLost = Optional.empty();

  private Optional<RevertException> unresolved = Optional.empty();

  /** What the domain was the last time that it was looked at. */
  private Optional<ResolvedOutcome> lastSeen = Optional.empty();

  /** What the domain was twice in a row. */
  private Optional<ResolvedOutcome> resolved = Optional.empty();

  private int resolutions;

  /** Whether the host could be asked since the outcome became unknown. */
  private boolean asked;

  private List<String> leftSafetySnapshots = ImmutableList.of();

  DomainTask(FleetHost<T> host, String domain) {
    this.host = host;
    this.domain = domain;
  }

  /** Begins an attempt; returns false if the task has ended. */
  synchronized boolean prepare(Slot held) {
    return enter(State.PREPARING, held);
  }

  /** Begins to look what became of the domain; returns false if the task has ended. */
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

  /** Begins the job; returns false if the task has ended, and the job must not run. */
  synchronized boolean run(DomainWork.Job<T> started) {
    job = Optional.of(started);
    return enter(State.RUNNING);
  }

  /** Its host can't be asked at the moment; returns false if the task has ended. */
  synchronized boolean waitForHost(LibvirtException failure) {
    lastFailure = Optional.of(failure);
    return enter(State.WAITING);
  }

  /** A revert has an unknown outcome; returns false if the task has ended. */
  synchronized boolean resolveLater(RevertException unknown) {
    unresolved = Optional.of(unknown);
    lastSeen = Optional.empty();
    hostLost = Optional.empty();
    resolutions++;
    asked = false;
    return enter(State.WAITING);
  }

  /**
   * The host has answered. From its first answer on, it has the time again that it has to respond.
   *
   * @param seen empty if something is at work on the domain
   * @return whether it was seen like this the last time too; a daemon that was just started does
   *     not know yet what its guests are
   */
  synchronized boolean isConfirmed(Optional<ResolvedOutcome> seen, long now) {
    resolved = seen.filter(found -> lastSeen.filter(found::equals).isPresent());
    lastSeen = seen;
    if (!asked) {
      asked = true;
      hostLost = Optional.of(now);
    }
    return resolved.isPresent();
  }

  /** The revert changed nothing, and is tried again; returns false if the task has ended. */
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

  /** Returns whether less than this time has passed since its host could not be asked. */
  synchronized boolean mayWait(long now, Duration atMost) {
    hostLost = Optional.of(hostLost.orElse(now));
    return now - hostLost.get() < atMost.toNanos();
  }

  /** Returns the revert whose outcome is to be resolved. */
  synchronized RevertIntent intent() {
    return unresolved.flatMap(RevertException::intent).orElseThrow();
  }

  /** Ends it; returns the result, unless it had ended before. */
  synchronized Optional<DomainResult<T>> succeed(T value) {
    return end(Optional.of(value), Optional.empty());
  }

  /** Ends it; returns the result, unless it had ended before. */
  synchronized Optional<DomainResult<T>> fail(LibvirtException failure) {
    return end(Optional.empty(), Optional.of(failure));
  }

  /** Ends it as unresolved; returns the result, unless it had ended before. */
  synchronized Optional<DomainResult<T>> leaveUnresolved() {
    return fail(unresolved.orElseThrow());
  }

  /** Ends it, whatever it is at; returns the result, unless it had ended before. */
  synchronized Optional<DomainResult<T>> giveUp(String why) {
    return state == State.RUNNING ? fail(job.orElseThrow().giveUp(why)) : failWithoutJob(why);
  }

  /** Does the same, but lets a revert that runs go on to its end. */
  synchronized Optional<DomainResult<T>> stop(String why) {
    return state == State.RUNNING
        ? job.orElseThrow().stop(why).flatMap(this::fail)
        : failWithoutJob(why);
  }

  private Optional<DomainResult<T>> failWithoutJob(String why) {
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

  /** Returns the result, once it has ended. */
  synchronized Optional<DomainResult<T>> result() {
    return result;
  }

  /** Frees the slot of a task that has ended, also while a thread still hangs with it. */
  void releaseSlot() {
    Optional<Slot> held;
    synchronized (this) {
      held = slot;
    }
    held.ifPresent(Slot::release);
  }
}
