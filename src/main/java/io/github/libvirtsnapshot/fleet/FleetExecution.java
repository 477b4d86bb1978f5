package io.github.libvirtsnapshot.fleet;

import com.google.common.base.Stopwatch;
import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.revert.RevertException;
import io.github.libvirtsnapshot.revert.RevertFinding;
import io.github.libvirtsnapshot.revert.RevertFinding.Verdict;
import io.github.libvirtsnapshot.revert.RevertOutcome;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One run over a fleet. Each domain is told of once: by its work, by the end of its host, or by the
 * deadline, whichever comes first.
 */
final class Run<T> {
  /** What is done with each domain. */
  interface Work<T> {
    /**
     * Does it, or starts it.
     *
     * @param left how long it may take
     */
    CompletableFuture<T> start(SnapshotReverter reverter, Executor threads, Optional<Duration> left)
        throws LibvirtException;
  }

  /** Is told what happens, on whatever thread. */
  interface Observer<T> {
    /** So many more are to be told of a host. */
    default void expected(String uri, int more) {}

    default void started(String uri, String domain) {}

    default void told(Told<T> told) {}

    void over(List<Told<T>> all);
  }

  /** A host that is silent for this long does not keep others waiting. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  /** How long a host may take to answer at all, or to come back. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How often a domain may have to be found out about. */
  private static final int MOST_UNKNOWNS = 3;

  private final FleetSettings settings;
  private final Work<T> work;
  private final Observer<T> observer;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          new ThreadFactoryBuilder().setNameFormat("libvirt-fleet-%d").setDaemon(true).build());

  /** What comes after the end is not waited for any more. */
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(
          1,
          new ThreadFactoryBuilder().setNameFormat("libvirt-fleet-clock").setDaemon(true).build(),
          new ThreadPoolExecutor.DiscardPolicy());

  private final Turns turns;
  private final Map<String, Host<T>> hosts = new LinkedHashMap<>();

  /** The choices that were made, or why they could not be. */
  private final Map<Wanted, Optional<LibvirtException>> choices = new ConcurrentHashMap<>();

  private final AtomicInteger left = new AtomicInteger();
  private final Stopwatch elapsed = Stopwatch.createStarted();
  private volatile Optional<NotStartedException> stopped = Optional.empty();

  Run(FleetSettings settings, Work<T> work, Observer<T> observer) {
    this.settings = settings;
    this.work = work;
    this.observer = observer;
    this.turns = new Turns(settings.atOnce, threads);
    clock.setRemoveOnCancelPolicy(true);
    clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    for (Wanted wanted : settings.wanted) {
      Host<T> host =
          hosts.computeIfAbsent(wanted.uri(), uri -> new Host<>(uri, settings.connector));
      int things = host.add(wanted);
      left.addAndGet(things);
      observer.expected(wanted.uri(), things);
    }
  }

  void start() {
    if (left.get() == 0) {
      end();
      return;
    }
    if (settings.deadline.isPresent()) {
      Duration deadline = settings.deadline.get();
      Future<?> unused = after(deadline, () -> expire(deadline));
    }
    Map<Turns.Lane, Turns.Job> openings = new LinkedHashMap<>();
    hosts.values().forEach(host -> openings.put(host.lane, turn -> open(host, turn)));
    turns.addAll(openings);
  }

  private Future<?> after(Duration delay, Runnable task) {
    return clock.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void open(Host<T> host, Turns.Turn turn) {
    Future<?> silent = after(SILENCE, turn::giveWay);
    Future<?> hopeless =
        after(
            PATIENCE,
            () ->
                fail(host, new NotStartedException("the host is silent since " + PATIENCE, null)));
    try {
      Connect connect = host.connections.borrow();
      try {
        for (Wanted choice : host.choices()) {
          chosen(host, choice, host.choose(choice, connect));
        }
      } finally {
        host.connections.giveBack(connect);
      }
      turns.widen(host.lane, settings.atOncePerHost);
      host.members().forEach(this::queue);
    } catch (LibvirtException | RuntimeException | Error e) {
      fail(host, failure(e));
    } finally {
      silent.cancel(false);
      hopeless.cancel(false);
      turn.end();
    }
  }

  private void chosen(Host<T> host, Wanted choice, List<String> domains) {
    if (choices.putIfAbsent(choice, Optional.empty()) == null) {
      host.add(choice, domains);
      left.addAndGet(domains.size());
      observer.expected(host.uri, domains.size() - 1);
      toldOf(host);
    }
  }

  private void queue(Member<T> member) {
    turns.add(member.host.lane, turn -> revert(member, turn));
  }

  /** Nothing can be asked of the host. */
  private void fail(Host<T> host, LibvirtException why) {
    failChoices(host, why);
    host.members().forEach(member -> tell(member, why));
  }

  private void failChoices(Host<T> host, LibvirtException why) {
    for (Wanted choice : host.choices()) {
      if (choices.putIfAbsent(choice, Optional.of(why)) == null) {
        observer.told(Told.unknown(choice.uri(), why));
        toldOf(host);
      }
    }
  }

  private void revert(Member<T> member, Turns.Turn turn) {
    if (!mayGoOn(member)) {
      turn.end();
      return;
    }
    Future<?> silent = after(SILENCE, turn::giveWay);
    Connect connect;
    try {
      connect = member.host.connections.borrow();
    } catch (LibvirtException e) {
      turn.end();
      tryAgain(member, e);
      return;
    } catch (RuntimeException | Error e) {
      turn.end();
      tell(member, failure(e));
      return;
    } finally {
      silent.cancel(false);
    }
    observer.started(member.host.uri, member.domain);
    var unused =
        start(member, connect)
            .whenComplete(
                (value, failure) -> {
                  try {
                    done(member, connect, failure);
                  } finally {
                    ended(member, value, failure);
                    turn.end();
                  }
                });
  }

  private void done(Member<T> member, Connect connect, Throwable failure) {
    if (isLoss(failure)) {
      connect.close();
    } else {
      member.host.connections.giveBack(connect);
    }
  }

  private CompletableFuture<T> start(Member<T> member, Connect connect) {
    try (Domain domain = connect.domainLookupByName(member.domain)) {
      SnapshotReverter reverter = settings.how.reverter(member.host.uri, member.domain, domain);
      Optional<Duration> time = settings.deadline.map(all -> all.minus(elapsed.elapsed()));
      if (time.filter(Run::isOver).isPresent() || !member.ask()) {
        return CompletableFuture.failedFuture(
            new NotStartedException("the deadline passed before libvirt was asked", null));
      }
      return work.start(reverter, threads, time);
    } catch (LibvirtException | RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static boolean isOver(Duration time) {
    return time.isZero() || time.isNegative();
  }

  private static boolean isLoss(Throwable failure) {
    return failure != null
        && Throwables.getCausalChain(failure).stream()
            .anyMatch(ConnectionLostException.class::isInstance);
  }

  private void ended(Member<T> member, T value, Throwable thrown) {
    if (thrown == null) {
      tell(member, Told.done(member, value));
      return;
    }
    Throwable failure = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    if (failure instanceof RevertException e && e.outcome() == RevertOutcome.UNKNOWN) {
      findOut(member, e);
    } else if (isLoss(failure) && wasNotAsked(failure)) {
      tryAgain(member, (LibvirtException) failure);
    } else {
      tell(member, failure(failure));
    }
  }

  private static boolean wasNotAsked(Throwable failure) {
    return !(failure instanceof RevertException e) || e.outcome() == RevertOutcome.NOT_STARTED;
  }

  /** libvirt was not asked, and the host may come back. */
  private void tryAgain(Member<T> member, LibvirtException failure) {
    if (!mayWait(member)) {
      tell(member, failure);
      return;
    }
    later(member, () -> queue(member));
  }

  private void findOut(Member<T> member, RevertException unknown) {
    member.unknown = Optional.of(unknown);
    member.finding = Optional.empty();
    member.unknowns++;
    later(member, () -> turns.add(member.host.lane, turn -> look(member, turn)));
  }

  /** Returns whether its host was not away for too long. */
  private boolean mayWait(Member<T> member) {
    member.lost = Optional.of(member.lost.orElseGet(Stopwatch::createStarted));
    return stopped.isEmpty() && member.lost.get().elapsed().compareTo(PATIENCE) < 0;
  }

  private void later(Member<T> member, Runnable task) {
    member.await();
    if (stopped.isPresent()) {
      tellStopped(member);
    } else {
      Future<?> unused = after(PAUSE, task);
    }
  }

  /** Looks what became of a domain: twice, as a daemon that was just started does not know. */
  private void look(Member<T> member, Turns.Turn turn) {
    if (!mayGoOn(member)) {
      turn.end();
      return;
    }
    RevertException unknown = member.unknown.orElseThrow();
    Future<?> silent = after(SILENCE, turn::giveWay);
    Optional<RevertFinding> seen;
    try {
      seen = look(member.host, unknown);
    } catch (LibvirtException | RuntimeException | Error e) {
      seen = Optional.empty();
    } finally {
      silent.cancel(false);
      turn.end();
    }
    if (seen.isPresent() && seen.equals(member.finding)) {
      found(member, unknown, seen.get());
    } else if (seen.isPresent() || mayWait(member)) {
      member.finding = seen;
      later(member, () -> turns.add(member.host.lane, next -> look(member, next)));
    } else {
      tell(member, unknown);
    }
  }

  private Optional<RevertFinding> look(Host<T> host, RevertException unknown)
      throws LibvirtException {
    Connect connect = host.connections.borrow();
    try {
      Optional<RevertFinding> finding = unknown.pending().orElseThrow().findOutcome(connect);
      host.connections.giveBack(connect);
      return finding;
    } catch (LibvirtException | RuntimeException | Error e) {
      connect.close();
      throw e;
    }
  }

  private void found(Member<T> member, RevertException unknown, RevertFinding finding) {
    if (finding.verdict() == Verdict.AS_BEFORE && member.unknowns <= MOST_UNKNOWNS) {
      member.lost = Optional.empty();
      member.await();
      queue(member);
    } else {
      tell(member, unknown);
    }
  }

  private boolean mayGoOn(Member<T> member) {
    if (stopped.isPresent()) {
      tellStopped(member);
    }
    return member.seek();
  }

  private void tellStopped(Member<T> member) {
    tell(member, member.unknown.<LibvirtException>map(e -> e).orElseGet(stopped::get));
  }

  /** Nothing more is begun; what runs goes on to its end. */
  void stop(NotStartedException why) {
    stopped = Optional.of(stopped.orElse(why));
    for (Host<T> host : hosts.values()) {
      host.members().stream().filter(Member::isWaiting).forEach(this::tellStopped);
    }
  }

  private void expire(Duration deadline) {
    NotStartedException why =
        new NotStartedException("the deadline of " + deadline + " passed before its turn", null);
    stop(why);
    for (Host<T> host : hosts.values()) {
      host.members().stream().filter(member -> !member.isAsked()).forEach(this::tellStopped);
      failChoices(host, why);
    }
  }

  private void tell(Member<T> member, LibvirtException failure) {
    Optional<RevertFinding> finding =
        member.unknown.filter(failure::equals).flatMap(unknown -> member.finding);
    tell(member, Told.notDone(member, failure, finding));
  }

  private void tell(Member<T> member, Told<T> told) {
    if (member.tell(told)) {
      observer.told(told);
      toldOf(member.host);
    }
  }

  private void toldOf(Host<T> host) {
    if (host.told()) {
      threads.execute(host.connections::close);
    }
    if (left.decrementAndGet() == 0) {
      end();
    }
  }

  private void end() {
    turns.close();
    clock.shutdown();
    threads.shutdown();
    observer.over(all());
  }

  private List<Told<T>> all() {
    ImmutableList.Builder<Told<T>> all = ImmutableList.builder();
    for (Wanted wanted : settings.wanted) {
      Host<T> host = hosts.get(wanted.uri());
      host.members(wanted).forEach(member -> all.add(member.told().orElseThrow()));
      choices
          .getOrDefault(wanted, Optional.empty())
          .ifPresent(why -> all.add(Told.unknown(wanted.uri(), why)));
    }
    return all.build();
  }

  private static LibvirtException failure(Throwable cause) {
    return cause instanceof LibvirtException e
        ? e
        : new NotStartedException(LogText.escape(cause.toString()), cause);
  }
}
