package io.github.libvirtsnapshot.scheduling;

import io.github.libvirtsnapshot.Connect;
import io.github.libvirtsnapshot.FaultInjection;
import io.github.libvirtsnapshot.LibvirtException;
import io.github.libvirtsnapshot.errors.ErrorDomain;
import io.github.libvirtsnapshot.errors.ErrorNumber;
import io.github.libvirtsnapshot.jna.LibvirtLibrary;
import io.github.libvirtsnapshot.jna.virError;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A host that fails at one call, on whichever connection the call is made. */
public final class FaultyHost {
  /** The way in which the call fails. */
  public enum Fault {
    /** libvirt reports an error. */
    ERROR,
    /** libvirt denies the operation. */
    DENIED,
    /** The host does not respond. */
    HANGS,
    /** The connection is lost before the call. */
    LOST,
    /** The connection is lost after libvirt has executed the call. */
    DONE_AND_LOST,
    /** The connection is lost, and the host does not respond to a new one. */
    LOST_AND_HANGS
  }

  private final LibvirtLibrary host;
  private final Fault fault;
  private final Predicate<String> isFaulty;
  private final ManualThreads threads;
  private volatile String faulty = "none";
  private volatile boolean hangs;

  private FaultyHost(
      LibvirtLibrary host, Fault fault, Predicate<String> isFaulty, ManualThreads threads) {
    this.host = host;
    this.fault = fault;
    this.isFaulty = isFaulty;
    this.threads = threads;
  }

  /**
   * Creates a host.
   *
   * @param number the number of the call that fails, among all calls, from 1
   */
  public static FaultyHost atCall(
      int number, LibvirtLibrary host, Fault fault, ManualThreads threads) {
    AtomicInteger calls = new AtomicInteger();
    return new FaultyHost(host, fault, name -> calls.incrementAndGet() == number, threads);
  }

  /**
   * Creates a host.
   *
   * @param number the number of the call that fails, among the calls of this function, from 1
   */
  public static FaultyHost atCall(
      int number, String function, LibvirtLibrary host, Fault fault, ManualThreads threads) {
    AtomicInteger calls = new AtomicInteger();
    return new FaultyHost(
        host, fault, name -> name.equals(function) && calls.incrementAndGet() == number, threads);
  }

  public Connect open(String uri) throws LibvirtException {
    LibvirtLibrary library =
        (LibvirtLibrary)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {LibvirtLibrary.class},
                new Connection());
    return new Connect(library, uri);
  }

  /** Returns the name of the function that failed, or {@code none}. */
  public String faultyFunction() {
    return faulty;
  }

  private final class Connection implements InvocationHandler {
    private volatile boolean lost;
    private volatile virError injected;

    @Override
    public Object invoke(Object proxy, Method method, Object[] args) throws Throwable {
      String name = method.getName();
      if (name.equals("virGetLastError")) {
        return injected == null ? FaultInjection.call(host, method, args) : injected;
      }
      if (name.equals("virConnectIsAlive")) {
        return lost ? 0 : 1;
      }
      injected = null;
      if (!FaultInjection.canFail(name) || FaultInjection.isWithinTheClient(name)) {
        return FaultInjection.call(host, method, args);
      }
      if (lost) {
        return loss(method);
      }
      if (hangs) {
        threads.hang();
        return loss(method);
      }
      if (!isFaulty.test(name)) {
        return FaultInjection.call(host, method, args);
      }
      faulty = name;
      return fail(method, args);
    }

    private Object fail(Method method, Object[] args) throws Throwable {
      switch (fault) {
        case ERROR -> injected = error(ErrorNumber.VIR_ERR_INTERNAL_ERROR, "boom");
        case DENIED -> injected = error(ErrorNumber.VIR_ERR_OPERATION_DENIED, "read only access");
        case HANGS -> {
          threads.hang();
          return FaultInjection.call(host, method, args);
        }
        case LOST -> {
          return loss(method);
        }
        case DONE_AND_LOST -> {
          if (!FaultInjection.givesMany(method.getName())) {
            FaultInjection.discard(host, FaultInjection.call(host, method, args));
          }
          return loss(method);
        }
        case LOST_AND_HANGS -> {
          hangs = true;
          return loss(method);
        }
      }
      return FaultInjection.failure(method);
    }

    private Object loss(Method method) {
      lost = true;
      injected = FaultInjection.connectionGone();
      return FaultInjection.failure(method);
    }

    private virError error(ErrorNumber code, String message) {
      return FaultInjection.error(code.value(), ErrorDomain.VIR_FROM_QEMU.value(), message);
    }
  }
}
