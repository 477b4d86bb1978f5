package io.github.libvirtsnapshot.calls;

import com.google.common.reflect.AbstractInvocationHandler;
import io.github.libvirtsnapshot.internal.Tried;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the libvirt function that a call begins with: a library that records the function. */
final class CalledFunction extends AbstractInvocationHandler {
  private @Nullable String name;

  /** Returns the name of the function. Each function fails here, and libvirt is not called. */
  static String of(Function<LibvirtLibrary, ?> call) {
    CalledFunction recorder = new CalledFunction();
    LibvirtLibrary library =
        (LibvirtLibrary)
            Proxy.newProxyInstance(
                LibvirtLibrary.class.getClassLoader(),
                new Class<?>[] {LibvirtLibrary.class},
                recorder);
    var unused = Tried.of(() -> Optional.ofNullable(call.apply(library)));
    return recorder.name == null ? "the call" : recorder.name;
  }

  @Override
  protected @Nullable Object handleInvocation(Object proxy, Method method, Object[] arguments) {
    if (name == null) {
      name = method.getName();
    }
    return method.getReturnType() == int.class ? -1 : null;
  }
}
