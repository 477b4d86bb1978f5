package io.github.libvirtsnapshot.junit;

import com.google.common.collect.ImmutableList;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.parallel.ResourceLocksProvider;

/**
 * Prevents JUnit from running tests of the same domain concurrently. {@link RevertedDomain}
 * includes this provider. A class with a {@link RevertExtension} in a static field has to declare
 * it:
 *
 * <pre>{@code
 * @ResourceLock(providers = DomainLocks.class)
 * }</pre>
 */
public final class DomainLocks implements ResourceLocksProvider {
  /** Creates a provider; JUnit calls this. */
  public DomainLocks() {}

  @Override
  public Set<Lock> provideForClass(Class<?> testClass) {
    return locks(
        ImmutableList.<TestDomain>builder()
            .addAll(DomainDeclarations.on(testClass))
            .addAll(DomainDeclarations.registeredIn(testClass))
            .build());
  }

  @Override
  public Set<Lock> provideForNestedClass(List<Class<?>> enclosing, Class<?> testClass) {
    return provideForClass(testClass);
  }

  @Override
  public Set<Lock> provideForMethod(List<Class<?>> enclosing, Class<?> testClass, Method method) {
    return locks(DomainDeclarations.on(method));
  }

  private static Set<Lock> locks(List<TestDomain> domains) {
    return domains.stream()
        .map(domain -> new Lock(DomainLocks.class.getName() + " " + domain.key()))
        .collect(Collectors.toSet());
  }
}
