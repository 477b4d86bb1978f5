package io.github.libvirtsnapshot.junit;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;

/** The domains that were reverted for a test, its class or its suite, in the stores of JUnit. */
final class PreparedDomains {
  private static final Namespace NAMESPACE = Namespace.create(RevertExtension.class);

  private final ExtensionContext context;

  private PreparedDomains(ExtensionContext context) {
    this.context = context;
  }

  static PreparedDomains of(ExtensionContext context) {
    return new PreparedDomains(context);
  }

  /** Reverts those that are to be reverted at this time, all at once. */
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
              .ready();
      return null;
    };
  }

  /** Returns a domain that was reverted for this context, or one around it. */
  Optional<PreparedDomain> find(TestDomain domain) throws Exception {
    if (domain.isRevertedBefore(RevertBefore.SUITE)) {
      SuiteRevert revert = root().get(suiteKey(domain), SuiteRevert.class);
      return revert == null ? Optional.empty() : Optional.of(revert.ready());
    }
    return Optional.ofNullable(store().get(domain.key(), PreparedDomain.class));
  }

  private static String suiteKey(TestDomain domain) {
    return "suite: " + domain.key();
  }

  /** Remembers something of this context. */
  void remember(String what) {
    store().put(what, true);
  }

  boolean remembers(String what) {
    return store().get(what) != null;
  }

  private ConnectionCache connections() {
    return root()
        .getOrComputeIfAbsent(
            ConnectionCache.class, key -> new ConnectionCache(), ConnectionCache.class);
  }

  private Store root() {
    return context.getRoot().getStore(NAMESPACE);
  }

  private Store store() {
    return context.getStore(NAMESPACE);
  }
}
