package io.github.libvirtsnapshot.junit;

import io.github.libvirtsnapshot.internal.DomainLock;
import io.github.libvirtsnapshot.pool.PooledDomain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/**
 * Keeps the domains that were reverted for a test, its class or its suite in JUnit's stores, which
 * close what they contain.
 */
final class PreparedDomains {
  /** The JUnit configuration parameter with the folder of the lock files. */
  static final String LOCK_FOLDER = "io.github.libvirtsnapshot.lockFolder";

  private static final Namespace NAMESPACE = Namespace.create(RevertExtension.class);
  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(30);

  /**
   * All processes wait for the domains of a test in this order: otherwise two of them could have
   * one domain each, and wait for that of the other.
   */
  private static final Comparator<TestDomain> IN_ORDER =
      Comparator.comparing(domain -> domain.domains().identities().toString());

  private final ExtensionContext context;

  private PreparedDomains(ExtensionContext context) {
    this.context = context;
  }

  static PreparedDomains of(ExtensionContext context) {
    return new PreparedDomains(context);
  }

  /**
   * Prepares the domains that are to be reverted at this time: locks them one after the other, and
   * then reverts them concurrently. The domains of pools are waited for last.
   */
  void prepare(Stream<TestDomain> domains, RevertBefore time) throws Exception {
    List<TestDomain> inOrder =
        domains.filter(domain -> domain.isRevertedBefore(time)).sorted(IN_ORDER).toList();
    List<Callable<Void>> tasks = new ArrayList<>();
    for (TestDomain domain : inOrder) {
      if (!domain.domains().any()) {
        tasks.add(time == RevertBefore.SUITE ? revertOnce(domain) : revertNow(domain));
      }
    }
    List<TestDomain> pooled = inOrder.stream().filter(domain -> domain.domains().any()).toList();
    if (!pooled.isEmpty()) {
      tasks.add(() -> acquire(pooled));
    }
    ParallelTasks.run(tasks);
  }

  private Callable<Void> revertNow(TestDomain domain) throws Exception {
    LockedDomain locked = LockedDomain.lock(domain, connections(), locks());
    store().put("locked: " + domain.key(), locked);
    return () -> {
      store().put(domain.key(), PreparedDomain.revert(domain, locked));
      return null;
    };
  }

  private Callable<Void> revertOnce(TestDomain domain) {
    SuiteRevert revert =
        root()
            .getOrComputeIfAbsent(
                suiteKey(domain),
                key -> SuiteRevert.of(domain, connections(), locks()),
                SuiteRevert.class);
    return () -> {
      PreparedDomain unused = revert.prepared();
      return null;
    };
  }

  private Void acquire(List<TestDomain> pooled) throws Exception {
    for (TestDomain domain : pooled) {
      PooledDomain lease = pools().acquire(domain);
      store().put("lease: " + domain.key(), lease);
      store().put(domain.key(), PreparedDomain.of(lease));
    }
    return null;
  }

  /** Returns the domain if it was reverted for this context or an enclosing one. */
  Optional<PreparedDomain> find(TestDomain domain) throws Exception {
    if (domain.isRevertedBefore(RevertBefore.SUITE)) {
      SuiteRevert revert = root().get(suiteKey(domain), SuiteRevert.class);
      return revert == null ? Optional.empty() : Optional.of(revert.prepared());
    }
    return Optional.ofNullable(store().get(domain.key(), PreparedDomain.class));
  }

  private static String suiteKey(TestDomain domain) {
    return "suite: " + domain.key();
  }

  /** Marks that the snapshot of a failed test was taken; returns false if it was marked before. */
  boolean markSnapshotTaken(TestDomain domain) {
    String key = "snapshot on failure: " + domain.key();
    boolean isFirst = store().get(key) == null;
    store().put(key, true);
    return isFirst;
  }

  private ConnectionCache connections() {
    return root()
        .getOrComputeIfAbsent(
            ConnectionCache.class,
            key -> new ConnectionCache(CONNECTION_TIMEOUT),
            ConnectionCache.class);
  }

  private SharedLocks locks() {
    return root()
        .getOrComputeIfAbsent(
            SharedLocks.class, key -> new SharedLocks(lockFolder()), SharedLocks.class);
  }

  private TestPools pools() {
    return root()
        .getOrComputeIfAbsent(TestPools.class, key -> new TestPools(lockFolder()), TestPools.class);
  }

  private Path lockFolder() {
    return context
        .getConfigurationParameter(LOCK_FOLDER)
        .map(Path::of)
        .orElseGet(DomainLock::defaultFolder);
  }

  private Store root() {
    return context.getRoot().getStore(NAMESPACE);
  }

  private Store store() {
    return context.getStore(NAMESPACE);
  }
}
