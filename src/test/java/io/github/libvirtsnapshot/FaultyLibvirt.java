package io.github.libvirtsnapshot;

import com.sun.jna.Pointer;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.virError;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Wraps a libvirt, and injects a fault into one call. Calls that read the last error or release a
 * reference never have a fault.
 */
public final class FaultyLibvirt implements InvocationHandler {
  private static final int NO_DOMAIN = ErrorNumber.VIR_ERR_NO_DOMAIN.value();

  /** The kind of fault. */
  public enum Fault {
    /** libvirt reports an error. */
    ERROR,
    /** libvirt reports an error that has no message. */
    ERROR_WITHOUT_MESSAGE,
    /** A call fails, but libvirt reports no error for it. */
    FAILURE_WITHOUT_ERROR,
    /** libvirt reports an error with unknown numbers. */
    UNKNOWN_ERROR,
    /** libvirt executes the call, but reports an error. */
    DONE_AND_ERROR,
    /** The daemon crashes before the call: this call and all later ones fail. */
    CONNECTION_GONE,
    /** The daemon crashes after it has executed the call. */
    DONE_AND_CONNECTION_GONE,
    /** The call throws an error of the JVM. */
    THROWS_ERROR,
    /** The call throws an unchecked exception. */
    THROWS_EXCEPTION,
    /** The library lacks the function. */
    FUNCTION_MISSING,
    /** libvirt returns unknown numbers. */
    UNKNOWN_STATE,
    /** Another thread closes the caller's handle, and libvirt executes the call. */
    HANDLE_CLOSED,
    /** Another client stops and undefines the domain before the call. */
    DOMAIN_GONE
  }

  private final LibvirtLibrary libvirt;
  private final Fault fault;
  private final int faultyCall;
  private final Runnable closeHandle;
  private final Runnable removeDomain;
  private boolean armed;
  private int calls;
  private String faulty = "none";
  private virError injected;
  private boolean gone;
  private boolean saidNoDomain;

  /**
   * Creates a wrapper.
   *
   * @param faultyCall the number of the call with the fault, from 1
   * @param closeHandle closes the caller's handle
   * @param removeDomain stops and undefines the domain
   */
  public FaultyLibvirt(
      LibvirtLibrary libvirt,
      Fault fault,
      int faultyCall,
      Runnable closeHandle,
      Runnable removeDomain) {
    this.libvirt = libvirt;
    this.fault = fault;
    this.faultyCall = faultyCall;
    this.closeHandle = closeHandle;
    this.removeDomain = removeDomain;
  }

  /** Returns the libvirt to use. */
  public LibvirtLibrary library() {
    return (LibvirtLibrary)
        Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {LibvirtLibrary.class}, this);
  }

  /** Counts the calls from now on. */
  public void arm() {
    armed = true;
  }

  /** Returns the name of the function with the fault, or {@code none} if it was not called. */
  public String faultyFunction() {
    return faulty;
  }

  /** Returns whether libvirt has reported that the domain does not exist. */
  public boolean hasSaidNoDomain() {
    return saidNoDomain;
  }

  @Override
  public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
    String name = method.getName();
    if (name.equals("virGetLastError") && (injected != null || gone)) {
      return gone
          ? FaultInjection.connectionGone()
          : fault == Fault.FAILURE_WITHOUT_ERROR ? null : injected;
    }
    if (!armed || !FaultInjection.canFail(name)) {
      return call(method, args);
    }
    if (gone) {
      return FaultInjection.isWithinTheClient(name)
          ? call(method, args)
          : FaultInjection.failure(method);
    }
    calls++;
    injected = null;
    if (calls != faultyCall) {
      return call(method, args);
    }
    faulty = name;
    return goWrong(method, args);
  }

  private Object goWrong(Method method, Object[] args) throws Throwable {
    switch (fault) {
      case ERROR -> injected = error(1, 10, "boom\nWARNING forged");
      case ERROR_WITHOUT_MESSAGE, FAILURE_WITHOUT_ERROR -> injected = error(1, 10, null);
      case UNKNOWN_ERROR -> injected = error(99_999, 99_999, "from the future");
      case DONE_AND_ERROR -> {
        if (!FaultInjection.givesMany(method.getName())) {
          FaultInjection.discard(libvirt, call(method, args));
        }
        injected = error(1, 10, "boom");
      }
      case CONNECTION_GONE -> {
        gone = true;
        return FaultInjection.isWithinTheClient(method.getName())
            ? call(method, args)
            : FaultInjection.failure(method);
      }
      case DONE_AND_CONNECTION_GONE -> {
        gone = true;
        if (FaultInjection.givesMany(method.getName())) {
          return FaultInjection.failure(method);
        }
        Object result = call(method, args);
        if (FaultInjection.isWithinTheClient(method.getName())) {
          return result;
        }
        FaultInjection.discard(libvirt, result);
      }
      case THROWS_ERROR -> throw new StackOverflowError("boom");
      case THROWS_EXCEPTION -> throw new IllegalArgumentException("boom");
      case FUNCTION_MISSING -> throw new UnsatisfiedLinkError("undefined symbol");
      case UNKNOWN_STATE -> {
        Object result = call(method, args);
        if (method.getName().equals("virDomainGetState")) {
          ((int[]) args[1])[0] = 42;
          ((int[]) args[2])[0] = 99;
        } else if (method.getName().equals("virDomainListGetStats") && result.equals(1)) {
          Pointer list = ((Pointer) args[2]).getPointer(0);
          TypedParameters.change(list, "state.state", 42);
          TypedParameters.change(list, "state.reason", 42);
        }
        return result;
      }
      case HANDLE_CLOSED -> {
        closeHandle.run();
        return call(method, args);
      }
      case DOMAIN_GONE -> {
        removeDomain.run();
        return call(method, args);
      }
    }
    return FaultInjection.failure(method);
  }

  private static virError error(int code, int domain, String message) {
    return FaultInjection.error(code, domain, message);
  }

  private Object call(Method method, Object[] args) throws Throwable {
    Object result = FaultInjection.call(libvirt, method, args);
    saidNoDomain |= result instanceof virError error && error.code == NO_DOMAIN;
    return result;
  }
}
