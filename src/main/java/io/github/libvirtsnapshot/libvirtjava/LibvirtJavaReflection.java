package io.github.libvirtsnapshot.libvirtjava;

import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import java.lang.ref.Reference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.Arrays;

/**
 * A class of libvirt-java that owns a native pointer. libvirt-java keeps the pointer to itself, in
 * a field whose name changed between releases, while its type never did; so the type is what the
 * field and the constructor are found by.
 *
 * @param <T> the class
 */
final class LibvirtJavaReflection<T> {
  private final Class<T> type;
  private final Class<? extends PointerType> pointerType;
  private final Field pointer;

  /**
   * Looks for the way into the class.
   *
   * @throws IllegalStateException if there is none: this release of libvirt-java was not tested
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

  /** What is done with a pointer of libvirt-java's. */
  interface Use<R, E extends Exception> {
    R apply(Pointer pointer) throws E;
  }

  /**
   * Uses the pointer of their object, which is not collected until the use returns.
   *
   * @throws IllegalStateException if their object was closed or freed already
   */
  <R, E extends Exception> R use(T theirs, Use<R, E> use) throws E {
    try {
      PointerType held = (PointerType) pointer.get(theirs);
      if (held == null) {
        throw new IllegalStateException(type.getName() + " is closed or freed already");
      }
      return use.apply(held.getPointer());
    } catch (IllegalAccessException e) {
      throw LibvirtJavaVersion.unsupported(e);
    } finally {
      Reference.reachabilityFence(theirs);
    }
  }

  /** Makes an object of libvirt-java's that owns the reference. */
  T create(Pointer owned) {
    return construct(new Class<?>[] {pointerType}, wrap(owned));
  }

  /** Makes an object of libvirt-java's that owns the reference and belongs to a connection. */
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
