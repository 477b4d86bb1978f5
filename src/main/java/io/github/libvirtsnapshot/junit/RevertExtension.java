package io.github.libvirtsnapshot.junit;

import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import io.github.libvirtsnapshot.Domain;
import io.github.libvirtsnapshot.guest.GuestAgent;
import io.github.libvirtsnapshot.revert.RevertReport;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.ResourceLocksProvider;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.TestAbortedException;

/**
 * Reverts domains for tests as {@link RevertedDomain} does, with all settings of a {@link
 * io.github.libvirtsnapshot.revert.SnapshotReverter}:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final RevertExtension MACHINES =
 *     RevertExtension.of(
 *         TestDomain.of("qemu:///system", "web01")
 *             .reverting(domain -> SnapshotReverter.of(domain).to("clean-install").running())
 *             .withSnapshotOnFailure());
 * }</pre>
 *
 * <p>The field must be static, unless its domains are reverted before each test. If JUnit runs
 * tests in parallel, the class must declare {@code @ResourceLock(providers =
 * RevertExtension.class)}: JUnit collects the locks before it creates the extensions. A class all
 * of whose domains are declared with {@link TestDomain#anyOf} needs no lock.
 */
public final class RevertExtension
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterTestExecutionCallback,
        AfterEachCallback,
        ParameterResolver,
        ResourceLocksProvider {
  private static final Set<Class<?>> PARAMETERS =
      Set.of(Domain.class, RevertReport.class, GuestAgent.class);

  private final List<TestDomain> registered;

  /** Creates an extension; JUnit calls this for {@link RevertedDomain} and for its locks. */
  public RevertExtension() {
    this(List.of());
  }

  private RevertExtension(List<TestDomain> registered) {
    this.registered = registered;
  }

  /**
   * Creates an extension that reverts these domains; domains with the same {@link RevertBefore} are
   * reverted concurrently.
   */
  public static RevertExtension of(TestDomain... domains) {
    return new RevertExtension(List.of(domains));
  }

  List<TestDomain> registered() {
    return registered;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    checkLocks(context);
    PreparedDomains prepared = PreparedDomains.of(context);
    List<TestDomain> domains =
        registered.isEmpty()
            ? DomainDeclarations.on(context.getRequiredTestClass())
            : unprepared(prepared);
    domains.forEach(DomainDeclarations::check);
    prepared.prepare(domains.stream(), RevertBefore.SUITE);
    prepared.prepare(domains.stream(), RevertBefore.EACH_CLASS);
  }

  /** JUnit also calls a static extension for the classes nested in its class. */
  private List<TestDomain> unprepared(PreparedDomains prepared) throws Exception {
    ImmutableList.Builder<TestDomain> unprepared = ImmutableList.builder();
    for (TestDomain domain : registered) {
      if (prepared.find(domain).isEmpty()) {
        unprepared.add(domain);
      }
    }
    return unprepared.build();
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    checkLocks(context);
    PreparedDomains prepared = PreparedDomains.of(context);
    List<TestDomain> domains = domains(context);
    check(domains, context);
    prepared.prepare(domains.stream(), RevertBefore.EACH_TEST);
    for (TestDomain domain : domains) {
      if (prepared.find(domain).isEmpty()) {
        throw new ExtensionConfigurationException(
            domain + " was not reverted before the class: make its RevertExtension static");
      }
    }
  }

  private static void check(List<TestDomain> domains, ExtensionContext context) {
    DomainDeclarations.checkDistinct(domains);
    for (TestDomain domain : domains) {
      DomainDeclarations.check(domain);
      if (domain.domains().any() && runsOtherTestsWithin(context)) {
        throw new ExtensionConfigurationException(
            context.getRequiredTestMethod()
                + " has "
                + domain
                + ", but while JUnit waits for tests that a factory has created, it can run other"
                + " tests within the factory, which would wait for the domain of the factory: add"
                + " @Execution(ExecutionMode.SAME_THREAD) to the factory");
      }
    }
  }

  /** JUnit's workers run any other test while they wait for the tests of a factory. */
  private static boolean runsOtherTestsWithin(ExtensionContext context) {
    return isParallel(context)
        && context.getExecutionMode() == ExecutionMode.CONCURRENT
        && AnnotationSupport.isAnnotated(context.getTestMethod(), TestFactory.class);
  }

  @Override
  public void afterTestExecution(ExtensionContext context) throws Exception {
    snapshotOnFailure(context);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    snapshotOnFailure(context);
  }

  /** Called right after the test, and again after its callbacks, one of which may have failed. */
  private void snapshotOnFailure(ExtensionContext context) throws Exception {
    Optional<Throwable> failure =
        context.getExecutionException().filter(e -> !(e instanceof TestAbortedException));
    if (failure.isEmpty()) {
      return;
    }
    PreparedDomains prepared = PreparedDomains.of(context);
    for (TestDomain domain : domains(context)) {
      Optional<PreparedDomain> found =
          domain.takesSnapshotOnFailure() ? prepared.find(domain) : Optional.empty();
      if (found.isPresent() && prepared.markSnapshotTaken(domain)) {
        FailedTestSnapshot taken = FailedTestSnapshot.take(found.get().domain(), name(context));
        failure.get().addSuppressed(taken);
        context.publishReportEntry("failed test snapshot", taken.getMessage());
      }
    }
  }

  private static String name(ExtensionContext context) {
    return context.getRequiredTestClass().getSimpleName()
        + "."
        + context.getRequiredTestMethod().getName();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return PARAMETERS.contains(parameter.getParameter().getType())
        && domains(context).stream().anyMatch(domain -> isOf(parameter, domain));
  }

  private static boolean isOf(ParameterContext parameter, TestDomain domain) {
    return parameter
        .findAnnotation(ForDomain.class)
        .map(of -> domain.domains().names().containsValue(of.value()))
        .orElse(true);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    List<TestDomain> candidates =
        domains(context).stream().filter(domain -> isOf(parameter, domain)).toList();
    if (candidates.size() > 1) {
      throw new ParameterResolutionException(
          parameter.getParameter()
              + " may belong to any of "
              + candidates
              + ": select one with @ForDomain(\"name\")");
    }
    PreparedDomain prepared = prepared(context, candidates.get(0));
    Class<?> type = parameter.getParameter().getType();
    if (type == Domain.class) {
      return prepared.domain();
    }
    return type == RevertReport.class ? prepared.report() : GuestAgent.of(prepared.domain());
  }

  private static PreparedDomain prepared(ExtensionContext context, TestDomain domain) {
    try {
      return PreparedDomains.of(context)
          .find(domain)
          .orElseThrow(
              () ->
                  new ParameterResolutionException(
                      domain
                          + " is not reverted yet: use this parameter in a test or a @BeforeEach"
                          + " method"));
    } catch (Exception e) {
      Throwables.throwIfUnchecked(e);
      throw new ParameterResolutionException(domain + " could not be reverted", e);
    }
  }

  /** Only JUnit itself can separate parallel tests without a deadlock. */
  private void checkLocks(ExtensionContext context) {
    boolean unlocked =
        !registered.stream().allMatch(domain -> domain.domains().any())
            && isParallel(context)
            && isConcurrent(context)
            && !hasLocks(context.getRequiredTestClass());
    if (unlocked) {
      throw new ExtensionConfigurationException(
          context.getRequiredTestClass().getName()
              + " runs in parallel with other tests, which may revert the same domains: add"
              + " @ResourceLock(providers = RevertExtension.class), and make its RevertExtension"
              + " static");
    }
  }

  @Override
  public Set<Lock> provideForClass(Class<?> testClass) {
    return DomainLocks.ofClass(testClass);
  }

  @Override
  public Set<Lock> provideForNestedClass(List<Class<?>> enclosing, Class<?> testClass) {
    return DomainLocks.ofClass(testClass);
  }

  @Override
  public Set<Lock> provideForMethod(List<Class<?>> enclosing, Class<?> testClass, Method method) {
    return DomainLocks.ofMethod(method);
  }

  private static boolean isParallel(ExtensionContext context) {
    return context
        .getConfigurationParameter("junit.jupiter.execution.parallel.enabled")
        .map(Boolean::parseBoolean)
        .orElse(false);
  }

  private static boolean isConcurrent(ExtensionContext context) {
    return context.getExecutionMode() == ExecutionMode.CONCURRENT
        || context.getParent().filter(RevertExtension::isConcurrent).isPresent();
  }

  private static boolean hasLocks(Class<?> testClass) {
    return AnnotationSupport.findRepeatableAnnotations(testClass, ResourceLock.class).stream()
        .anyMatch(lock -> List.of(lock.providers()).contains(RevertExtension.class));
  }

  private List<TestDomain> domains(ExtensionContext context) {
    if (!registered.isEmpty()) {
      return registered;
    }
    ImmutableList.Builder<List<TestDomain>> declared = ImmutableList.builder();
    context
        .getTestClass()
        .ifPresent(
            testClass ->
                declared.addAll(
                    DomainDeclarations.onClasses(context.getEnclosingTestClasses(), testClass)));
    Optional<Method> method = context.getTestMethod();
    method.ifPresent(found -> declared.add(DomainDeclarations.onTest(found)));
    return DomainDeclarations.merge(declared.build());
  }
}
