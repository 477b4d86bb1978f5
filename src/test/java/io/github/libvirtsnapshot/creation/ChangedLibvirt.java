package io.github.libvirtsnapshot.creation;

import com.sun.jna.NativeLong;
import com.sun.jna.ptr.NativeLongByReference;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.virError;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Wraps a libvirt, and replaces single functions. */
final class ChangedLibvirt {
  private static final int QEMU = 10;

  private final LibvirtLibrary libvirt;
  private final Map<String, Function<Object[], Object>> functions = new HashMap<>();
  private final List<String> calls = new ArrayList<>();
  private Optional<virError> error = Optional.empty();

  ChangedLibvirt(LibvirtLibrary libvirt) {
    this.libvirt = libvirt;
  }

  ChangedLibvirt replacing(String function, Function<Object[], Object> result) {
    functions.put(function, result);
    return this;
  }

  /** Lets each call of a function fail. */
  ChangedLibvirt failing(String function, ErrorNumber code, String message) {
    return replacing(function, arguments -> fail(code, message));
  }

  /** Returns the result of a call that fails. */
  Object fail(ErrorNumber code, String message) {
    error = Optional.of(FaultInjection.error(code.value(), QEMU, message));
    return null;
  }

  ChangedLibvirt ofVersion(long version) {
    return replacing(
        "virConnectGetLibVersion",
        arguments -> {
          ((NativeLongByReference) arguments[1]).setValue(new NativeLong(version));
          return 0;
        });
  }

  /** Returns the functions that were called. */
  List<String> calls() {
    return calls;
  }

  LibvirtLibrary library() {
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {LibvirtLibrary.class},
            (proxy, method, arguments) -> call(method, arguments));
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    String name = method.getName();
    if (name.equals("virGetLastError") && error.isPresent()) {
      return error.get();
    }
    error = Optional.empty();
    calls.add(name);
    if (!functions.containsKey(name)) {
      return FaultInjection.call(libvirt, method, arguments);
    }
    Object result = functions.get(name).apply(arguments);
    return error.isPresent() ? FaultInjection.failure(method) : result;
  }
}
