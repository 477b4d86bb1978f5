package io.github.libvirtsnapshot.jna;

import com.google.common.base.VerifyException;
import com.google.common.reflect.AbstractInvocationHandler;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.PointerType;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.Reference;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the calls of the functions in {@link DirectMappedLibvirt} through JNA's direct mapping.
 * They take a fraction of the time of JNA's interface mapping, which prepares each call for the
 * native calling convention again and converts each argument by reflection.
 */
final class DirectMappingHandler extends AbstractInvocationHandler {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

  private static final MethodHandle ADDRESS =
      function(DirectMappingHandler.class, "address", long.class, PointerType.class);

  private static final MethodHandle ADDRESS_OF_POINTER =
      function(Pointer.class, "nativeValue", long.class, Pointer.class);

  private static final MethodHandle TERMINATED =
      function(CStrings.class, "terminated", byte[].class, String.class);

  /** The conversions of a returned address, by the type of the result. */
  private static final Map<Class<?>, MethodHandle> RESULTS =
      Map.of(
          String.class, function(CStrings.class, "copy", String.class, long.class),
          OwnedString.class, function(CStrings.class, "take", OwnedString.class, long.class),
          ConnectPointer.class,
              function(DirectMappingHandler.class, "connection", ConnectPointer.class, long.class),
          DomainSnapshotPointer.class,
              function(
                  DirectMappingHandler.class, "snapshot", DomainSnapshotPointer.class, long.class));

  private final Map<Method, MethodHandle> calls = new HashMap<>();
  private final LibvirtLibrary mapped;
  private final InvocationHandler others;

  private DirectMappingHandler(LibvirtLibrary mapped) {
    this.mapped = mapped;
    this.others = Proxy.getInvocationHandler(mapped);
    for (Method method : LibvirtLibrary.class.getMethods()) {
      call(method).ifPresent(call -> calls.put(method, call));
    }
  }

  /**
   * Returns whether direct calls are possible: an address has to fit in a long, and JNA has to be
   * in the class loader of this class, since JNA keeps classes with native methods reachable as
   * long as JNA itself is.
   */
  static boolean arePossible() {
    return Native.POINTER_SIZE == Long.BYTES
        && Native.class.getClassLoader() == DirectMappingHandler.class.getClassLoader();
  }

  /**
   * Binds the native methods to a library.
   *
   * @param mapped the same library in JNA's interface mapping, for all other functions
   */
  static LibvirtLibrary bind(NativeLibrary library, LibvirtLibrary mapped) {
    Native.register(DirectMappedLibvirt.class, library);
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            LibvirtLibrary.class.getClassLoader(),
            new Class<?>[] {LibvirtLibrary.class},
            new DirectMappingHandler(mapped));
  }

  @Override
  protected @Nullable Object handleInvocation(Object proxy, Method method, Object[] arguments)
      throws Throwable {
    MethodHandle call = calls.get(method);
    if (call == null) {
      return others.invoke(proxy, method, arguments);
    }
    try {
      return (Object) call.invokeExact(arguments);
    } finally {
      // The native code has only the addresses of the arguments.
      Reference.reachabilityFence(arguments);
    }
  }

  @Override
  public String toString() {
    return mapped.toString();
  }

  /** Returns the direct call of a method, if it has one. */
  static Optional<MethodHandle> call(Method method) {
    MethodType declared = MethodType.methodType(method.getReturnType(), method.getParameterTypes());
    try {
      MethodHandle raw =
          LOOKUP.findStatic(DirectMappedLibvirt.class, method.getName(), withAddresses(declared));
      return Optional.of(
          converting(raw, declared)
              .asSpreader(Object[].class, declared.parameterCount())
              .asType(MethodType.methodType(Object.class, Object[].class)));
    } catch (NoSuchMethodException e) {
      return Optional.empty();
    } catch (IllegalAccessException e) {
      throw new VerifyException(e);
    }
  }

  private static MethodType withAddresses(MethodType declared) {
    List<Class<?>> arguments =
        Stream.<Class<?>>of(declared.parameterArray()).map(DirectMappingHandler::argument).toList();
    Class<?> result = declared.returnType();
    return MethodType.methodType(RESULTS.containsKey(result) ? long.class : result, arguments);
  }

  private static Class<?> argument(Class<?> declared) {
    if (declared == String.class) {
      return byte[].class;
    }
    return isAddress(declared) ? long.class : declared;
  }

  private static boolean isAddress(Class<?> type) {
    return PointerType.class.isAssignableFrom(type) || type == Pointer.class;
  }

  private static MethodHandle converting(MethodHandle call, MethodType declared) {
    MethodHandle converting = call;
    for (int i = 0; i < declared.parameterCount(); i++) {
      Class<?> type = declared.parameterType(i);
      if (type == String.class) {
        converting = MethodHandles.filterArguments(converting, i, TERMINATED);
      } else if (isAddress(type)) {
        MethodHandle address = type == Pointer.class ? ADDRESS_OF_POINTER : ADDRESS;
        converting =
            MethodHandles.filterArguments(
                converting, i, address.asType(MethodType.methodType(long.class, type)));
      }
    }
    MethodHandle result = RESULTS.get(declared.returnType());
    return result == null ? converting : MethodHandles.filterReturnValue(converting, result);
  }

  private static MethodHandle function(
      Class<?> owner, String name, Class<?> result, Class<?> argument) {
    try {
      return LOOKUP.findStatic(owner, name, MethodType.methodType(result, argument));
    } catch (ReflectiveOperationException e) {
      throw new VerifyException(e);
    }
  }

  static long address(PointerType pointer) {
    return Pointer.nativeValue(pointer.getPointer());
  }

  static @Nullable ConnectPointer connection(long address) {
    return address == 0 ? null : new ConnectPointer(new Pointer(address));
  }

  static @Nullable DomainSnapshotPointer snapshot(long address) {
    return address == 0 ? null : new DomainSnapshotPointer(new Pointer(address));
  }
}
