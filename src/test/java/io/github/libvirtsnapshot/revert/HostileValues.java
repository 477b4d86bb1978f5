package io.github.libvirtsnapshot.revert;

import com.google.common.collect.ImmutableTable;
import io.github.libvirtsnapshot.Exceptions;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.errors.LibvirtError;
import io.github.libvirtsnapshot.xml.XmlNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;

/** Creates values of the library's types with hostile texts, by reflection. */
final class HostileValues {
  static final String SECRET = "s3cret";

  /** The URI of a host, with the password in two places. */
  static final String URI =
      "qemu+tls://fred:" + SECRET + "@host1/system?no_verify=1&password=" + SECRET;

  /** The beginning of a line that only a hostile name adds. */
  static final String FORGED = "forged";

  /** A name with line ends, control sequences, bidirectional and invisible characters. */
  static final String NAME =
      "golden\n"
          + FORGED
          + "\r"
          + FORGED
          + "\t\u001b[2J\u007f\u0085\u009b31m\u009d0;title\u2028\u202e\u2066\u200b\u3164\ufe0f\ufeff"
          + "\udb40\udd00\\\"";

  private static final String UUID = "6695eb01-f6a4-8304-79aa-97f2502e193f";

  private final Map<Class<?>, Supplier<?>> suppliers = new HashMap<>();

  HostileValues() {
    LibvirtError error =
        LibvirtError.of(
            ErrorNumber.VIR_ERR_NO_CONNECT,
            ErrorDomain.VIR_FROM_RPC,
            "can't connect to " + URI + ": " + NAME);
    add(LibvirtError.class, () -> error);
    add(LibvirtException.class, () -> Exceptions.of(error));
    add(Throwable.class, () -> Exceptions.of(error));
    add(ImmutableTable.class, ImmutableTable::of);
    add(XmlNode.class, () -> XmlNode.parse("<domain/>"));
    add(Duration.class, () -> Duration.ofSeconds(Long.MIN_VALUE));
    add(Instant.class, () -> Instant.MAX);
    add(OptionalInt.class, () -> OptionalInt.of(1));
    add(int.class, () -> 1);
    add(long.class, () -> 1L);
    add(Long.class, () -> 1L);
    add(double.class, () -> 1.0);
    add(Double.class, () -> 1.0);
    add(boolean.class, () -> true);
    add(Boolean.class, () -> true);
  }

  /** Registers a supplier of values of a type. */
  <T> void add(Class<T> type, Supplier<? extends T> supplier) {
    suppliers.put(type, supplier);
  }

  Object make(Class<?> type) {
    return make(type, "");
  }

  private Object make(Type type, String name) {
    if (type instanceof ParameterizedType generic) {
      return make(generic, name);
    }
    Class<?> raw = (Class<?>) type;
    if (suppliers.containsKey(raw)) {
      return suppliers.get(raw).get();
    }
    if (raw == String.class) {
      return text(name);
    }
    if (raw.isEnum()) {
      return raw.getEnumConstants()[0];
    }
    if (raw.isInterface()) {
      return Proxy.newProxyInstance(
          raw.getClassLoader(), new Class<?>[] {raw}, (proxy, method, arguments) -> null);
    }
    return raw.isRecord() ? record(raw) : constructed(raw);
  }

  private Object make(ParameterizedType generic, String name) {
    Type[] of = generic.getActualTypeArguments();
    Object last = make(of[of.length - 1], name);
    Type raw = generic.getRawType();
    if (raw == Optional.class) {
      return Optional.of(last);
    }
    if (raw == List.class) {
      return List.of(last);
    }
    if (raw == Set.class) {
      return Set.of(last);
    }
    if (raw == Map.class) {
      return Map.of(make(of[0], name), last);
    }
    return make(raw, name);
  }

  private static String text(String name) {
    return switch (name) {
      case "uri" -> URI;
      case "uuid" -> UUID;
      case "safetySnapshot" -> SafetySnapshot.newName(Instant.EPOCH);
      default -> NAME;
    };
  }

  private Object record(Class<?> type) {
    Object[] values =
        Arrays.stream(type.getRecordComponents())
            .map(component -> make(component.getGenericType(), component.getName()))
            .toArray();
    try {
      return construct(type, values);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(
          type + " cannot be created; add a supplier to HostileTextTest.registerSuppliers()", e);
    }
  }

  static Object construct(Class<?> type, Object... components) throws ReflectiveOperationException {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    return construct(type.getDeclaredConstructor(types), components);
  }

  static Object[] components(Record value) throws ReflectiveOperationException {
    RecordComponent[] components = value.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = components[i].getAccessor().invoke(value);
    }
    return values;
  }

  private Object constructed(Class<?> type) {
    Throwable failure = null;
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      try {
        Object[] values =
            Arrays.stream(constructor.getGenericParameterTypes())
                .map(parameter -> make(parameter, ""))
                .toArray();
        return construct(constructor, values);
      } catch (ReflectiveOperationException | LinkageError e) {
        failure = e;
      }
    }
    throw new LinkageError(
        type + " cannot be created; add a supplier to HostileTextTest.registerSuppliers()",
        failure);
  }

  private static Object construct(Constructor<?> constructor, Object... values)
      throws ReflectiveOperationException {
    constructor.setAccessible(true);
    return constructor.newInstance(values);
  }
}
