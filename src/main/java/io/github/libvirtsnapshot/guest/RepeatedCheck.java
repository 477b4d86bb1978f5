package io.github.libvirtsnapshot.guest;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Stopwatch;
import com.google.common.collect.Comparators;
import io.github.libvirtsnapshot.AgentUnresponsiveException;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.guest.ProbeResult.Outcome;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.internal.Tried;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Repeats a check on a thread of its own, because a check may hang. The thread is a daemon, and has
 * its own handle of the domain. It ends when the check has succeeded or failed; after the wait has
 * ended, it is interrupted, and ends when the check returns.
 */
final class RepeatedCheck {
  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** A pause is this part of the time waited so far. */
  private static final int PAUSE_PART = 10;

  /** A call that takes longer than this when the limit passes counts as hanging. */
  private static final Duration LONGEST_CALL = Duration.ofSeconds(1);

  /**
   * The answer of the last call that has returned, and the call in progress.
   *
   * @param obstacle why the guest was not ready; empty if no call has returned
   * @param failure the exception that was the answer, if there was one
   * @param calling the time since the beginning of the call in progress, if there is one
   */
  private record Calls(
      Optional<String> obstacle, Optional<Throwable> failure, Optional<Stopwatch> calling) {
    Calls calling(Stopwatch since) {
      return new Calls(obstacle, failure, Optional.of(since));
    }

    /** Returns how long a hanging call has been in progress. */
    Optional<Duration> hanging() {
      return calling
          .map(Stopwatch::elapsed)
          .filter(time -> obstacle.isEmpty() || time.compareTo(LONGEST_CALL) > 0);
    }
  }

  private final GuestCheck check;
  private final Domain domain;
  private final Thread thread;
  private final Stopwatch waited = Stopwatch.createStarted();

  /** Complete when the thread may end. */
  private final CompletableFuture<Boolean> ready = new CompletableFuture<>();

  private volatile Calls calls = new Calls(Optional.empty(), Optional.empty(), Optional.empty());

  private RepeatedCheck(String name, GuestCheck check, Domain domain) {
    this.check = check;
    this.domain = domain;
    this.thread = new Thread(this::run, "guest-probe " + LogEscaper.escape(name));
  }

  static RepeatedCheck start(String name, GuestCheck check, Domain domain) throws LibvirtException {
    RepeatedCheck repeated = new RepeatedCheck(name, check, domain.duplicate());
    repeated.thread.setDaemon(true);
    repeated.thread.start();
    return repeated;
  }

  private void run() {
    Tried.failure(this::repeat)
        .ifPresentOrElse(ready::completeExceptionally, () -> ready.complete(true));
  }

  private void repeat() throws Exception {
    try (domain) {
      while (!ready.isDone()) {
        calls = calls.calling(Stopwatch.createStarted());
        Calls answered = call();
        if (answered.obstacle.isEmpty()) {
          return;
        }
        calls = answered;
        TimeUnit.NANOSECONDS.sleep(pause(waited.elapsed()).toNanos());
        checkRunning();
      }
    }
  }

  /** While a guest boots, it refuses connections, and its agent does not respond. */
  private Calls call() throws Exception {
    try {
      return new Calls(check.obstacle(domain), Optional.empty(), Optional.empty());
    } catch (IOException | AgentUnresponsiveException e) {
      return new Calls(Optional.of(ProbeAnswer.words(e)), Optional.of(e), Optional.empty());
    }
  }

  static Duration pause(Duration waited) {
    return Comparators.min(
        LONGEST_PAUSE, Comparators.max(SHORTEST_PAUSE, waited.dividedBy(PAUSE_PART)));
  }

  private void checkRunning() throws LibvirtException {
    if (!domain.isActive()) {
      throw new LibvirtException(LibvirtError.none(domain + " is not running"));
    }
  }

  /** Waits until the check has succeeded or failed, or the limit has passed. */
  ProbeAnswer await(Duration atMost) throws InterruptedException {
    try {
      boolean unused = ready.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
      return ProbeAnswer.ready(false);
    } catch (ExecutionException e) {
      return ProbeAnswer.because(Outcome.FAILED, requireNonNull(e.getCause()));
    } catch (TimeoutException e) {
      return unanswered(calls);
    } finally {
      ready.cancel(false);
      thread.interrupt();
    }
  }

  private ProbeAnswer unanswered(Calls last) {
    Optional<Duration> hanging = last.hanging();
    Outcome outcome = hanging.isPresent() ? check.outcomeIfUnfinished() : Outcome.NOT_READY;
    String before = last.obstacle.orElse("the check was not called");
    String reason =
        hanging
            .map(
                time ->
                    "no answer for "
                        + ClockSetting.seconds(time)
                        + last.obstacle.map(answer -> "; the answer before: " + answer).orElse(""))
            .orElse(before);
    return new ProbeAnswer(outcome, Optional.of(reason), last.failure, false);
  }
}
