package io.github.libvirtsnapshot.plan.facts;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkNotNull;
import static java.util.Objects.requireNonNull;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.host.DomainImages;
import io.github.libvirtsnapshot.host.DomainQueries;
import io.github.libvirtsnapshot.host.HostQueries;
import io.github.libvirtsnapshot.internal.LogEscaper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The domains of one host and the turns of the reverts on it, shared by many reverts. The domains
 * are queried once, and again when the result is too old. Thread-safe. One thread queries the host
 * at a time. The others wait for its result for a limited time only, because its connection may
 * hang.
 */
public final class HostInventory {
  /** 2^63 - 1 nanoseconds are about 292 years. */
  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final long maxAge;
  private final LongSupplier nanoTime;
  private final Duration patience;

  private final OverlayTurns overlayTurns = new OverlayTurns();
  private final AtomicReference<Answers> current = new AtomicReference<>(new Answers());

  /**
   * Creates an empty inventory.
   *
   * @param patience how long a thread waits for the result of another thread
   */
  HostInventory(Duration maxAge, LongSupplier nanoTime, Duration patience) {
    this.maxAge = maxAge.toNanos();
    this.nanoTime = nanoTime;
    this.patience = patience;
  }

  /**
   * Creates an empty inventory.
   *
   * @param maxAge how long a result is used; changes by others on the host are not seen in this
   *     time
   * @param nanoTime the clock in nanoseconds, such as {@link System#nanoTime}
   */
  public static HostInventory create(Duration maxAge, LongSupplier nanoTime) {
    checkArgument(
        !maxAge.isNegative() && maxAge.compareTo(LONGEST) <= 0,
        "maxAge is %s; the range is from zero to about 292 years",
        LogEscaper.seconds(maxAge));
    return new HostInventory(maxAge, checkNotNull(nanoTime, "nanoTime is null"), PATIENCE);
  }

  /** Creates an inventory for a single run, which queries the host once. */
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

  /** Returns the turns of the reverts that share this inventory. */
  public OverlayTurns overlayTurns() {
    return overlayTurns;
  }

  /** Marks a domain as changed: the domain is queried again when it is next required. */
  public void changed(String uuid) {
    answers().changed.put(uuid, Optional.empty());
  }

  /**
   * Queries a changed domain again. This method does not wait for other threads and does not fail.
   */
  public void refresh(Domain domain) {
    try {
      refresh(domain.getUUIDString(), new DomainQueries(domain).images());
    } catch (LibvirtException | IllegalStateException e) {
      // The domain is queried again when it is next required.
    }
  }

  void refresh(String uuid, Optional<DomainImages> images) {
    answers().changed.put(uuid, images);
  }

  /**
   * Returns the images and ports of the other domains.
   *
   * @param connect a connection to the host
   */
  OtherDomains otherDomains(Connect connect, OtherDomainsQuery query) throws LibvirtException {
    Answers answers = lock(answers());
    try {
      return answers.domains(connect).otherDomains(connect, query);
    } finally {
      answers.lock.unlock();
    }
  }

  private Answers answers() {
    return requireNonNull(current.get());
  }

  /** Locks these answers, or new ones if another thread holds the lock of these for too long. */
  private Answers lock(Answers answers) {
    if (Uninterruptibles.tryLockUninterruptibly(answers.lock, patience)) {
      return answers;
    }
    Answers own = new Answers();
    own.lock.lock();
    current.compareAndSet(answers, own);
    return own;
  }

  /** The results of the queries; replaced if a thread hangs while it holds the lock. */
  private final class Answers {
    private final Lock lock = new ReentrantLock();

    /** The images of changed domains by UUID; empty if unknown. */
    private final Map<String, Optional<DomainImages>> changed = new ConcurrentHashMap<>();

    /** Null before the first answer, and after a failure. */
    private @Nullable HostDomains domains;

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
        domains.replace(uuid, requireNonNull(changed.remove(uuid)));
      }
      return domains;
    }
  }
}
