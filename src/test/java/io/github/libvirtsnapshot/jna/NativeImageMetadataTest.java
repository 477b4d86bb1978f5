package io.github.libvirtsnapshot.jna;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.NativeMapped;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jfr.Event;
import org.junit.jupiter.api.Test;

/**
 * Computes the metadata for GraalVM's native-image from the classes of the library. {@code
 * ReflectionTraceIT} compares the metadata with the reflection of a program.
 */
class NativeImageMetadataTest {
  private static final Path METADATA =
      Path.of(
          "src/main/resources/META-INF/native-image/io.github.libvirtsnapshot/libvirt-snapshot",
          "reachability-metadata.json");

  private static final Path CLASSES = Path.of("target/classes");

  /** The file has to contain the text that this test expects: copy it from the failure. */
  @Test
  void metadataIsThatOfTheClasses() throws Exception {
    assertEquals(expected(), Files.readString(METADATA));
  }

  private static String expected() throws Exception {
    List<Class<?>> libraries = classes(type -> type.isInterface() && isA(type, Library.class));
    ImmutableList.Builder<Map<String, Object>> entries = ImmutableList.builder();
    libraries.forEach(type -> entries.add(all(type, "allPublicMethods", "allPublicFields")));
    libraries.forEach(type -> entries.add(proxy(type)));
    entries.add(proxy(CloseFunction.of(reason -> {}).getClass().getInterfaces()));
    classes(type -> type.isInterface() && isA(type, Callback.class))
        .forEach(type -> entries.add(all(type, "allDeclaredMethods", "allPublicMethods")));
    classes(type -> isA(type, NativeMapped.class) && !Modifier.isAbstract(type.getModifiers()))
        .forEach(type -> entries.add(methods(type, List.of(method("<init>", List.of())))));
    classes(NativeImageMetadataTest::hasNativeMethods)
        .forEach(
            type ->
                entries.add(all(type, "allDeclaredMethods", "allPublicFields", "jniAccessible")));
    conversions().forEach(entries::add);
    classes(type -> isA(type, Event.class))
        .forEach(type -> entries.add(all(type, "allDeclaredFields")));
    Gson gson = new GsonBuilder().disableHtmlEscaping().create();
    return entries.build().stream()
        .map(gson::toJson)
        .collect(Collectors.joining(",\n  ", "{\"reflection\": [\n  ", "\n]}\n"));
  }

  private static List<Class<?>> classes(Predicate<Class<?>> which) throws IOException {
    try (Stream<Path> files = Files.walk(CLASSES.resolve("io"))) {
      return files
          .map(file -> CLASSES.relativize(file).toString())
          .filter(name -> name.endsWith(".class") && !name.endsWith("package-info.class"))
          .sorted()
          .<Class<?>>map(NativeImageMetadataTest::load)
          .filter(which)
          .toList();
    }
  }

  private static Class<?> load(String file) {
    String name = file.substring(0, file.length() - ".class".length()).replace('/', '.');
    try {
      return Class.forName(name, false, NativeImageMetadataTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isA(Class<?> type, Class<?> supertype) {
    return supertype.isAssignableFrom(type);
  }

  private static boolean hasNativeMethods(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .anyMatch(method -> Modifier.isNative(method.getModifiers()));
  }

  private static Map<String, Object> all(Class<?> type, String... properties) {
    ImmutableMap.Builder<String, Object> entry = ImmutableMap.builder();
    entry.put("type", type.getName());
    for (String property : properties) {
      entry.put(property, true);
    }
    return entry.build();
  }

  private static Map<String, Object> proxy(Class<?>... interfaces) {
    return ImmutableMap.of(
        "type",
        Map.of("proxy", Arrays.stream(interfaces).map(Class::getName).toList()),
        "allPublicMethods",
        true);
  }

  private static Map<String, Object> methods(Class<?> owner, List<Map<String, Object>> methods) {
    return ImmutableMap.of("type", owner.getName(), "methods", methods);
  }

  private static Map<String, Object> method(String name, List<Class<?>> types) {
    return ImmutableMap.of(
        "name", name, "parameterTypes", types.stream().map(Class::getTypeName).toList());
  }

  /** Returns the methods that {@link DirectMappingHandler} looks up by name. */
  private static List<Map<String, Object>> conversions() throws IllegalAccessException {
    MethodHandles.Lookup lookup =
        MethodHandles.privateLookupIn(DirectMappingHandler.class, MethodHandles.lookup());
    ImmutableList.Builder<MethodHandleInfo> found = ImmutableList.builder();
    for (Field field : DirectMappingHandler.class.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        field.setAccessible(true);
        Object value = field.get(null);
        Stream<?> values =
            value instanceof Map<?, ?> map ? map.values().stream() : Stream.of(value);
        values
            .filter(MethodHandle.class::isInstance)
            .forEach(handle -> found.add(lookup.revealDirect((MethodHandle) handle)));
      }
    }
    Comparator<Class<?>> byName = Comparator.comparing(Class::getName);
    return found.build().stream()
        .sorted(Comparator.comparing(MethodHandleInfo::getName))
        .collect(
            Collectors.groupingBy(
                MethodHandleInfo::getDeclaringClass,
                () -> new TreeMap<>(byName),
                Collectors.mapping(
                    method -> method(method.getName(), method.getMethodType().parameterList()),
                    Collectors.toList())))
        .entrySet()
        .stream()
        .map(entry -> methods(entry.getKey(), entry.getValue()))
        .toList();
  }
}
