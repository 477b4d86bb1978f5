package io.github.libvirtsnapshot.fleet;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.base.VerifyException;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableTable;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LogText;
import io.github.libvirtsnapshot.plan.RevertPlan;
import io.github.libvirtsnapshot.revert.RevertReport;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Reverts many domains on many hosts, and tells the truth about each.
 *
 * <pre>{@code
 * FleetReport report =
 *     FleetReverter.with(domain -> SnapshotReverter.of(domain).to("clean-install").running())
 *         .on("qemu+tls://host1/system", "web01", "web02")
 *         .on("qemu+tls://host2/system", FleetReverter.allDomains())
 *         .atOncePerHost(4)
 *         .deadline(Duration.ofMinutes(5))
 *         .revert();
 * }</pre>
 *
 * <p>It opens the connections that it needs, shares them, and closes them. The hosts take turns. A
 * host that is down, refuses, or hangs costs its own domains only: one that is silent for a second
 * while it is connected to does not count among those that are busy, and one that is silent for 30
 * seconds is given up. A domain whose connection was lost before libvirt was asked to revert is
 * tried again on a new one; one whose outcome is not known is found out about once its host answers
 * again, within 30 seconds, and reverted again only if nothing was done.
 *
 * <p>Nothing is promised of all together: each domain is reverted or not, and told of.
 *
 * <p>A reverter is an immutable value: each method returns a new one.
 */
public final class FleetReverter {
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

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
    return new FleetReverter(new FleetSettings((uri, name, domain) -> how.apply(domain)));
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
    checkArgument(domains.length > 0, "no domain of %s is named", LogText.quote(uri));
    List<String> names = new ArrayList<>(known(uri));
    for (String domain : domains) {
      checkArgument(
          !names.contains(checkNotNull(domain, "a domain is null")),
          "domain %s of %s is given twice",
          LogText.quote(domain),
          LogText.quote(uri));
      names.add(domain);
    }
    return adding(new Wanted(uri, List.of(domains), Optional.empty()));
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
        settings.wanted.stream()
            .noneMatch(wanted -> wanted.uri().equals(uri) && wanted.choice().isPresent()),
        "the domains of %s are chosen twice: join both conditions with or()",
        LogText.quote(uri));
    return adding(new Wanted(uri, List.of(), Optional.of(checkNotNull(which, "which is null"))));
  }

  private List<String> known(String uri) {
    return settings.wanted.stream()
        .filter(wanted -> wanted.uri().equals(uri))
        .flatMap(wanted -> wanted.domains().stream())
        .toList();
  }

  private FleetReverter adding(Wanted more) {
    return changed(
        copy ->
            copy.wanted =
                ImmutableList.<Wanted>builder().addAll(settings.wanted).add(more).build());
  }

  /**
   * Reverts so many domains of a host at once at most; 4 unless this says otherwise.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public FleetReverter atOncePerHost(int domains) {
    checkArgument(domains >= 1, "atOncePerHost is %s; it has to be 1 or more", domains);
    return changed(copy -> copy.atOncePerHost = domains);
  }

  /**
   * Reverts so many domains at once at most; 64 unless this says otherwise.
   *
   * @throws IllegalArgumentException if it is less than 1
   */
  public FleetReverter atOnce(int domains) {
    checkArgument(domains >= 1, "atOnce is %s; it has to be 1 or more", domains);
    return changed(copy -> copy.atOnce = domains);
  }

  /**
   * Gives the whole run so much time. What libvirt was not asked for by then, it will not be; what
   * it was asked for and is not done is {@link
   * io.github.libvirtsnapshot.revert.RevertOutcome#IN_PROGRESS}, and goes on.
   *
   * @param deadline from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if it is out of its range
   */
  public FleetReverter deadline(Duration deadline) {
    checkArgument(
        checkNotNull(deadline, "deadline is null").compareTo(Duration.ZERO) > 0
            && deadline.compareTo(LONGEST) <= 0,
        "deadline is %s; it has to be more than zero and at most %s, about 292 years",
        deadline,
        LONGEST);
    return changed(copy -> copy.deadline = Optional.of(deadline));
  }

  /** Opens the connections so, instead of as {@link HostConnector#KEPT_ALIVE} does. */
  public FleetReverter connecting(HostConnector connector) {
    checkNotNull(connector, "connector is null");
    return changed(copy -> copy.connector = connector);
  }

  /** Calls this listener during each run, instead of the one before. */
  public FleetReverter listener(FleetListener listener) {
    checkNotNull(listener, "listener is null");
    return changed(copy -> copy.listener = listener);
  }

  /**
   * Reverts all, and waits for the end. An interrupt {@linkplain FleetRun#stop stops} the run, does
   * not end the waiting for what runs, and the thread stays interrupted.
   */
  public FleetReport revert() {
    FleetRun run = start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return run.report().get();
        } catch (InterruptedException e) {
          interrupted = true;
          run.stop();
        } catch (ExecutionException e) {
          throw new VerifyException("a report does not fail", e);
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

  /** Finds out what {@link #revert} would do now, and touches nothing. */
  public FleetPlan plan() {
    CompletableFuture<FleetPlan> plan = new CompletableFuture<>();
    new Run<RevertPlan>(
            settings,
            (reverter, threads, left) -> CompletableFuture.completedFuture(reverter.plan()),
            new Run.Observer<>() {
              @Override
              public void over(List<Told<RevertPlan>> all) {
                plan.complete(new FleetPlan(all.stream().map(FleetPlan.Entry::of).toList()));
              }
            })
        .start();
    return plan.join();
  }

  /** Returns one for these only. */
  FleetReverter only(List<FleetEntry> entries) {
    ImmutableList.Builder<Wanted> wanted = ImmutableList.builder();
    for (FleetEntry entry : entries) {
      if (entry.domain().isPresent()) {
        wanted.add(new Wanted(entry.uri(), List.of(entry.domain().get()), Optional.empty()));
      } else {
        settings.wanted.stream()
            .filter(old -> old.uri().equals(entry.uri()) && old.choice().isPresent())
            .forEach(wanted::add);
      }
    }
    return changed(copy -> copy.wanted = wanted.build());
  }

  /** Returns one that undoes these. */
  FleetReverter undoing(ImmutableTable<String, String, RevertReport> reports) {
    return changed(
        copy ->
            copy.how =
                (uri, name, domain) ->
                    settings.how.reverter(uri, name, domain).undoing(reports.get(uri, name)));
  }

  private FleetReverter changed(Consumer<FleetSettings> change) {
    return new FleetReverter(settings.with(change));
  }

  /** Returns one line, with control characters escaped. */
  @Override
  public String toString() {
    return settings.wanted.stream()
        .map(
            wanted ->
                LogText.escape(wanted.uri())
                    + ": "
                    + (wanted.choice().isPresent()
                        ? "chosen"
                        : wanted.domains().size() + " domains"))
        .toList()
        .toString();
  }
}
