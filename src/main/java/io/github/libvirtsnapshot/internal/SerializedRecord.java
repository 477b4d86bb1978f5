package io.github.libvirtsnapshot.internal;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The serialized form of the library's records, since an {@link Optional} is not serializable. A
 * record returns it from {@code writeReplace}.
 */
public final class SerializedRecord implements Serializable {
  private static final long serialVersionUID = 1;

  /** The prefix of the names of all classes of the library. */
  private static final String ROOT = "io.github.libvirtsnapshot.";

  private final Class<?> type;
  private final Object[] components;

  private SerializedRecord(Class<?> type, Object[] components) {
    this.type = type;
    this.components = components;
  }

  /**
   * Returns the serialized form of a record.
   *
   * @throws IllegalArgumentException if the record does not belong to this library
   */
  public static Object of(Record original) {
    checkArgument(
        isOurs(original.getClass()), "%s is not a record of this library", original.getClass());
    return new SerializedRecord(
        original.getClass(),
        Arrays.stream(original.getClass().getRecordComponents())
            .map(component -> unwrap(value(original, component)))
            .toArray());
  }

  private static boolean isOurs(Class<?> type) {
    return type.isRecord() && (type.getPackageName() + ".").startsWith(ROOT);
  }

  private static @Nullable Object value(Record original, RecordComponent component) {
    try {
      return component.getAccessor().invoke(original);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static @Nullable Object unwrap(@Nullable Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.orElse(null);
    }
    if (value instanceof OptionalInt optional) {
      return optional.isPresent() ? optional.getAsInt() : null;
    }
    return value;
  }

  private Object readResolve() throws ObjectStreamException {
    if (!isOurs(type)) {
      throw new InvalidObjectException(type + " is not a record of this library");
    }
    RecordComponent[] declared = type.getRecordComponents();
    Class<?>[] types =
        Arrays.stream(declared).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Object[] values = new Object[declared.length];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = wrap(types[i], components[i]);
      }
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (ReflectiveOperationException | RuntimeException e) {
      InvalidObjectException invalid =
          new InvalidObjectException(type + ": the serialized values are invalid");
      invalid.initCause(e);
      throw invalid;
    }
  }

  private static Object wrap(Class<?> type, Object value) {
    if (type == Optional.class) {
      return Optional.ofNullable(value);
    }
    if (type == OptionalInt.class) {
      return value == null ? OptionalInt.empty() : OptionalInt.of((Integer) value);
    }
    return value;
  }
}
