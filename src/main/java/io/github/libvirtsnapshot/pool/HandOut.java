package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.DomainState;
import io.github.libvirtsnapshot.DomainStatus;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.guest.ClockSetting;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.internal.Cleanup;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.scheduling.HostSession.Lease;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import java.time.Duration;
import java.util.Optional;

/**
 * Checks a domain that stands by, resumes its guest and sets its clock if necessary, and gives it
 * to a caller.
 */
final class HandOut extends MemberJob implements Runnable {
  /** The agent of a guest that is ready responds within milliseconds. */
  private static final Duration AGENT_TIMEOUT = Duration.ofSeconds(5);

  private final StandingBy standby;
  private final Waiter waiter;

  /**
   * A domain that was handed out.
   *
   * @param lease the connection of the domain
   */
  record Result(StandingBy standby, Lease lease, Domain domain, Optional<ClockSetting> clock) {}

  HandOut(PoolExecution pool, PoolMember member, StandingBy standby, Waiter waiter) {
    super(pool, member, Optional.of(waiter));
    this.standby = standby;
    this.waiter = waiter;
  }

  @Override
  public void run() {
    Duration atMost = pool.settings().hostTimeout;
    JobThreads.Timer limit =
        pool.threads()
            .schedule(
                atMost,
                () ->
                    giveUp(
                        "the domain could not be handed out within " + LogEscaper.seconds(atMost)));
    try {
      finish(connected(() -> member.host().session().lend(this), this::check));
    } finally {
      limit.cancel();
    }
  }

  /** No thread could be started. */
  void rejected(Throwable cause) {
    standby.lock().close();
    fail(cause);
  }

  private void finish(Tried<Optional<Result>> tried) {
    if (tried.failure().isPresent()) {
      rejected(tried.failure().get());
    } else if (end()) {
      tried
          .value()
          .orElseThrow()
          .ifPresentOrElse(
              result -> pool.handOver(member, waiter, result),
              () -> pool.revertAgain(member, waiter, standby));
    } else {
      tried.value().orElseThrow().ifPresent(HandOut::discard);
      standby.lock().close();
    }
  }

  private static void discard(Result result) {
    result.domain().close();
    result.lease().close();
  }

  /** Returns the domain; empty if another program has changed it since the revert. */
  private Optional<Result> check(Lease lease) throws LibvirtException {
    Domain domain = lease.connect().domainLookupByUUIDString(standby.uuid());
    Optional<Result> result =
        Cleanup.afterFailure(
            () ->
                isUnchanged(domain)
                    ? Optional.of(new Result(standby, lease, domain, setClock(domain)))
                    : Optional.empty(),
            failure -> domain.close());
    if (result.isEmpty()) {
      domain.close();
      lease.close();
    }
    return result;
  }

  private boolean isUnchanged(Domain domain) throws LibvirtException {
    if (!DomainStatus.after(domain, standby.status()).equals(standby.status())) {
      return false;
    }
    if (!standby.suspended()) {
      return true;
    }
    domain.resume();
    return domain.getState().state() == DomainState.RUNNING;
  }

  private Optional<ClockSetting> setClock(Domain domain) throws LibvirtException {
    return standby.setsClock()
        ? Optional.of(GuestAgent.of(domain).respondingWithin(AGENT_TIMEOUT).setClock())
        : Optional.empty();
  }
}
