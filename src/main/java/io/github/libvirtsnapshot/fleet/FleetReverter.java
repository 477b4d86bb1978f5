package io.github.libvirtsnapshot.fleet;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.VerifyException;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableTable;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Reverts domains on many hosts, and reports the outcome of each.
 *
 * <pre>{@code
 * FleetReport report =
 *     FleetReverter.with(domain -> SnapshotReverter.of(domain).to("clean-install").running())
 *         .on("qemu+tls://host1/system", "web01", "web02")
 *         .on("qemu+tls://host2/system", FleetReverter.allDomains())
 *         .maxConcurrentPerHost(4)
 *         .deadline(Duration.ofMinutes(5))
 *         .revert();
 * }</pre>
 *
 * <p>It opens the connections that it needs, lends each to one thread at a time, and closes them.
 * The hosts take turns. A host that is down, refuses, or does not respond affects its own domains
 * only: one that takes longer than 1 second to respond to a new connection does not occupy a place
 * among the domains that are reverted at once, and one that does not respond within the {@linkplain
 * #hostTimeout host timeout} is given up. A domain whose connection was lost before libvirt was
 * asked to revert is tried again on a new connection. Where the outcome of a revert is unknown, it
 * is resolved once the host responds again. If nothing was changed, its safety snapshot is deleted,
 * and the domain is reverted again.
 *
 * <p>Each domain is reverted by itself: there is no atomicity across domains.
 *
 * <p>A reverter is an immutable value: each method returns a new one.
 */
public final class FleetReverter {
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  /** Why a domain was not reverted in a run that was stopped. */
  static final String STOPPED = "the run was stopped";

  private final FleetSettings settings;

  private FleetReverter(FleetSettings settings) {
    this.settings = settings;
  }

  static FleetReverter of(FleetSettings settings) {
    return new FleetReverter(settings);
  }

  /**
   * Creates a reverter for a fleet without domains.
   *
   * @param how says how a domain is reverted; it is called with each, on any thread, and may be
   *     called again where it is tried again. The domain is closed afterwards
   */
  public static FleetReverter with(Function<Domain, SnapshotReverter> how) {
    checkNotNull(how, "how is null");
    return new FleetReverter(FleetSettings.of((uri, name, domain) -> how.apply(domain)));
  }

  /** Returns a choice for {@link #on(String, Predicate)}: all. */
  public static Predicate<Domain> allDomains() {
    return domain -> true;
  }

  /**
   * Adds domains of a host.
   *
   * @param uri as in {@code qemu+tls://host1/system}
   * @param domains their names, at least one
   * @throws IllegalArgumentException if one was added before
   */
  public FleetReverter on(String uri, String... domains) {
    checkNotNull(uri, "uri is null");
    checkArgument(
        domains.length > 0,
        "no domain of %s is named",
        LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri)));
    Set<String> names = new HashSet<>(known(uri));
    for (String domain : domains) {
      checkArgument(
          names.add(checkNotNull(domain, "a domain is null")),
          "domain %s of %s is given twice",
          LogEscaper.quote(domain),
          LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri)));
    }
    return adding(new HostSelection(uri, List.of(domains), Optional.empty()));
  }

  /**
   * Adds the domains of a host that are chosen once it is connected to, in the order of their
   * names; those that are named are not chosen again.
   *
   * @param uri as in {@code qemu+tls://host1/system}
   * @param which as in {@link #allDomains}
   * @throws IllegalArgumentException if there is a choice for this host already
   */
  public FleetReverter on(String uri, Predicate<Domain> which) {
    checkNotNull(uri, "uri is null");
    checkArgument(
        settings.selections().stream()
            .noneMatch(
                selection -> selection.uri().equals(uri) && selection.condition().isPresent()),
        "the domains of %s are chosen twice: join both conditions with or()",
        LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri)));
    return adding(
        new HostSelection(uri, List.of(), Optional.of(checkNotNull(which, "which is null"))));
  }

  private List<String> known(String uri) {
    return settings.selections().stream()
        .filter(selection -> selection.uri().equals(uri))
        .flatMap(selection -> selection.domains().stream())
        .toList();
  }

  private FleetReverter adding(HostSelection more) {
    return new FleetReverter(
        settings.on(
            ImmutableList.<HostSelection>builder()
                .addAll(settings.selections())
                .add(more)
                .build()));
  }

  /**
   * Reverts so many domains of a host at once at most; 4 unless this says otherwise.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public FleetReverter maxConcurrentPerHost(int domains) {
    checkArgument(domains >= 1, "maxConcurrentPerHost is %s; it has to be 1 or more", domains);
    return new FleetReverter(settings.within(settings.limits().maxConcurrentPerHost(domains)));
  }

  /**
   * Reverts so many domains at once at most; 64 unless this says otherwise.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public FleetReverter maxConcurrent(int domains) {
    checkArgument(domains >= 1, "maxConcurrent is %s; it has to be 1 or more", domains);
    return new FleetReverter(settings.within(settings.limits().maxConcurrent(domains)));
  }

  /**
   * Gives the whole run so much time. No revert is started after that; one that has begun and is
   * not done is {@link io.github.libvirtsnapshot.revert.RevertOutcome#IN_PROGRESS}, and goes on.
   *
   * @param deadline from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if it is out of its range
   */
  public FleetReverter deadline(Duration deadline) {
    checkTime("deadline", deadline);
    return new FleetReverter(settings.within(settings.limits().deadline(deadline)));
  }

  /** Opens the connections so, instead of as {@link HostConnector#KEPT_ALIVE} does. */
  public FleetReverter connector(HostConnector connector) {
    checkNotNull(connector, "connector is null");
    return new FleetReverter(settings.connector(connector));
  }

  /**
   * Gives a host so much time to respond; 30 seconds unless this says otherwise. It holds for each
   * connection that is opened, for each question of a plan and of a revert, and for a host whose
   * connection was lost. It does not hold for what takes as long as a guest needs: the revert
   * itself, a snapshot, the start and the stop of a guest, the answers of its agent; there, a lost
   * connection or the {@linkplain #deadline deadline} ends the waiting. Nor does it hold for the
   * program's own code: the deadline ends the waiting for it, and so does {@link FleetRun#stop} for
   * a condition and for the function that says how a domain is reverted.
   *
   * @param timeout from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if it is out of its range
   */
  public FleetReverter hostTimeout(Duration timeout) {
    checkTime("timeout", timeout);
    return new FleetReverter(settings.within(settings.limits().hostTimeout(timeout)));
  }

  /**
   * Uses an answer about the other domains of a host for so long; 5 seconds unless this says
   * otherwise. A revert of a guest that is shut off or whose images are based on others needs that
   * answer, and so does each plan. What another client changes on the host meanwhile is not seen; a
   * domain that this run has changed is asked about again at once.
   *
   * @param lifetime from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if it is out of its range
   */
  public FleetReverter hostFactsMaxAge(Duration lifetime) {
    checkTime("lifetime", lifetime);
    return new FleetReverter(settings.within(settings.limits().hostFactsMaxAge(lifetime)));
  }

  private static void checkTime(String name, Duration time) {
    checkArgument(
        checkNotNull(time, "%s is null", name).compareTo(Duration.ZERO) > 0
            && time.compareTo(LONGEST) <= 0,
        "%s is %s; it has to be more than zero and at most %s, about 292 years",
        name,
        time,
        LONGEST);
  }

  /** Calls this listener during each run, instead of the one before. */
  public FleetReverter listener(FleetListener listener) {
    checkNotNull(listener, "listener is null");
    return new FleetReverter(settings.telling(listener));
  }

  /**
   * Reverts all, and waits for the end. An interrupt {@linkplain FleetRun#stop stops} the run, does
   * not end the waiting for what runs, and the thread stays interrupted.
   */
  public FleetReport revert() {
    FleetRun run = start();
    return await(run.report(), run::stop);
  }

  private static <T> T await(CompletableFuture<T> result, Runnable stop) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result.get();
        } catch (InterruptedException e) {
          interrupted = true;
          stop.run();
        } catch (ExecutionException e) {
          throw new VerifyException("a run has a result for each domain", e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Reverts all, and does not wait. */
  public CompletableFuture<FleetReport> revertAsync() {
    return start().report();
  }

  /** Begins to revert all; the run can be stopped and asked how far it is. */
  public FleetRun start() {
    return new FleetRun(settings).start();
  }

  /**
   * Finds out what {@link #revert} would do now, and touches nothing. At the deadline, and when the
   * thread is interrupted, the domains that have no plan yet get none.
   */
  public FleetPlan plan() {
    CompletableFuture<FleetPlan> plan = new CompletableFuture<>();
    FleetExecution<RevertPlan> execution =
        new FleetExecution<>(
            settings,
            settings.threads().get(),
            DomainWork.PLAN,
            results ->
                plan.complete(new FleetPlan(results.stream().map(FleetPlan.Entry::of).toList())));
    execution.start();
    return await(plan, () -> execution.stop(STOPPED));
  }

  /** Returns a reverter each of whose runs has these threads, in a unit test. */
  FleetReverter using(FleetThreads threads) {
    return new FleetReverter(settings.using(() -> threads));
  }

  /** Returns a reverter for those that an earlier run has left like this. */
  FleetReverter resuming(List<FleetEntry> entries) {
    ImmutableTable.Builder<String, String, FleetEntry> earlier = ImmutableTable.builder();
    entries.stream()
        .filter(entry -> entry.domain().isPresent())
        .forEach(entry -> earlier.put(entry.uri(), entry.domain().get(), entry));
    return new FleetReverter(only(entries).settings.resuming(earlier.build()));
  }

  /** Returns a reverter for these domains only. */
  FleetReverter only(List<FleetEntry> entries) {
    ImmutableList.Builder<HostSelection> selections = ImmutableList.builder();
    for (FleetEntry entry : entries) {
      if (entry.domain().isPresent()) {
        selections.add(
            new HostSelection(entry.uri(), List.of(entry.domain().get()), Optional.empty()));
      } else {
        settings.selections().stream()
            .filter(old -> old.uri().equals(entry.uri()) && old.condition().isPresent())
            .map(old -> old.except(known(entry.uri())))
            .forEach(selections::add);
      }
    }
    return new FleetReverter(settings.on(selections.build()).resuming(ImmutableTable.of()));
  }

  /** Returns one that undoes these. */
  FleetReverter undoing(ImmutableTable<String, String, RevertReport> reports) {
    return new FleetReverter(
        settings.reverting(
            (uri, name, domain) ->
                settings.how().reverter(uri, name, domain).undoing(reports.get(uri, name))));
  }

  /** Returns one line, escaped, without the secrets of the URIs. */
  @Override
  public String toString() {
    return settings.selections().stream()
        .map(
            selection ->
                LogEscaper.escape(LogEscaper.uriWithoutSecrets(selection.uri()))
                    + ": "
                    + (selection.condition().isPresent()
                        ? "chosen"
                        : selection.domains().size() + " domains"))
        .toList()
        .toString();
  }
}
