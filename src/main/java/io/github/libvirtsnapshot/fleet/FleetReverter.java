package io.github.libvirtsnapshot.fleet;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static java.util.Objects.requireNonNull;

import com.google.common.base.VerifyException;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableTable;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.fleet.FleetSettings.Unity;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import io.github.libvirtsnapshot.scheduling.ReturnedReverter;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
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
 * <p>A run opens the connections that it needs, uses each in one thread at a time, and closes them.
 * The run starts one domain of each host before the next domain of any host. A host that is down,
 * refuses the connection, or does not respond affects its own domains only. A host that takes
 * longer than 1 second to respond to a new connection does not count towards {@link
 * #maxConcurrent}. A host that does not respond within the {@linkplain #hostTimeout host timeout}
 * is given up. If a connection is lost before libvirt is called to revert, the run tries the domain
 * again on a new connection. If the outcome of a revert is unknown, the run resolves it once the
 * host responds again. If the revert changed nothing, the run deletes its safety snapshot and
 * reverts the domain again.
 *
 * <p>libvirt could let two domains continue in one overlay if it reverts both to external snapshots
 * in one second, and their images differ only in the extension. A run reverts such domains of one
 * host one after the other, at least 1.1 seconds apart.
 *
 * <p>There is no atomicity across domains: if the revert of one domain fails, the others stay
 * reverted. {@link #together} reverts all domains, or none.
 *
 * <p>A reverter is an immutable value: each method returns a new one.
 */
public final class FleetReverter {
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  /** The reason why a domain was not reverted in a run that was stopped. */
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
   * @param how returns the reverter for a domain. The run calls this function for each domain, on
   *     any thread, and again for each further attempt. The run closes the domain afterwards. If
   *     the function returns null or a reverter of another domain, the domain is not touched
   */
  public static FleetReverter with(Function<Domain, SnapshotReverter> how) {
    checkNotNull(how, "how is null");
    return with((uri, domain) -> how.apply(domain));
  }

  /**
   * Creates a reverter for a fleet without domains, as {@link #with(Function)} does.
   *
   * @param how returns the reverter for a domain of a host; its first argument is the URI with
   *     which the domain was added
   */
  public static FleetReverter with(BiFunction<String, Domain, SnapshotReverter> how) {
    checkNotNull(how, "how is null");
    return new FleetReverter(
        FleetSettings.of(
            (uri, name, domain) -> ReturnedReverter.check(how.apply(uri, domain), domain)));
  }

  /** Returns a condition for {@link #on(String, Predicate)} that selects all domains of a host. */
  public static Predicate<Domain> allDomains() {
    return domain -> true;
  }

  /**
   * Adds domains of a host.
   *
   * @param uri as in {@code qemu+tls://host1/system}
   * @param domains the names of the domains, at least one
   * @throws IllegalArgumentException if there is no name, or if a domain was added before
   */
  public FleetReverter on(String uri, String... domains) {
    checkNotNull(uri, "uri is null");
    checkArgument(
        domains.length > 0,
        "no domain of %s is named: name one, or pass allDomains()",
        LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri)));
    Set<String> names = new HashSet<>(known(uri));
    for (String domain : domains) {
      checkArgument(
          names.add(checkNotNull(domain, "a domain is null")),
          "domain %s of %s is named twice",
          LogEscaper.quote(domain),
          LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri)));
    }
    return adding(new HostSelection(uri, List.of(domains), Optional.empty()));
  }

  /**
   * Adds the domains of a host that meet a condition, in the order of their names. The run tests
   * the condition once the host is connected, on each domain that was not added by its name.
   *
   * @param uri as in {@code qemu+tls://host1/system}
   * @param which the condition, as in {@link #allDomains}
   * @throws IllegalArgumentException if there is a condition for this host already
   */
  public FleetReverter on(String uri, Predicate<Domain> which) {
    checkNotNull(uri, "uri is null");
    checkArgument(
        settings.selections().stream()
            .noneMatch(
                selection -> selection.uri().equals(uri) && selection.condition().isPresent()),
        "there are two conditions for the domains of %s: combine them with or()",
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
   * Sets the maximum number of domains of one host that are reverted concurrently. The default is
   * 4.
   *
   * @throws IllegalArgumentException if the number is less than 1
   */
  public FleetReverter maxConcurrentPerHost(int domains) {
    checkArgument(domains >= 1, "maxConcurrentPerHost is %s; the minimum is 1", domains);
    return new FleetReverter(settings.within(settings.limits().maxConcurrentPerHost(domains)));
  }

  /**
   * Sets the maximum number of domains of all hosts that are reverted concurrently. The default is
   * 64.
   *
   * @throws IllegalArgumentException if the number is less than 1
   */
  public FleetReverter maxConcurrent(int domains) {
    checkArgument(domains >= 1, "maxConcurrent is %s; the minimum is 1", domains);
    return new FleetReverter(settings.within(settings.limits().maxConcurrent(domains)));
  }

  /**
   * Limits the time of the whole run. No revert is started after the deadline. A revert that is
   * running at the deadline is reported as {@link
   * io.github.libvirtsnapshot.revert.RevertOutcome#IN_PROGRESS}, and continues.
   *
   * @param deadline the time from the start of the run, from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if the time is out of this range
   */
  public FleetReverter deadline(Duration deadline) {
    checkTime("deadline", deadline);
    return new FleetReverter(settings.within(settings.limits().deadline(deadline)));
  }

  /** Opens the connections with this connector instead of {@link HostConnector#KEPT_ALIVE}. */
  public FleetReverter connector(HostConnector connector) {
    checkNotNull(connector, "connector is null");
    return new FleetReverter(settings.connector(connector));
  }

  /**
   * Limits the time that a host may take to respond. The default is 30 seconds.
   *
   * <ul>
   *   <li>The limit applies to each connection that is opened, to each query of a plan and of a
   *       revert, and to a host whose connection was lost.
   *   <li>The limit does not apply to calls that take as long as a guest needs: the revert itself,
   *       a snapshot, the start and the stop of a guest, and the answers of its agent. A lost
   *       connection or the {@linkplain #deadline deadline} ends the wait for such a call.
   *   <li>The limit does not apply to the program's own code. The deadline ends the wait for that
   *       code. {@link FleetRun#stop} ends the wait for a condition and for the function that
   *       returns the reverter of a domain.
   * </ul>
   *
   * @param timeout from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if the time is out of this range
   */
  public FleetReverter hostTimeout(Duration timeout) {
    checkTime("timeout", timeout);
    return new FleetReverter(settings.within(settings.limits().hostTimeout(timeout)));
  }

  /**
   * Limits how long facts about the other domains of a host are reused. The default is 5 seconds. A
   * plan needs these facts, and so does a revert of a guest that is shut off or whose images are
   * based on others. The run does not see what another client changes on the host within this time.
   * After the run has changed a domain, it queries that domain again.
   *
   * @param lifetime from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if the time is out of this range
   */
  public FleetReverter hostFactsMaxAge(Duration lifetime) {
    checkTime("lifetime", lifetime);
    return new FleetReverter(settings.within(settings.limits().hostFactsMaxAge(lifetime)));
  }

  private static void checkTime(String name, Duration time) {
    checkArgument(
        checkNotNull(time, "%s is null", name).compareTo(Duration.ZERO) > 0
            && time.compareTo(LONGEST) <= 0,
        "%s is %s; the range is from 1 nanosecond to about 292 years",
        name,
        LogEscaper.seconds(time));
  }

  /**
   * Reverts all domains, or none: the domains of a lab, which fit together only in one state. Each
   * reverter gets {@link SnapshotReverter#withSafetySnapshot}. A run has these stages, and no
   * domain begins a stage before all have completed the one before:
   *
   * <ol>
   *   <li>Each domain is planned. If one can't be reverted as requested, nothing is begun.
   *   <li>The safety snapshot of each domain is created.
   *   <li>Each domain is reverted.
   * </ol>
   *
   * <p>If a domain fails at any stage, no domain begins the next stage, and no further revert is
   * started. Safety snapshots are deleted. Domains that were reverted are undone: {@link
   * io.github.libvirtsnapshot.revert.RevertOutcome#ROLLED_BACK}, or {@link
   * io.github.libvirtsnapshot.revert.RevertOutcome#ROLLBACK_FAILED} with the way out. A domain
   * whose outcome is unknown is undone too. The message of each domain names the domain that
   * failed. The same happens if the {@linkplain #deadline deadline} passes before all reverts have
   * ended, and if the run is stopped before all reverts have started. The undo has the same limits
   * as the reverts, and the deadline begins again with the undo, so that a run can take twice the
   * deadline and the host timeout. A stop does not end the undo. The undo changes no link and no
   * clock, and does not wait for the guest. A domain whose guest is only not ready ({@link
   * io.github.libvirtsnapshot.revert.RevertOutcome#GUEST_SILENT}) is reverted. A domain whose state
   * or current snapshot changes while it waits for the plans of the others fails.
   *
   * <p>These cases are reported for each domain, in {@link FleetReport#uncertain}, and not hidden:
   *
   * <ul>
   *   <li>A host that does not respond, until the host timeout ends, can't be undone.
   *   <li>A revert that is in progress on the host at the deadline is not undone.
   *   <li>A domain is not undone if another program has made another snapshot the current one since
   *       the revert: {@link io.github.libvirtsnapshot.revert.RevertOutcome#WRONG_STATE}. Any other
   *       later change is lost if the domain is undone.
   *   <li>The outcome of an undo can be unknown, or an undo can be in progress at its deadline.
   * </ul>
   *
   * <p>If this process ends during the run, the safety snapshots stay on the hosts: their names
   * begin with {@code before-revert-}, and {@link SnapshotReverter#withJournal} writes them down
   * before anything is changed.
   *
   * <p>A guest that is active continues to run between its safety snapshot and its revert; an undo
   * loses what the guest did in that time. A run needs a thread and a connection for each domain;
   * the concurrency limits apply to the domains that do not wait for others, and not to the
   * deletion of safety snapshots after the deadline.
   */
  public FleetReverter together() {
    return new FleetReverter(settings.united(Unity.TOGETHER));
  }

  /**
   * Reverts all domains, or none, as {@link #together} does, and leaves each domain running:
   * libvirt reverts each guest paused, and when the last domain is reverted, the run resumes all
   * guests concurrently. {@link FleetReport#resumeSpread} has the time between the first and the
   * last one. So no guest notices that another one is still in its old state.
   *
   * <p>Links and clocks are changed, and guests are awaited, after that; only {@link
   * SnapshotReverter#isolated} takes links down before. If libvirt can't resume a guest, the
   * outcome is {@link io.github.libvirtsnapshot.revert.RevertOutcome#NOT_RESUMED}; all domains stay
   * reverted then. If the run is stopped or the deadline passes before all reverts have ended, the
   * run undoes all domains. If the outcome of a revert is unknown at first, the run undoes all
   * domains. A reverter with {@link SnapshotReverter#paused} is not started.
   */
  public FleetReverter resumingTogether() {
    return new FleetReverter(settings.united(Unity.RESUMED_TOGETHER));
  }

  /** Sets the listener of each run; it replaces the listener that was set before. */
  public FleetReverter listener(FleetListener listener) {
    checkNotNull(listener, "listener is null");
    return new FleetReverter(settings.telling(listener));
  }

  /**
   * Reverts all domains, and waits for the end of the run. If the thread is interrupted, the run is
   * {@linkplain FleetRun#stop stopped}; this method still waits for the reverts that are running,
   * and the thread stays interrupted.
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
          throw new VerifyException("a run never completes with an exception", e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Starts to revert all domains, and returns a future of the report. */
  public CompletableFuture<FleetReport> revertAsync() {
    return start().report();
  }

  /**
   * Starts to revert all domains, and returns the run, which has its progress and can be stopped.
   */
  public FleetRun start() {
    return new FleetRun(settings).start();
  }

  /**
   * Predicts what {@link #revert} would do now, and changes no domain and no file. At the deadline,
   * and when the thread is interrupted, the planning stops: the entry of each remaining domain has
   * the reason why it has no plan. With {@link #resumingTogether}, each plan ends in the paused
   * guest that the run then resumes.
   */
  public FleetPlan plan() {
    CompletableFuture<FleetPlan> plan = new CompletableFuture<>();
    JobThreads threads = settings.threads().get();
    FleetExecution<RevertPlan> execution =
        new FleetExecution<>(
            settings,
            threads,
            DomainWork.PLAN,
            settings.resumesGuests() ? FleetBarrier.OF_PLANS_TO_RESUME : FleetBarrier.NONE,
            results -> {
              threads.shutdown();
              plan.complete(FleetPlan.of(results, settings.resumesGuests()));
            });
    execution.start();
    return await(plan, () -> execution.stop(STOPPED));
  }

  /** Returns a reverter whose runs use these threads, for a unit test. */
  FleetReverter using(JobThreads threads) {
    return new FleetReverter(settings.using(() -> threads));
  }

  /** Returns a reverter for the domains of these entries of an earlier run. */
  FleetReverter resuming(List<FleetEntry> entries) {
    ImmutableTable.Builder<String, String, FleetEntry> named = ImmutableTable.builder();
    entries.stream()
        .filter(entry -> entry.domain().isPresent())
        .forEach(entry -> named.put(entry.uri(), entry.domain().get(), entry));
    ImmutableTable<String, String, FleetEntry> earlier = named.build();
    return new FleetReverter(
        only(entries)
            .settings
            .resuming(earlier)
            .reverting(
                (uri, name, domain) -> {
                  SnapshotReverter reverter = settings.reverters().create(uri, name, domain);
                  return Optional.ofNullable(earlier.get(uri, name))
                      .flatMap(FleetEntry::startedSnapshot)
                      .map(reverter::to)
                      .orElse(reverter);
                }));
  }

  /** Returns a reverter for the domains of these entries only. */
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

  /** Returns a reverter that undoes the reverts of these reports. */
  FleetReverter undoing(ImmutableTable<String, String, RevertReport> reports) {
    return new FleetReverter(
        settings.reverting(
            (uri, name, domain) ->
                settings
                    .reverters()
                    .create(uri, name, domain)
                    .undoing(requireNonNull(reports.get(uri, name)))));
  }

  /** Returns the settings for a run that restores the safety snapshots of these entries. */
  FleetSettings undoingTogether(ImmutableTable<String, String, FleetEntry> entries) {
    return only(entries.values().asList())
        .settings
        .united(Unity.NONE)
        .reverting(
            (uri, name, domain) ->
                settings
                    .reverters()
                    .create(uri, name, domain)
                    .withoutSafetySnapshot()
                    .undoing(
                        requireNonNull(entries.get(uri, name)).safetySnapshot().orElseThrow()));
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
                        ? "by condition"
                        : LogEscaper.count(selection.domains().size(), "domain")))
        .toList()
        .toString();
  }
}
