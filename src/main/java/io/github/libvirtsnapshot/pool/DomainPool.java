package io.github.libvirtsnapshot.pool;

import static com.google.common.base.Preconditions.checkNotNull;
import static java.util.Objects.requireNonNull;

import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/**
 * Reverts domains before a program needs them, so that the program gets a clean machine at once,
 * and reverts each domain again when the program gives it back.
 *
 * <pre>{@code
 * try (DomainPool pool =
 *     DomainPool.with(
 *             domain ->
 *                 SnapshotReverter.of(domain)
 *                     .to("clean-install")
 *                     .running()
 *                     .awaitingGuest(Duration.ofSeconds(60)))
 *         .on("qemu+tls://host1/system", "web01", "web02", "web03")
 *         .on("qemu+tls://host2/system", "web04")
 *         .standby(Standby.PAUSED)
 *         .open()) {
 *   try (PooledDomain machine = pool.acquire(Duration.ofSeconds(60))) {
 *     use(machine.domain(), machine.report());
 *   }
 * }
 * }</pre>
 *
 * <p>Right before a domain is handed out, the pool compares it with its report: the process, the
 * state and its reason, and the current snapshot. If another program has changed one of these, the
 * pool reverts the domain again, and the caller gets another domain. The pool can't see what a
 * program changes within the guest.
 *
 * <p>A domain is taken out of the pool if its revert fails or has an unknown outcome, if its guest
 * is silent, or if it can't be handed out: {@link #withdrawn} lists it. {@link
 * PoolSettings#retryingWithdrawn} lets the pool try such a domain again. A host that is down or
 * does not respond affects its own domains only.
 *
 * <p>A domain has one user at a time, among all pools in all processes of this machine that use the
 * same {@linkplain PoolSettings#lockFolder lock folder}. Pools on different machines do not know of
 * each other: give them different domains.
 *
 * <p>This class is thread-safe.
 */
public final class DomainPool implements AutoCloseable {
  private final PoolExecution execution;

  DomainPool(PoolExecution execution) {
    this.execution = execution;
  }

  /**
   * Returns the settings of a pool without domains.
   *
   * @param how returns the reverter for a domain. The pool calls this function before each revert,
   *     on any thread, and closes the domain afterwards. If the function returns null or a reverter
   *     of another domain, nothing is reverted, and the domain is withdrawn. Let the function name
   *     the snapshot: with {@link SnapshotReverter#toNewest}, a snapshot that a job took would be
   *     the state of the next job
   */
  public static PoolSettings with(Function<Domain, SnapshotReverter> how) {
    return new PoolSettings(checkNotNull(how, "how is null"));
  }

  /**
   * Waits for a domain that is reverted and whose guest is ready. The caller that came first gets
   * the first domain.
   *
   * @param atMost how long to wait, from 1 to 2^63 - 1 nanoseconds (292 years)
   * @return the domain, which the caller must close
   * @throws NoDomainAvailableException if no domain was ready in time; immediately, if no domain of
   *     the pool can be used any more; or if the pool is closed meanwhile
   * @throws InterruptedException if the thread was interrupted
   * @throws IllegalArgumentException if the time is out of its range
   * @throws IllegalStateException if the pool is closed
   */
  public PooledDomain acquire(Duration atMost)
      throws NoDomainAvailableException, InterruptedException {
    PoolSettings.checkTime("atMost", atMost);
    WaitEvent event = new WaitEvent();
    event.begin();
    PoolState state = execution.state();
    Waiter waiter = state.enter();
    JobThreads.Timer limit =
        execution.threads().schedule(atMost, () -> state.expire(waiter, atMost));
    try {
      PooledDomain domain = waiter.result().get();
      commit(event, domain);
      return domain;
    } catch (InterruptedException e) {
      state.leave(waiter).ifPresent(PooledDomain::close);
      throw e;
    } catch (ExecutionException e) {
      throw refused(event, e);
    } finally {
      limit.cancel();
    }
  }

  private static void commit(WaitEvent event, PooledDomain domain) {
    if (event.shouldCommit()) {
      event.domain = LogEscaper.escape(domain.report().domain());
      event.uuid = domain.uuid();
      event.host = LogEscaper.escape(LogEscaper.uriWithoutSecrets(domain.uri()));
      event.commit();
    }
  }

  /** The exception was made by another thread; the caller needs its own stack trace. */
  private static NoDomainAvailableException refused(WaitEvent event, ExecutionException e) {
    NoDomainAvailableException failure = (NoDomainAvailableException) requireNonNull(e.getCause());
    failure.setStackTrace(e.getStackTrace());
    if (event.shouldCommit()) {
      event.message = failure.getMessage();
      event.commit();
    }
    return failure;
  }

  /** Returns the figures of this moment. */
  public PoolStatus status() {
    return execution.state().status();
  }

  /**
   * Returns the domains that were taken out of the pool, in the order in which they were added.
   * After {@link #close}, these are all domains that were not left reverted.
   */
  public List<WithdrawnDomain> withdrawn() {
    return execution.state().withdrawn();
  }

  /**
   * Closes the pool. Callers that wait get a {@link NoDomainAvailableException}. This method waits
   * for the reverts of domains that were given back, at most for the {@linkplain
   * PoolSettings#closeTimeout close timeout}; an interrupt ends the wait, and the thread stays
   * interrupted. A domain that is not reverted then, or that is in use, becomes one of the
   * {@linkplain #withdrawn withdrawn} domains. A domain that stands by {@link Standby#PAUSED} stays
   * paused. Calling this method again does nothing.
   */
  @Override
  public void close() {
    execution.close();
  }

  /** Returns one line with the figures of this moment. */
  @Override
  public String toString() {
    return "pool: " + status();
  }
}
