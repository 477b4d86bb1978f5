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
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.TestAbortedException;

/**
 * What {@link RevertedDomain} does, with all settings of a {@link
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
 * <p>The field has to be static, except for domains that are reverted before each test. Where JUnit
 * runs tests in parallel, the class has to say {@code @ResourceLock(providers =
 * DomainLocks.class)}, as JUnit asks for the locks before there are extensions.
 */
public final class RevertExtension
    implements BeforeAllCallback,
        BeforeEachCallback,
        AfterTestExecutionCallback,
        AfterEachCallback,
        ParameterResolver {
  private static final Set<Class<?>> PARAMETERS =
      Set.of(Domain.class, RevertReport.class, GuestAgent.class);

  private final List<TestDomain> registered;

  /** For JUnit, which makes one where there is a {@link RevertedDomain}. */
  public RevertExtension() {
    this(List.of());
  }

  private RevertExtension(List<TestDomain> registered) {
    this.registered = registered;
  }

  /** Returns an extension that reverts these domains, all of one time at once. */
  public static RevertExtension of(TestDomain... domains) {
    return new RevertExtension(List.of(domains));
  }

  List<TestDomain> registered() {
    return registered;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    checkLocks(context);
    PreparedDomains machines = PreparedDomains.of(context);
    List<TestDomain> domains =
        registered.isEmpty()
            ? DomainDeclarations.on(context.getRequiredTestClass())
            : notYet(machines);
    machines.revert(domains.stream(), RevertBefore.SUITE);
    machines.revert(domains.stream(), RevertBefore.EACH_CLASS);
  }

  /** The classes nested in a class with a static extension have it too. */
  private List<TestDomain> notYet(PreparedDomains machines) throws Exception {
    ImmutableList.Builder<TestDomain> notYet = ImmutableList.builder();
    for (TestDomain domain : registered) {
      if (machines.find(domain).isEmpty()) {
        notYet.add(domain);
      }
    }
    return notYet.build();
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    checkLocks(context);
    PreparedDomains machines = PreparedDomains.of(context);
    List<TestDomain> domains = domains(context);
    machines.revert(domains.stream(), RevertBefore.EACH_TEST);
    for (TestDomain domain : domains) {
      if (machines.find(domain).isEmpty()) {
        throw new ExtensionConfigurationException(
            domain + " was not reverted before the class: make its RevertExtension static");
      }
    }
  }

  @Override
  public void afterTestExecution(ExtensionContext context) throws Exception {
    snapshotOnFailure(context);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    snapshotOnFailure(context);
  }

  /** Right after the test, or, where something around it failed, after all of it. */
  private void snapshotOnFailure(ExtensionContext context) throws Exception {
    Optional<Throwable> failure =
        context.getExecutionException().filter(e -> !(e instanceof TestAbortedException));
    if (failure.isEmpty()) {
      return;
    }
    PreparedDomains machines = PreparedDomains.of(context);
    for (TestDomain domain : domains(context)) {
      Optional<PreparedDomain> ready =
          domain.takesSnapshotOnFailure() ? machines.find(domain) : Optional.empty();
      String kept = "kept: " + domain.key();
      if (ready.isPresent() && !machines.remembers(kept)) {
        machines.remember(kept);
        FailedTestSnapshot guest = FailedTestSnapshot.keep(ready.get().domain(), words(context));
        failure.get().addSuppressed(guest);
        context.publishReportEntry("failed test snapshot", guest.getMessage());
      }
    }
  }

  private static String words(ExtensionContext context) {
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
        .map(of -> of.value().equals(domain.name()))
        .orElse(true);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    List<TestDomain> meant =
        domains(context).stream().filter(domain -> isOf(parameter, domain)).toList();
    if (meant.size() > 1) {
      throw new ParameterResolutionException(
          parameter.getParameter()
              + " could be of any of "
              + meant
              + ": say of which, with @ForDomain(\"name\")");
    }
    PreparedDomain ready = ready(context, meant.get(0));
    Class<?> type = parameter.getParameter().getType();
    if (type == Domain.class) {
      return ready.domain();
    }
    return type == RevertReport.class ? ready.report() : GuestAgent.of(ready.domain());
  }

  private static PreparedDomain ready(ExtensionContext context, TestDomain domain) {
    try {
      return PreparedDomains.of(context)
          .find(domain)
          .orElseThrow(
              () ->
                  new ParameterResolutionException(
                      domain + " is not reverted yet: it is only before the tests themselves"));
    } catch (Exception e) {
      Throwables.throwIfUnchecked(e);
      throw new ParameterResolutionException(domain + " could not be reverted", e);
    }
  }

  /** Only JUnit itself can keep parallel tests apart without a deadlock. */
  private void checkLocks(ExtensionContext context) {
    boolean unlocked =
        !registered.isEmpty()
            && context
                .getConfigurationParameter("junit.jupiter.execution.parallel.enabled")
                .map(Boolean::parseBoolean)
                .orElse(false)
            && isConcurrent(context)
            && !hasLocks(context.getRequiredTestClass());
    if (unlocked) {
      throw new ExtensionConfigurationException(
          context.getRequiredTestClass().getName()
              + " runs in parallel to others, which could revert the same domains: add"
              + " @ResourceLock(providers = DomainLocks.class), and make its RevertExtension"
              + " static");
    }
  }

  private static boolean isConcurrent(ExtensionContext context) {
    return context.getExecutionMode() == ExecutionMode.CONCURRENT
        || context.getParent().filter(RevertExtension::isConcurrent).isPresent();
  }

  private static boolean hasLocks(Class<?> testClass) {
    return AnnotationSupport.findRepeatableAnnotations(testClass, ResourceLock.class).stream()
        .anyMatch(lock -> List.of(lock.providers()).contains(DomainLocks.class));
  }

  /** Returns those that the test of a context needs. */
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
    return DomainDeclarations.together(declared.build());
  }
}
