package io.github.libvirtsnapshot.pool;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.SafeLogger;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.plan.facts.HostInventory;
import io.github.libvirtsnapshot.pool.PoolState.Assignment;
import io.github.libvirtsnapshot.scheduling.FairScheduler;
import io.github.libvirtsnapshot.scheduling.FairScheduler.HostQueue;
import io.github.libvirtsnapshot.scheduling.HostSession;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import io.github.libvirtsnapshot.scheduling.ListenerThread;
import io.github.libvirtsnapshot.scheduling.NotStartedException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Changes the states of the domains of a pool, and starts the jobs that follow. */
final class PoolExecution {
  private static final Logger LOG = System.getLogger(DomainPool.class.getName());

  /** How long facts about the other domains of a host are reused, as in a fleet. */
  private static final Duration HOST_FACTS_MAX_AGE = Duration.ofSeconds(5);

  private static final Duration BETWEEN_LOCK_ATTEMPTS = Duration.ofMillis(200);

  private static final String CLOSED = "the pool was closed before the domain was ready";

  private final PoolSettings settings;
  private final JobThreads threads;
  private final FairScheduler scheduler;
  private final ListenerThread listening =
      new ListenerThread("libvirt-pool-listener", LOG, "a pool listener");
  private final Map<String, PoolHost> hosts = new LinkedHashMap<>();
  private final PoolState state;

  PoolExecution(PoolSettings settings, JobThreads threads) {
    this.settings = settings;
    this.threads = threads;
    this.scheduler = new FairScheduler(settings.maxConcurrent, threads);
    List<PoolMember> members = new ArrayList<>();
    settings.domains.forEach(
        (uri, name) -> members.add(new PoolMember(hosts.computeIfAbsent(uri, this::host), name)));
    this.state = new PoolState(members, threads::nanoTime, this::handOut);
  }

  private PoolHost host(String uri) {
    HostInventory inventory = HostInventory.create(HOST_FACTS_MAX_AGE, threads::nanoTime);
    HostSession session =
        new HostSession(() -> open(uri, inventory), threads, settings.hostTimeout);
    return new PoolHost(uri, session, inventory, new HostQueue(settings.maxConcurrentPerHost));
  }

  /** The plans of all domains of a host share what is known about the host. */
  private Connect open(String uri, HostInventory inventory) throws LibvirtException {
    Connect connect = settings.connector.open(uri);
    inventory.shareOn(connect);
    return connect;
  }

  PoolSettings settings() {
    return settings;
  }

  JobThreads threads() {
    return threads;
  }

  PoolState state() {
    return state;
  }

  boolean hasWaiters() {
    return state.hasWaiters();
  }

  void start() {
    state.members().forEach(member -> prepare(member, Optional.empty()));
  }

  private void prepare(PoolMember member, Optional<DomainLock> lock) {
    Preparation job = new Preparation(this, member, lock);
    if (state.begin(member, job)) {
      scheduler.add(member.host().queue(), job);
    } else {
      job.giveUp(CLOSED);
    }
  }

  private void handOut(Assignment assignment) {
    HandOut job = new HandOut(this, assignment.member(), assignment.standby(), assignment.waiter());
    if (state.begin(assignment.member(), job)) {
      Tried.failure(() -> threads.execute(job)).ifPresent(job::rejected);
    } else {
      job.rejected(new NotStartedException(CLOSED));
    }
  }

  void ready(PoolMember member, StandingBy standby) {
    listening.call(() -> settings.listener.ready(member.host().uri(), standby.report()));
    if (state.ready(member, standby)) {
      lookForContenders(member, standby);
    } else {
      standby.lock().close();
    }
  }

  /** Leaves a domain that stands by to another pool or process that waits for it. */
  private void lookForContenders(PoolMember member, StandingBy standby) {
    var unused =
        threads.schedule(
            BETWEEN_LOCK_ATTEMPTS,
            () -> {
              if (standby.isNextElsewhere(member.lock()) && state.leave(member, standby)) {
                standby.lock().close();
                tryAgainAfter(BETWEEN_LOCK_ATTEMPTS, member);
              } else if (state.standsBy(member, standby)) {
                lookForContenders(member, standby);
              }
            });
  }

  void handOver(PoolMember member, Waiter waiter, HandOut.Result result) {
    PooledDomain domain = new PooledDomain(member, result, () -> giveBack(member, result));
    state
        .handOver(member, waiter, domain)
        .ifPresentOrElse(
            waited ->
                listening.call(
                    () -> settings.listener.acquired(member.host().uri(), member.name(), waited)),
            domain::close);
  }

  private void giveBack(PoolMember member, HandOut.Result result) {
    result.domain().close();
    background(result.lease()::close);
    member.host().inventory().changed(result.standby().uuid());
    if (state.giveBack(member)) {
      prepare(member, Optional.of(result.standby().lock()));
    } else {
      result.standby().lock().close();
    }
  }

  /**
   * Closing a connection calls the host, which may hang, so that another thread does it if one can
   * be started.
   */
  private void background(Runnable task) {
    Tried.failure(() -> threads.execute(task)).ifPresent(failure -> task.run());
  }

  void revertAgain(PoolMember member, Waiter waiter, StandingBy standby) {
    SafeLogger.log(
        LOG,
        Level.INFO,
        "another program changed domain %s of %s while it stood by; it is reverted again"
            .formatted(LogEscaper.quote(member.name()), member.hostName()));
    state.revertAgain(member, waiter);
    prepare(member, Optional.of(standby.lock()));
  }

  void lockedElsewhere(PoolMember member) {
    state.lockedElsewhere(member);
    tryAgainAfter(BETWEEN_LOCK_ATTEMPTS, member);
  }

  /** Withdraws a domain, and tries it again after a pause if the settings say so. */
  void withdraw(PoolMember member, LibvirtException failure, Optional<Waiter> waiter) {
    Optional<Duration> pause =
        state.isClosing() ? Optional.empty() : settings.retryPause(state.countWithdrawal(member));
    Instant now = Instant.now();
    WithdrawnDomain why =
        new WithdrawnDomain(member.host().uri(), member.name(), failure, now, pause.map(now::plus));
    SafeLogger.log(LOG, Level.WARNING, "the pool withdrew domain " + why);
    record(member, failure);
    state.withdraw(member, why, waiter);
    listening.call(() -> settings.listener.withdrawn(why));
    pause.ifPresent(time -> tryAgainAfter(time, member));
  }

  private static void record(PoolMember member, LibvirtException failure) {
    WithdrawalEvent event = new WithdrawalEvent();
    if (event.shouldCommit()) {
      event.domain = LogEscaper.escape(member.name());
      event.host = member.hostName();
      event.message = failure.getMessage();
      event.commit();
    }
  }

  private void tryAgainAfter(Duration pause, PoolMember member) {
    var unused =
        threads.schedule(
            pause,
            () -> {
              if (state.tryAgain(member)) {
                prepare(member, Optional.empty());
              }
            });
  }

  /** Gives up the jobs on a host that can't be connected to; a running revert continues. */
  void giveUp(PoolHost host, String why) {
    state.jobsWaitingFor(host).forEach(job -> job.giveUp(why));
  }

  /** Waits for the reverts, at most until the limit, and releases everything. */
  void close() {
    if (!state.beginClosing()) {
      return;
    }
    JobThreads.Timer limit =
        threads.schedule(settings.closeTimeout, () -> state.quiet().complete(false));
    // An interrupt ends the wait, and the thread stays interrupted.
    var unused = Tried.failure(() -> state.quiet().get());
    limit.cancel();
    scheduler.close();
    state.endClosing().forEach(job -> job.giveUp(CLOSED));
    for (PoolMember member : state.inUse()) {
      String why = "the domain was in use when the pool was closed";
      withdraw(member, new NotStartedException(why), Optional.empty());
    }
    state.standingBy().forEach(standby -> standby.lock().close());
    state.members().forEach(member -> member.lock().endTurn());
    hosts.values().forEach(host -> background(host.session()::close));
    threads.shutdown();
    listening.shutdown();
  }
}
