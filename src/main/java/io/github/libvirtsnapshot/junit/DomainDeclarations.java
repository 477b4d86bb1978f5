package io.github.libvirtsnapshot.junit;

import static org.junit.platform.commons.support.AnnotationSupport.findRepeatableAnnotations;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ModifierSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/** Finds the domains that tests declare. */
final class DomainDeclarations {
  private DomainDeclarations() {}

  /** Returns the domains that a class or a method declares by annotations. */
  static List<TestDomain> on(AnnotatedElement element) {
    return findRepeatableAnnotations(element, RevertedDomain.class).stream()
        .map(TestDomain::of)
        .toList();
  }

  /**
   * Returns the domains that a test method declares.
   *
   * @throws ExtensionConfigurationException if one is to be reverted at another time than before
   *     each test
   */
  static List<TestDomain> onTest(Method method) {
    for (RevertedDomain annotation : findRepeatableAnnotations(method, RevertedDomain.class)) {
      if (annotation.before() != RevertBefore.EACH_TEST) {
        throw new ExtensionConfigurationException(
            "@RevertedDomain on the method "
                + method
                + " has before = "
                + annotation.before()
                + "; a method supports EACH_TEST only: move the annotation to the class");
      }
    }
    return on(method);
  }

  /**
   * Merges the declarations of several elements; those of a later element replace those of an
   * earlier one that name one of the same domains.
   */
  static List<TestDomain> merge(List<List<TestDomain>> outermostFirst) {
    List<TestDomain> merged = new ArrayList<>();
    for (List<TestDomain> declared : outermostFirst) {
      merged.removeIf(outer -> declared.stream().anyMatch(inner -> overlap(outer, inner)));
      merged.addAll(declared);
    }
    return List.copyOf(merged);
  }

  /**
   * Checks a declaration.
   *
   * @throws ExtensionConfigurationException if a test can't get one of its domains
   */
  static void check(TestDomain domain) {
    if (domain.longestWait().compareTo(Duration.ZERO) <= 0) {
      throw new ExtensionConfigurationException(
          "%s has waitAtMost = %d: name at least 1 second"
              .formatted(domain, domain.longestWait().toSeconds()));
    }
    if (!domain.domains().any()) {
      return;
    }
    if (domain.domains().names().isEmpty()) {
      throw new ExtensionConfigurationException(
          "@RevertedDomain has domain = {}: name at least one domain");
    }
    if (!domain.isRevertedBefore(RevertBefore.EACH_TEST)) {
      throw new ExtensionConfigurationException(
          domain
              + ": several domains can be reverted before each test only. JUnit can run other tests"
              + " while a class waits for its tests, so that a class that kept a domain could wait"
              + " for itself. Use EACH_TEST, or name one domain");
    }
    if (domain.takesSnapshotOnFailure() && domain.revertsToCurrent()) {
      throw new ExtensionConfigurationException(
          domain
              + " takes a snapshot of the domain of a failed test, and then reverts the domain to its"
              + " current snapshot, which is the snapshot of the failed test: name the snapshot of"
              + " the revert");
    }
  }

  /**
   * Checks that a test has no domain twice. If two declarations had the same domains, two tests
   * could each have one of them and wait for the other one.
   *
   * @throws ExtensionConfigurationException if two declarations name one domain
   */
  static void checkDistinct(List<TestDomain> domains) {
    for (TestDomain one : domains) {
      for (TestDomain other : domains) {
        if (one != other && overlap(one, other)) {
          throw new ExtensionConfigurationException(
              one
                  + " and "
                  + other
                  + " name the same domain: name each domain of a test in one declaration only");
        }
      }
    }
  }

  private static boolean overlap(TestDomain one, TestDomain other) {
    return one.domains().overlaps(other.domains());
  }

  /** Returns the declarations of the enclosing classes and of a class, the outermost first. */
  static List<List<TestDomain>> onClasses(List<Class<?>> enclosing, Class<?> innermost) {
    return Lists.transform(
        ImmutableList.<Class<?>>builder().addAll(enclosing).add(innermost).build(),
        DomainDeclarations::on);
  }

  /** Returns the domains of the extensions in static fields of a class. */
  static List<TestDomain> registeredIn(Class<?> testClass) {
    return AnnotationSupport.findAnnotatedFields(
            testClass,
            RegisterExtension.class,
            field -> ModifierSupport.isStatic(field) && field.getType() == RevertExtension.class)
        .stream()
        .flatMap(field -> extension(field).registered().stream())
        .toList();
  }

  private static RevertExtension extension(Field field) {
    try {
      return (RevertExtension) ReflectionSupport.tryToReadFieldValue(field, null).get();
    } catch (Exception e) {
      throw new ExtensionConfigurationException("the field " + field + " can't be read", e);
    }
  }
}
