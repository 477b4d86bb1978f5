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

/** Which domains tests say they need. */
final class DomainDeclarations {
  private DomainDeclarations() {}

  /** Returns those of a class or a method itself. */
  static List<TestDomain> on(AnnotatedElement element) {
    return findRepeatableAnnotations(element, RevertedDomain.class).stream()
        .map(TestDomain::of)
        .toList();
  }

  /** Returns those of a method; each is reverted before the test, and says nothing else. */
  static List<TestDomain> onTest(Method method) {
    for (RevertedDomain annotation : findRepeatableAnnotations(method, RevertedDomain.class)) {
      if (annotation.before() != RevertBefore.EACH_TEST) {
        throw new ExtensionConfigurationException(
            "@RevertedDomain on the method "
                + method
                + " says before = "
                + annotation.before()
                + "; on a method it can only be EACH_TEST: put it on the class");
      }
    }
    return on(method);
  }

  /**
   * Returns those of all elements, of which each replaces what the ones before say of the same
   * domain.
   */
  static List<TestDomain> together(List<List<TestDomain>> fromOutside) {
    Map<String, TestDomain> domains = new LinkedHashMap<>();
    for (List<TestDomain> some : fromOutside) {
      some.forEach(domain -> domains.put(domain.key(), domain));
    }
    return List.copyOf(domains.values());
  }

  /** Returns those of a class and the classes around it. */
  static List<List<TestDomain>> onClasses(List<Class<?>> enclosing, Class<?> innermost) {
    return Lists.transform(
        ImmutableList.<Class<?>>builder().addAll(enclosing).add(innermost).build(),
        DomainDeclarations::on);
  }

  /** Returns those that the static extensions of a class have. */
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
      throw new ExtensionConfigurationException("the extension in " + field + " can't be read", e);
    }
  }
}
