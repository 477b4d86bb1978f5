package io.github.libvirtsnapshot.junit;

import com.google.common.collect.ImmutableList;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.parallel.ResourceLocksProvider.Lock;

/**
 * The locks with which JUnit does not run tests of the same domain concurrently. A pool keeps its
 * tests apart by itself.
 */
final class DomainLocks {
  private DomainLocks() {}

  static Set<Lock> ofClass(Class<?> testClass) {
    return locks(
        ImmutableList.<TestDomain>builder()
            .addAll(DomainDeclarations.on(testClass))
            .addAll(DomainDeclarations.registeredIn(testClass))
            .build());
  }

  static Set<Lock> ofMethod(Method method) {
    return locks(DomainDeclarations.on(method));
  }

  private static Set<Lock> locks(List<TestDomain> domains) {
    return domains.stream()
        .filter(domain -> !domain.domains().any())
        .flatMap(domain -> domain.domains().identities().stream())
        .map(identity -> new Lock(DomainLocks.class.getName() + " " + identity))
        .collect(Collectors.toSet());
  }
}
