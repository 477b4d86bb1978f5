package io.github.libvirtsnapshot.junit;

import static org.junit.platform.commons.support.AnnotationSupport.findRepeatableAnnotations;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
   * Merges the declarations of several elements; a later one replaces an earlier one of the same
   * domain.
   */
  static List<TestDomain> merge(List<List<TestDomain>> outermostFirst) {
    Map<String, TestDomain> domains = new LinkedHashMap<>();
    for (List<TestDomain> declared : outermostFirst) {
      declared.forEach(domain -> domains.put(domain.key(), domain));
    }
    return List.copyOf(domains.values());
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
