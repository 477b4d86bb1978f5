package io.github.libvirtsnapshot.plan.facts;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.host.DomainImages;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.host.HostQueries;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The domains of one host, for the plans of many reverts: the host is asked for all of them once,
 * and again when the answer is too old. Thread-safe. One thread asks at a time, and the others wait
 * for its answer, but not for long: it may ask through a connection that hangs.
 */
public final class HostInventory {
  /** More than 292 years are no number of nanoseconds. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final long maxAge;
  private final LongSupplier nanoTime;
  private final Duration patience;

  private final AtomicReference<Answers> current = new AtomicReference<>(new Answers());

  /**
   * Makes one that knows nothing yet.
   *
   * @param patience how long a thread waits for another one
   */
  HostInventory(Duration maxAge, LongSupplier nanoTime, Duration patience) {
    this.maxAge = maxAge.toNanos();
    this.nanoTime = nanoTime;
    this.patience = patience;
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
    return new HostInventory(maxAge, checkNotNull(nanoTime, "nanoTime is null"), PATIENCE);
  }

  /** Makes one for a single run, which asks once. */
  public static HostInventory once() {
    return create(LONGEST, () -> 0);
  }

  /**
   * Returns the inventory that is shared on the connection of a domain, or one for a single run.
   */
  public static HostInventory of(Domain domain) {
    return new DomainQueries(domain).attached(HostInventory.class).orElseGet(HostInventory::once);
  }

  /** Shares this inventory among all plans of domains that were found on a connection. */
  public void shareOn(Connect connect) {
    new HostQueries(connect).attach(HostInventory.class, this);
  }

  /** Says that a domain was changed: it is asked about again when it next matters. */
  public void changed(String uuid) {
    current.get().changed.put(uuid, Optional.empty());
  }

  /**
   * Asks about a domain again, as it was changed. This does not wait for other threads, and does
   * not fail.
   */
  public void refresh(Domain domain) {
    try {
      refresh(domain.getUUIDString(), new DomainQueries(domain).images());
    } catch (LibvirtException | IllegalStateException e) {
      // It is asked about when it next matters.
    }
  }

  void refresh(String uuid, Optional<DomainImages> images) {
    current.get().changed.put(uuid, images);
  }

  /**
   * Returns what the other domains have.
   *
   * @param connect a connection to the host
   * @param uuid the domain that they are others to
   * @param images the images that matter
   * @param portsMatter whether the ports that guests listen on matter too
   */
  OtherDomains otherDomainsOf(Connect connect, String uuid, Set<String> images, boolean portsMatter)
      throws LibvirtException {
    Answers answers = lock(current.get());
    try {
      return answers.domains(connect).otherDomainsOf(connect, uuid, images, portsMatter);
    } finally {
      answers.lock.unlock();
    }
  }

  /** Locks these answers, or new ones where a thread keeps these for too long. */
  private Answers lock(Answers answers) {
    if (Uninterruptibles.tryLockUninterruptibly(answers.lock, patience)) {
      return answers;
    }
    Answers own = new Answers();
    own.lock.lock();
    current.compareAndSet(answers, own);
    return own;
  }

  /** What was found out; replaced when a thread hangs that holds the lock. */
  private final class Answers {
    private final Lock lock = new ReentrantLock();

    /** What domains have that were changed meanwhile, by UUID; empty where that is not known. */
    private final Map<String, Optional<DomainImages>> changed = new ConcurrentHashMap<>();

    /** Null before the first answer, and after a failure. */
    private HostDomains domains;

    private long asked;

    private HostDomains domains(Connect connect) throws LibvirtException {
      long now = nanoTime.getAsLong();
      if (domains == null || now - asked >= maxAge) {
        domains = null;
        changed.clear();
        domains = HostDomains.of(connect);
        asked = now;
      }
      for (String uuid : List.copyOf(changed.keySet())) {
        domains.replace(uuid, changed.remove(uuid));
      }
      return domains;
    }
  }
}
