package io.github.libvirtsnapshot.libvirtjava;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import java.lang.ref.Reference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.Arrays;

/**
 * Access by reflection to a class of libvirt-java that owns a native pointer. The pointer is in a
 * field that is not public. The name of the field changed between releases, but its type did not,
 * so this class finds the field and the constructor by the type.
 *
 * @param <T> the class
 */
final class LibvirtJavaReflection<T> {
  private final Class<T> type;
  private final Class<? extends PointerType> pointerType;
  private final Field pointer;

  /**
   * Finds the field of the pointer.
   *
   * @throws IllegalStateException if there is no such field: this release of libvirt-java was not
   *     tested
   */
  LibvirtJavaReflection(Class<T> type, Class<? extends PointerType> pointerType) {
    this.type = type;
    this.pointerType = pointerType;
    this.pointer =
        Arrays.stream(type.getDeclaredFields())
            .filter(field -> field.getType() == pointerType)
            .findFirst()
            .orElseThrow(() -> LibvirtJavaVersion.unsupported(null));
    pointer.setAccessible(true);
  }

  /** A function that uses a pointer of libvirt-java's. */
  interface Use<R, E extends Exception> {
    R apply(Pointer pointer) throws E;
  }

  /**
   * Passes the pointer of libvirt-java's object to a function; the object is not garbage collected
   * until the function returns.
   *
   * @throws IllegalStateException if the object was closed or freed already
   */
  <R, E extends Exception> R use(T theirs, Use<R, E> use) throws E {
    try {
      PointerType held = (PointerType) pointer.get(theirs);
      if (held == null) {
        throw new IllegalStateException(type.getName() + " was closed or freed already");
      }
      return use.apply(held.getPointer());
    } catch (IllegalAccessException e) {
      throw LibvirtJavaVersion.unsupported(e);
    } finally {
      Reference.reachabilityFence(theirs);
    }
  }

  /** Creates an object of libvirt-java's that owns the reference. */
  T create(Pointer owned) {
    return construct(new Class<?>[] {pointerType}, wrap(owned));
  }

  /** Creates an object of libvirt-java's that owns the reference and belongs to a connection. */
  T create(org.libvirt.Connect connect, Pointer owned) {
    return construct(new Class<?>[] {org.libvirt.Connect.class, pointerType}, connect, wrap(owned));
  }

  private T construct(Class<?>[] types, Object... arguments) {
    try {
      Constructor<T> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (ReflectiveOperationException e) {
      throw LibvirtJavaVersion.unsupported(e);
    }
  }

  private PointerType wrap(Pointer owned) {
    try {
      PointerType wrapped = pointerType.getDeclaredConstructor().newInstance();
      wrapped.setPointer(owned);
      return wrapped;
    } catch (ReflectiveOperationException e) {
      throw LibvirtJavaVersion.unsupported(e);
    }
  }
}
