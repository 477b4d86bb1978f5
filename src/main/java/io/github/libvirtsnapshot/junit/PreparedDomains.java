package io.github.libvirtsnapshot.junit;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/** Keeps the domains that were reverted for a test, its class or its suite in JUnit's stores. */
final class PreparedDomains {
  private static final Namespace NAMESPACE = Namespace.create(RevertExtension.class);
  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(30);

  private final ExtensionContext context;

  private PreparedDomains(ExtensionContext context) {
    this.context = context;
  }

  static PreparedDomains of(ExtensionContext context) {
    return new PreparedDomains(context);
  }

  /** Reverts the domains that are to be reverted at this time, concurrently. */
  void revert(Stream<TestDomain> domains, RevertBefore time) throws Exception {
    List<Callable<Void>> reverts =
        domains
            .filter(domain -> domain.isRevertedBefore(time))
            .map(domain -> time == RevertBefore.SUITE ? once(domain) : now(domain))
            .toList();
    ParallelTasks.run(reverts);
  }

  private Callable<Void> now(TestDomain domain) {
    return () -> {
      store().put(domain.key(), PreparedDomain.revert(domain, connections()));
      return null;
    };
  }

  private Callable<Void> once(TestDomain domain) {
    return () -> {
      PreparedDomain unused =
          root()
              .getOrComputeIfAbsent(
                  suiteKey(domain), key -> SuiteRevert.of(domain, connections()), SuiteRevert.class)
              .prepared();
      return null;
    };
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

  private Store root() {
    return context.getRoot().getStore(NAMESPACE);
  }

  private Store store() {
    return context.getStore(NAMESPACE);
  }
}
