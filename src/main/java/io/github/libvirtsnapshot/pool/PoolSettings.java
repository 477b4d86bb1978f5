package io.github.libvirtsnapshot.pool;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.Comparators;
import com.google.common.collect.ImmutableSetMultimap;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.fleet.HostConnector;
import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.internal.LogEscaper;
import io.github.libvirtsnapshot.revert.SnapshotReverter;
import io.github.libvirtsnapshot.scheduling.DaemonThreads;
import io.github.libvirtsnapshot.scheduling.JobThreads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The settings of a {@link DomainPool}; {@link DomainPool#with} begins with these defaults:
 *
 * <ul>
 *   <li>domains: none, at least one has to be added
 *   <li>stand-by: {@link Standby#RUNNING}
 *   <li>concurrent reverts: 4 of each host, 64 of all hosts
 *   <li>time limits: 30 seconds for a response of a host, 10 minutes for a revert with the wait for
 *       its guest, 1 minute to close the pool
 *   <li>domains that were taken out: not tried again
 *   <li>locks: in {@code ~/.local/state/libvirt-snapshot/locks}
 * </ul>
 *
 * <p>Settings are an immutable value: each method returns a new one.
 */
public final class PoolSettings {
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  final Function<Domain, SnapshotReverter> how;
  ImmutableSetMultimap<String, String> domains = ImmutableSetMultimap.of();
  Standby standby = Standby.RUNNING;
  int maxConcurrentPerHost = 4;
  int maxConcurrent = 64;
  Duration hostTimeout = Duration.ofSeconds(30);
  Duration revertTimeout = Duration.ofMinutes(10);
  Duration closeTimeout = Duration.ofMinutes(1);
  Path lockFolder = DomainLock.defaultFolder();
  PoolListener listener = PoolListener.NONE;
  HostConnector connector = HostConnector.KEPT_ALIVE;
  private Optional<Duration> firstRetry = Optional.empty();
  private Duration longestRetry = Duration.ZERO;
  private Supplier<JobThreads> threads = () -> new DaemonThreads("libvirt-pool");

  PoolSettings(Function<Domain, SnapshotReverter> how) {
    this.how = how;
  }

  private PoolSettings(PoolSettings other) {
    this(other.how);
    domains = other.domains;
    standby = other.standby;
    maxConcurrentPerHost = other.maxConcurrentPerHost;
    maxConcurrent = other.maxConcurrent;
    hostTimeout = other.hostTimeout;
    revertTimeout = other.revertTimeout;
    closeTimeout = other.closeTimeout;
    lockFolder = other.lockFolder;
    listener = other.listener;
    connector = other.connector;
    firstRetry = other.firstRetry;
    longestRetry = other.longestRetry;
    threads = other.threads;
  }

  private PoolSettings with(Consumer<PoolSettings> change) {
    PoolSettings copy = new PoolSettings(this);
    change.accept(copy);
    return copy;
  }

  /**
   * Adds domains of a host.
   *
   * @param uri as in {@code qemu+tls://host1/system}
   * @param names the names of the domains, at least one
   * @throws IllegalArgumentException if there is no name, or if a domain was added before
   */
  public PoolSettings on(String uri, String... names) {
    checkNotNull(uri, "uri is null");
    String host = LogEscaper.quote(LogEscaper.uriWithoutSecrets(uri));
    checkArgument(names.length > 0, "no domain of %s is named: name at least one", host);
    ImmutableSetMultimap.Builder<String, String> all = ImmutableSetMultimap.builder();
    all.putAll(domains);
    for (String name : names) {
      all.put(uri, checkNotNull(name, "a domain is null"));
    }
    ImmutableSetMultimap<String, String> added = all.build();
    checkArgument(
        added.size() == domains.size() + names.length,
        "a domain of %s is named twice: name each domain once",
        host);
    return with(copy -> copy.domains = added);
  }

  /** Sets the state in which running domains wait for their use. */
  public PoolSettings standby(Standby wanted) {
    checkNotNull(wanted, "wanted is null");
    return with(copy -> copy.standby = wanted);
  }

  /**
   * Sets the maximum number of domains of one host that are reverted concurrently.
   *
   * @throws IllegalArgumentException if the number is less than 1
   */
  public PoolSettings maxConcurrentPerHost(int reverts) {
    checkArgument(reverts >= 1, "maxConcurrentPerHost is %s; the minimum is 1", reverts);
    return with(copy -> copy.maxConcurrentPerHost = reverts);
  }

  /**
   * Sets the maximum number of domains of all hosts that are reverted concurrently.
   *
   * @throws IllegalArgumentException if the number is less than 1
   */
  public PoolSettings maxConcurrent(int reverts) {
    checkArgument(reverts >= 1, "maxConcurrent is %s; the minimum is 1", reverts);
    return with(copy -> copy.maxConcurrent = reverts);
  }

  /**
   * Limits the time that a host may take to respond: to each connection that is opened, to each
   * query, and to the whole hand-out of a domain.
   *
   * @param timeout from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if the time is out of this range
   */
  public PoolSettings hostTimeout(Duration timeout) {
    checkTime("timeout", timeout);
    return with(copy -> copy.hostTimeout = timeout);
  }

  /**
   * Limits the time of a revert, with the wait for the guest. A domain that is not ready then is
   * taken out of the pool; a revert that libvirt has begun continues.
   *
   * @param timeout from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if the time is out of this range
   */
  public PoolSettings revertTimeout(Duration timeout) {
    checkTime("timeout", timeout);
    return with(copy -> copy.revertTimeout = timeout);
  }

  /**
   * Limits how long {@link DomainPool#close} waits for reverts.
   *
   * @param timeout from 1 to 2^63 - 1 nanoseconds (292 years)
   * @throws IllegalArgumentException if the time is out of this range
   */
  public PoolSettings closeTimeout(Duration timeout) {
    checkTime("timeout", timeout);
    return with(copy -> copy.closeTimeout = timeout);
  }

  /**
   * Lets the pool try a domain that was taken out again, after a pause that doubles with each
   * failure.
   *
   * @param first the first pause, from 1 to 2^63 - 1 nanoseconds (292 years)
   * @param longest the longest pause, in the same range, and not shorter than the first one
   * @throws IllegalArgumentException if a time is out of its range
   */
  public PoolSettings retryingWithdrawn(Duration first, Duration longest) {
    checkTime("first", first);
    checkTime("longest", longest);
    checkArgument(
        first.compareTo(longest) <= 0,
        "first is %s and longest is %s; first must not be longer",
        LogEscaper.seconds(first),
        LogEscaper.seconds(longest));
    return with(
        copy -> {
          copy.firstRetry = Optional.of(first);
          copy.longestRetry = longest;
        });
  }

  /**
   * Sets the folder of the lock files, which keep a domain from having two users. All pools and all
   * processes of this machine that use the same domains need the same folder, on a file system of
   * this machine. Do not delete its files while a pool is open.
   */
  public PoolSettings lockFolder(Path folder) {
    checkNotNull(folder, "folder is null");
    return with(copy -> copy.lockFolder = folder);
  }

  /** Sets the listener; it replaces the listener that was set before. */
  public PoolSettings listener(PoolListener listener) {
    checkNotNull(listener, "listener is null");
    return with(copy -> copy.listener = listener);
  }

  /** Opens the connections with this connector instead of {@link HostConnector#KEPT_ALIVE}. */
  public PoolSettings connector(HostConnector connector) {
    checkNotNull(connector, "connector is null");
    return with(copy -> copy.connector = connector);
  }

  /** Uses these threads, for a unit test. */
  PoolSettings using(JobThreads other) {
    return with(copy -> copy.threads = () -> other);
  }

  /**
   * Opens the pool, which begins to revert its domains. This method does not wait.
   *
   * @throws IllegalStateException if no domain was added
   */
  public DomainPool open() {
    checkState(!domains.isEmpty(), "the pool has no domain: call on(uri, names)");
    PoolExecution execution = new PoolExecution(this, threads.get());
    execution.start();
    return new DomainPool(execution);
  }

  /**
   * Returns the pause before a domain is tried again.
   *
   * @param failures how many times in succession the domain was taken out, from 1
   * @return empty if the domain is not tried again
   */
  Optional<Duration> retryPause(int failures) {
    return firstRetry.map(
        first -> {
          Duration pause = first;
          for (int i = 1; i < failures && pause.compareTo(longestRetry) < 0; i++) {
            pause = Comparators.min(pause.multipliedBy(2), longestRetry);
          }
          return pause;
        });
  }

  static void checkTime(String name, Duration time) {
    checkArgument(
        checkNotNull(time, "%s is null", name).compareTo(Duration.ZERO) > 0
            && time.compareTo(LONGEST) <= 0,
        "%s is %s; the range is from 1 nanosecond to about 292 years",
        name,
        LogEscaper.seconds(time));
  }

  /** Returns one line, escaped, without the secrets of the URIs. */
  @Override
  public String toString() {
    return domains.asMap().entrySet().stream()
        .map(
            host ->
                LogEscaper.escape(LogEscaper.uriWithoutSecrets(host.getKey()))
                    + ": "
                    + LogEscaper.count(host.getValue().size(), "domain"))
        .toList()
        .toString();
  }
}
