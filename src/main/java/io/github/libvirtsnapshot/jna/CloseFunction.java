package io.github.libvirtsnapshot.jna;

import com.google.common.reflect.AbstractInvocationHandler;
import com.sun.jna.Callback;
import com.sun.jna.Native;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.IntBinaryOperator;
import java.util.function.IntConsumer;

/**
 * Makes a {@code virConnectCloseFunc}.
 *
 * <p>JNA remembers the method behind a callback until callbacks are used the next time, which may
 * be never, and with the method its class loader. So the method is one of the JDK's, and the class
 * that has it belongs to the class loader of JNA. In C, the function gets the connection, the
 * reason and its data; it takes the first for a number, and leaves the last alone.
 */
public final class CloseFunction {
  private CloseFunction() {}

  /**
   * Returns a function for {@link LibvirtLibrary#virConnectRegisterCloseCallback}.
   *
   * @param told gets a {@code virConnectCloseReason}, on a thread of libvirt's event loop, or on
   *     the one whose call noticed it; it must neither call libvirt nor throw anything
   */
  public static Callback of(IntConsumer told) {
    return (Callback)
        Proxy.newProxyInstance(
            Native.class.getClassLoader(),
            new Class<?>[] {Callback.class, IntBinaryOperator.class},
            new AbstractInvocationHandler() {
              @Override
              protected Object handleInvocation(Object proxy, Method method, Object[] arguments) {
                told.accept((int) arguments[1]);
                return 0;
              }
            });
  }
}
