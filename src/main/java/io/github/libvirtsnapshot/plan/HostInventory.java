package io.github.libvirtsnapshot.plan;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.LibvirtException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The domains of one host, for the plans of many reverts: the host is asked for all of them once,
 * and again when the answer is too old. Thread-safe; one thread asks at a time, and the others wait
 * for its answer. Internal to the library.
 *
 * @hidden
 */
public final class HostInventory {
  /** More than 292 years are no number of nanoseconds. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private final long maxAge;
  private final LongSupplier nanoTime;

  /** The domains that were changed since they were last asked about, by UUID. */
  private final Set<String> changed = ConcurrentHashMap.newKeySet();

  private final Lock lock = new ReentrantLock();

  /** What was found out; null before the first answer, and after a failure. */
  private HostDomains domains;

  private long asked;

  private HostInventory(Duration maxAge, LongSupplier nanoTime) {
    this.maxAge = maxAge.toNanos();
    this.nanoTime = nanoTime;
  }

  /**
   * Makes one that knows nothing yet.
   *
   * @param maxAge for how long an answer is used: what others change on the host meanwhile is not
   *     seen
   * @param nanoTime the time in nanoseconds, as {@link System#nanoTime} has it
   */
  public static HostInventory create(Duration maxAge, LongSupplier nanoTime) {
    checkArgument(
        !maxAge.isNegative() && maxAge.compareTo(LONGEST) <= 0,
        "maxAge is %s; it has to be zero or more, and at most about 292 years",
        maxAge);
    return new HostInventory(maxAge, checkNotNull(nanoTime, "nanoTime is null"));
  }

  /** Makes one for a single run, which asks once. */
  public static HostInventory once() {
    return create(LONGEST, () -> 0);
  }

  /**
   * Says that a domain was changed: it is asked about again when it next matters. Does not wait for
   * a thread that asks.
   */
  public void changed(String uuid) {
    changed.add(checkNotNull(uuid, "uuid is null"));
  }

  /**
   * Returns what the other domains have.
   *
   * @param connect a connection to the host
   * @param uuid the domain that they are others to
   * @param images the images that matter
   * @param portsMatter whether the ports that guests listen on matter too
   */
  Neighbours neighboursOf(Connect connect, String uuid, Set<String> images, boolean portsMatter)
      throws LibvirtException {
    lock.lock();
    try {
      return current(connect).neighboursOf(connect, uuid, images, portsMatter);
    } finally {
      lock.unlock();
    }
  }

  private HostDomains current(Connect connect) throws LibvirtException {
    long now = nanoTime.getAsLong();
    if (domains == null || now - asked >= maxAge) {
      domains = null;
      changed.clear();
      domains = HostDomains.of(connect);
      asked = now;
    }
    for (String uuid : List.copyOf(changed)) {
      changed.remove(uuid);
      domains.forget(uuid);
    }
    return domains;
  }
}
