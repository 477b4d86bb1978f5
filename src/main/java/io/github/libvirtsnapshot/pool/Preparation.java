package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.AbandonReason;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.AbandonableRevert;
import io.github.libvirtsnapshot.scheduling.FairScheduler;
import io.github.libvirtsnapshot.scheduling.FairScheduler.Slot;
import io.github.libvirtsnapshot.scheduling.HostSession.Lease;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import io.github.libvirtsnapshot.scheduling.ReturnedReverter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Locks and reverts a domain, and lets it stand by. */
final class Preparation extends MemberJob implements FairScheduler.Job {
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile Optional<Slot> slot = Optional.empty();
  private volatile Optional<AbandonableRevert> revert = Optional.empty();

  /** The lock of the domain. Only one thread uses it: the first one that sets {@link #started}. */
  private Optional<DomainLock> lock;

  /**
   * Creates a job.
   *
   * @param lock the lock of the domain, if the pool has it; it belongs to the job now
   */
  Preparation(PoolExecution pool, PoolMember member, Optional<DomainLock> lock) {
    super(pool, member, Optional.empty());
    this.lock = lock;
  }

  @Override
  public void run(Slot held) {
    slot = Optional.of(held);
    Duration atMost = pool.settings().revertTimeout;
    JobThreads.Timer limit =
        pool.threads()
            .schedule(
                atMost,
                () ->
                    giveUp(
                        "the domain was not ready within "
                            + LogEscaper.seconds(atMost)
                            + "; for slower guests, set revertTimeout(...)"));
    try {
      if (started.compareAndSet(false, true)) {
        finish(connected(() -> member.host().session().lend(this, held), this::prepare));
      }
    } finally {
      limit.cancel();
      held.release();
    }
  }

  private void finish(Tried<Optional<StandingBy>> tried) {
    if (tried.value().isPresent()) {
      finish(tried.value().get());
    } else {
      releaseLock();
      fail(tried.failure().orElseThrow());
    }
  }

  private void finish(Optional<StandingBy> standby) {
    if (standby.isPresent() && end()) {
      pool.ready(member, standby.get());
      return;
    }
    releaseLock();
    if (end()) {
      pool.lockedElsewhere(member);
    }
  }

  /** If the job was given up, the pool may be closed, and does not take the lock next either. */
  private void releaseLock() {
    lock.ifPresent(DomainLock::close);
    lock = Optional.empty();
    if (hasEnded()) {
      member.lock().endTurn();
    }
  }

  /** Returns what stands by; empty if another pool or process has locked the domain. */
  private Optional<StandingBy> prepare(Lease lease) throws Exception {
    Optional<StandingBy> standby;
    try (Domain domain = lease.connect().domainLookupByName(member.name())) {
      takeLock(lockFile(lease, domain));
      standby = lock.isPresent() ? Optional.of(prepare(domain, lock.get())) : Optional.empty();
    }
    lease.close();
    return standby;
  }

  /** The URI of libvirt's default host is empty, and libvirt knows which one that is. */
  private Path lockFile(Lease lease, Domain domain) throws LibvirtException {
    String given = member.host().uri();
    String uri = given.isEmpty() ? lease.connect().getURI() : given;
    return DomainLock.file(pool.settings().lockFolder, uri, domain.getUUIDString());
  }

  /** A domain that was defined again has another UUID, and another lock. */
  private void takeLock(Path file) throws IOException {
    if (lock.isPresent()
        && (!lock.get().file().equals(file) || member.lock().isNextElsewhere(file))) {
      releaseLock();
    }
    if (lock.isEmpty()) {
      lock = member.lock().take(file, pool.hasWaiters());
    }
  }

  private StandingBy prepare(Domain domain, DomainLock held) throws LibvirtException {
    SnapshotReverter reverter = ReturnedReverter.check(pool.settings().how.apply(domain), domain);
    AbandonableRevert next = AbandonableRevert.of(reverter);
    revert = Optional.of(next);
    if (hasEnded()) {
      throw next.abandon(AbandonReason.of("the job of this domain has ended"));
    }
    RevertReport report = next.run();
    member.host().inventory().refresh(domain);
    boolean suspended =
        pool.settings().standby == Standby.PAUSED && report.after().state() == DomainState.RUNNING;
    DomainStatus status = suspended ? suspend(domain, report.after()) : report.after();
    return new StandingBy(domain.getUUIDString(), report, status, suspended, held);
  }

  /** Nothing but the state and its reason may be other than right after the revert. */
  private static DomainStatus suspend(Domain domain, DomainStatus reverted)
      throws LibvirtException {
    domain.suspend();
    return new DomainStatus(
        domain.getState(),
        reverted.id(),
        reverted.currentSnapshot(),
        reverted.persistent(),
        reverted.managedSave());
  }

  @Override
  public void rejected(Throwable cause) {
    if (started.compareAndSet(false, true)) {
      releaseLock();
      fail(cause);
    }
  }

  @Override
  void giveUp(String why) {
    super.giveUp(why);
    if (started.compareAndSet(false, true)) {
      releaseLock();
    }
    slot.ifPresent(Slot::release);
  }

  @Override
  LibvirtException failureOfGivenUp(String why) {
    return revert
        .<LibvirtException>map(running -> running.abandon(AbandonReason.of(why)))
        .orElseGet(() -> new NotStartedException(why));
  }

  @Override
  boolean waitsForHost() {
    return super.waitsForHost() && revert.isEmpty();
  }
}
