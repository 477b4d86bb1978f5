package io.github.libvirtsnapshot.pool;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.Comparators;
import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.pool.PoolMember.State;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The states of the domains of a pool, and the callers that wait. Its methods change them under one
 * lock, and call neither libvirt nor code of the program.
 */
final class PoolState {
  /** A domain that shall be handed out to a caller. */
  record Assignment(PoolMember member, StandingBy standby, Waiter waiter) {}

  private final ImmutableList<PoolMember> members;
  private final LongSupplier nanoTime;
  private final Consumer<Assignment> handOut;

  private final Deque<PoolMember> ready = new ArrayDeque<>();
  private final TreeSet<Waiter> waiters = new TreeSet<>();
  private final CompletableFuture<Boolean> quiet = new CompletableFuture<>();

  /** The assignments that were made under the lock, and are started without it. */
  private final Queue<Assignment> assigned = new ConcurrentLinkedQueue<>();

  /** No caller is accepted any more. */
  private boolean closing;

  /** No job begins any more. */
  private boolean closed;

  private long nextNumber;
  private long acquired;
  private Duration totalWait = Duration.ZERO;
  private Duration longestWait = Duration.ZERO;

  /**
   * Creates the state of a pool whose domains are all to be reverted.
   *
   * @param nanoTime the time, as {@link System#nanoTime} returns it
   * @param handOut starts to hand out a domain; called without the lock
   */
  PoolState(List<PoolMember> members, LongSupplier nanoTime, Consumer<Assignment> handOut) {
    this.members = ImmutableList.copyOf(members);
    this.nanoTime = nanoTime;
    this.handOut = handOut;
  }

  ImmutableList<PoolMember> members() {
    return members;
  }

  /** Adds a caller to the end of the queue. */
  Waiter enter() {
    Waiter waiter;
    synchronized (this) {
      checkState(!closing, "the pool is closed");
      waiter = new Waiter(nextNumber, nanoTime.getAsLong(), new CompletableFuture<>());
      nextNumber++;
      waiters.add(waiter);
      settle();
    }
    startAssigned();
    return waiter;
  }

  /** Refuses a caller whose time limit has passed. */
  synchronized void expire(Waiter waiter, Duration atMost) {
    waiters.remove(waiter);
    refuse(waiter, "no domain was ready within " + LogEscaper.seconds(atMost) + ": " + status());
  }

  /** Removes a caller; returns its domain if it got one meanwhile. */
  synchronized Optional<PooledDomain> leave(Waiter waiter) {
    waiters.remove(waiter);
    if (waiter.result().cancel(false) || waiter.result().isCompletedExceptionally()) {
      return Optional.empty();
    }
    return Optional.of(waiter.result().join());
  }

  synchronized boolean hasWaiters() {
    return !waiters.isEmpty();
  }

  /** Begins a job on a domain; returns false if the pool is closed, and no job must run. */
  synchronized boolean begin(PoolMember member, MemberJob job) {
    member.job = Optional.of(job);
    return !closed;
  }

  /** Lets a domain stand by; returns false if the pool is closed, and does not keep the lock. */
  boolean ready(PoolMember member, StandingBy standby) {
    synchronized (this) {
      if (closed) {
        enter(member, State.READY);
        return false;
      }
      enter(member, State.READY);
      member.standby = Optional.of(standby);
      member.withdrawals = 0;
      ready.add(member);
      settle();
    }
    startAssigned();
    return true;
  }

  synchronized boolean standsBy(PoolMember member, StandingBy standby) {
    return member.standby.filter(standby::equals).isPresent();
  }

  /** Leaves a domain to another pool; returns false if it does not stand by any more. */
  synchronized boolean leave(PoolMember member, StandingBy standby) {
    if (!standsBy(member, standby)) {
      return false;
    }
    ready.remove(member);
    member.standby = Optional.empty();
    enter(member, State.LOCKED);
    return true;
  }

  /**
   * Gives a domain to the caller, or to the first one in the queue if that caller has left.
   *
   * @return how long the caller has waited; empty if no caller waits
   */
  synchronized Optional<Duration> handOver(PoolMember member, Waiter first, PooledDomain domain) {
    enter(member, State.IN_USE);
    for (Waiter next = first; next != null; next = waiters.pollFirst()) {
      if (next.result().complete(domain)) {
        Duration waited = Duration.ofNanos(nanoTime.getAsLong() - next.since());
        acquired++;
        totalWait = totalWait.plus(waited);
        longestWait = Comparators.max(longestWait, waited);
        settle();
        return Optional.of(waited);
      }
    }
    return Optional.empty();
  }

  /** Another program has changed a domain, and the caller gets another one. */
  void revertAgain(PoolMember member, Waiter waiter) {
    synchronized (this) {
      enter(member, State.REVERTING);
      enterAgain(waiter);
      settle();
    }
    startAssigned();
  }

  /** A caller gives a domain back; returns false if the domain is not to be reverted any more. */
  synchronized boolean giveBack(PoolMember member) {
    if (member.state != State.IN_USE) {
      return false;
    }
    enter(member, State.REVERTING);
    return true;
  }

  /** Reverts a domain that was locked or withdrawn; returns false if the pool is being closed. */
  synchronized boolean tryAgain(PoolMember member) {
    if (closing) {
      return false;
    }
    enter(member, State.REVERTING);
    member.withdrawn = Optional.empty();
    return true;
  }

  synchronized void lockedElsewhere(PoolMember member) {
    enter(member, State.LOCKED);
    settle();
  }

  /** Returns how many times in succession the domain was withdrawn, with this time. */
  synchronized int countWithdrawal(PoolMember member) {
    member.withdrawals++;
    return member.withdrawals;
  }

  /** Takes a domain out; the caller that was to get it gets another one. */
  void withdraw(PoolMember member, WithdrawnDomain why, Optional<Waiter> waiter) {
    synchronized (this) {
      enter(member, State.WITHDRAWN);
      member.withdrawn = Optional.of(why);
      waiter.ifPresent(this::enterAgain);
      settle();
    }
    startAssigned();
  }

  private static void enter(PoolMember member, State state) {
    member.state = state;
    member.job = Optional.empty();
  }

  /** A caller keeps its position in the queue. */
  private void enterAgain(Waiter waiter) {
    if (closing) {
      refuse(waiter, "the pool was closed");
    } else if (!waiter.result().isDone()) {
      waiters.add(waiter);
    }
  }

  /**
   * Assigns domains to callers, refuses callers if there is no hope, and ends the wait of close.
   */
  private void settle() {
    while (!ready.isEmpty() && !waiters.isEmpty()) {
      PoolMember member = ready.remove();
      assigned.add(new Assignment(member, member.standby.orElseThrow(), waiters.pollFirst()));
      member.standby = Optional.empty();
      enter(member, State.LEAVING);
    }
    if (members.stream().allMatch(PoolState::isLost)) {
      refuseAll("the pool has withdrawn all domains and tries none of them again");
    }
    if (closing && count(State.REVERTING) + count(State.LEAVING) == 0) {
      quiet.complete(true);
    }
  }

  private static boolean isLost(PoolMember member) {
    return member.state == State.WITHDRAWN
        && member.withdrawn.filter(why -> why.nextAttempt().isPresent()).isEmpty();
  }

  private void refuseAll(String why) {
    for (Waiter next = waiters.pollFirst(); next != null; next = waiters.pollFirst()) {
      refuse(next, why);
    }
  }

  private void refuse(Waiter waiter, String why) {
    waiter.result().completeExceptionally(new NoDomainAvailableException(why, withdrawn()));
  }

  private void startAssigned() {
    for (Assignment next = assigned.poll(); next != null; next = assigned.poll()) {
      handOut.accept(next);
    }
  }

  private int count(State state) {
    return (int) members.stream().filter(member -> member.state == state).count();
  }

  synchronized PoolStatus status() {
    return new PoolStatus(
        count(State.READY),
        count(State.IN_USE) + count(State.LEAVING),
        count(State.REVERTING),
        count(State.LOCKED),
        count(State.WITHDRAWN),
        waiters.size(),
        acquired,
        totalWait,
        longestWait);
  }

  /** Returns the domains that were taken out, in the order in which they were added. */
  synchronized List<WithdrawnDomain> withdrawn() {
    return members.stream().flatMap(member -> member.withdrawn.stream()).toList();
  }

  /** Refuses all callers from now on; returns false if that was done before. */
  synchronized boolean beginClosing() {
    if (closing) {
      return false;
    }
    closing = true;
    refuseAll("the pool was closed");
    settle();
    return true;
  }

  synchronized boolean isClosing() {
    return closing;
  }

  /** Returns a future that is complete when no domain is being reverted. */
  CompletableFuture<Boolean> quiet() {
    return quiet;
  }

  /** Lets no further job begin; returns those that have not ended. */
  synchronized List<MemberJob> endClosing() {
    closed = true;
    return jobs();
  }

  private List<MemberJob> jobs() {
    return members.stream().flatMap(member -> member.job.stream()).toList();
  }

  /** Returns the jobs on the domains of a host that wait until the host is connected. */
  synchronized List<MemberJob> jobsWaitingFor(PoolHost host) {
    return jobs().stream()
        .filter(job -> job.member.host().equals(host) && job.waitsForHost())
        .toList();
  }

  synchronized List<PoolMember> inUse() {
    return members.stream().filter(member -> member.state == State.IN_USE).toList();
  }

  /** Returns what stands by, when the pool has been closed. */
  synchronized List<StandingBy> standingBy() {
    return members.stream().flatMap(member -> member.standby.stream()).toList();
  }
}
