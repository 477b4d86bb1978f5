package io.github.libvirtsnapshot.jna;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that both of JNA's mappings declare the same functions. The tests need no libvirt. */
class DirectMappingHandlerTest {
  /** The direct mapping returns the addresses of these texts. */
  private static final Set<Class<?>> TEXTS = Set.of(String.class, OwnedString.class);

  static Stream<Method> direct() {
    return Arrays.stream(DirectMappedLibvirt.class.getDeclaredMethods())
        .filter(method -> Modifier.isNative(method.getModifiers()));
  }

  private static Method inTheInterface(String name) {
    List<Method> found =
        Arrays.stream(LibvirtLibrary.class.getDeclaredMethods())
            .filter(method -> method.getName().equals(name))
            .toList();
    assertEquals(1, found.size(), name);
    return found.get(0);
  }

  private static boolean isAddress(Class<?> type) {
    return PointerType.class.isAssignableFrom(type) || type == Pointer.class;
  }

  private static Class<?> argument(Class<?> inTheInterface) {
    if (inTheInterface == String.class) {
      return byte[].class;
    }
    return isAddress(inTheInterface) ? long.class : inTheInterface;
  }

  private static Class<?> result(Class<?> inTheInterface) {
    return TEXTS.contains(inTheInterface) ? long.class : argument(inTheInterface);
  }

  @ParameterizedTest
  @MethodSource("direct")
  void declaresEachFunctionAsTheInterfaceDoes(Method direct) {
    Method declared = inTheInterface(direct.getName());

    assertEquals(result(declared.getReturnType()), direct.getReturnType());
    assertEquals(
        Arrays.stream(declared.getParameterTypes())
            .map(DirectMappingHandlerTest::argument)
            .toList(),
        List.of(direct.getParameterTypes()));
  }

  @Test
  void handlesExactlyTheDirectMappedFunctions() {
    Set<String> names = direct().map(Method::getName).collect(Collectors.toUnmodifiableSet());

    for (Method method : LibvirtLibrary.class.getDeclaredMethods()) {
      assertEquals(
          names.contains(method.getName()),
          DirectMappingHandler.call(method).isPresent(),
          method.getName());
    }
    assertTrue(names.contains("virDomainRevertToSnapshot"));
  }
}
