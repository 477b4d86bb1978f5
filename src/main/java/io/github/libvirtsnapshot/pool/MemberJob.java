package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.scheduling.HostSession;
import io.github.libvirtsnapshot.scheduling.HostSession.Lease;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A job on one domain of a pool. A job ends once: on its own thread, or given up by another thread
 * because the host does not respond in time. The thread of a job that was given up releases what it
 * holds when it returns.
 */
abstract class MemberJob implements HostSession.Watcher {
  final PoolExecution pool;
  final PoolMember member;
  private final Optional<Waiter> waiter;
  private final AtomicBoolean ended = new AtomicBoolean();

  /**
   * Creates a job.
   *
   * @param waiter the caller that gets another domain if the job fails
   */
  MemberJob(PoolExecution pool, PoolMember member, Optional<Waiter> waiter) {
    this.pool = pool;
    this.member = member;
    this.waiter = waiter;
  }

  /** Ends the job; returns false if it had ended before. */
  final boolean end() {
    return ended.compareAndSet(false, true);
  }

  final boolean hasEnded() {
    return ended.get();
  }

  /** Ends the job on its own thread, which has released what it held. */
  final void fail(Throwable failure) {
    if (end()) {
      pool.withdraw(member, NotStartedException.asLibvirtException(failure), waiter);
    }
  }

  /** Ends the job on another thread. */
  void giveUp(String why) {
    if (end()) {
      pool.withdraw(member, failureOfGivenUp(why), waiter);
    }
  }

  /** Returns why the domain is taken out when the job is given up. */
  LibvirtException failureOfGivenUp(String why) {
    return new NotStartedException(why);
  }

  /** Returns whether the job may be given up because its host can't be connected to. */
  boolean waitsForHost() {
    return !hasEnded();
  }

  @Override
  public final void unresponsive(String why) {
    giveUp(why);
  }

  @Override
  public final void unreachable(String why) {
    pool.giveUp(member.host(), why);
  }

  /** Opens or reuses a connection. */
  interface Lending {
    Lease lend() throws LibvirtException;
  }

  /** Uses a connection. The lease is closed if this fails. */
  interface Use<R> {
    R with(Lease lease) throws Exception;
  }

  /** Uses a connection, and another one if the connection was lost while it was idle. */
  static <R> Tried<R> connected(Lending lending, Use<R> use) {
    while (true) {
      Tried<Lease> lent = Tried.of(lending::lend);
      if (lent.value().isEmpty()) {
        return new Tried<>(Optional.empty(), lent.failure());
      }
      Lease lease = lent.value().get();
      Tried<R> tried = Tried.of(() -> use.with(lease));
      if (tried.failure().isEmpty()) {
        return tried;
      }
      Throwable failure = tried.failure().get();
      lease.discardIfLost(failure);
      lease.close();
      if (!lease.isReused() || !HostSession.isLoss(failure) || mayHaveChanged(failure)) {
        return tried;
      }
    }
  }

  private static boolean mayHaveChanged(Throwable failure) {
    return failure instanceof RevertException e
        && (e.outcome() != RevertOutcome.NOT_STARTED || e.details().safetySnapshot().isPresent());
  }
}
